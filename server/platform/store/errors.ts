// What the store throws besides ApiError. Each says what happened and what to do next.

/** Another process holds the data directory. */
export class DataDirectoryLocked extends Error {
  readonly directory: string;
  constructor(directory: string, cause?: unknown) {
    super(`The data directory ${directory} is in use by another process. Stop that process, or choose another directory.`, {
      cause,
    });
    this.name = 'DataDirectoryLocked';
    this.directory = directory;
  }
}

/** The data was written by a newer version, which knows migrations that this one does not. */
export class DataTooNew extends Error {
  readonly unknownMigrations: readonly string[];
  constructor(unknownMigrations: readonly string[]) {
    const names = unknownMigrations.slice(0, 5).join(', ');
    super(
      `The data was written by a newer version (unknown migrations: ${names}). Start that version, or restore an older backup.`,
    );
    this.name = 'DataTooNew';
    this.unknownMigrations = unknownMigrations;
  }
}

/** The PostgreSQL server cannot be used as it is; `where` and `reason` contain no password. */
export class DatabaseUnusable extends Error {
  constructor(where: string, reason: string, cause?: unknown) {
    super(`cannot use the database ${where}: ${reason}`, { cause });
    this.name = 'DatabaseUnusable';
  }
}

/** The database is closed, or died; nothing can be read or written any more. */
export class DatabaseClosed extends Error {
  constructor(message = 'The database is closed.', cause?: unknown) {
    super(message, { cause });
    this.name = 'DatabaseClosed';
  }
}

/** A unit of work took too long: almost always because it awaits something that is not the database. */
export class UnitTimedOut extends Error {
  constructor(unitName: string, limitMs: number) {
    super(
      `The unit of work "${unitName}" did not finish within ${limitMs} ms. A unit may await only the statements of its own ` +
        'transaction: no timers, no network, no other database.write().',
    );
    this.name = 'UnitTimedOut';
  }
}

/** A transaction handle was used after its unit had ended. */
export class UnitEnded extends Error {
  constructor(unitName: string) {
    super(`A statement of the unit of work "${unitName}" came after the unit had ended. Await every statement inside the unit.`);
    this.name = 'UnitEnded';
  }
}

/** The database refused a statement. `cause` is the driver's error; parameter values are never part of the message. */
export class StatementFailed extends Error {
  readonly sql: string;
  constructor(sql: string, cause: unknown) {
    super(`${cause instanceof Error ? cause.message : String(cause)} (in: ${sql.slice(0, 300)})`, { cause });
    this.name = 'StatementFailed';
    this.sql = sql;
  }
}

/** An error as it crosses a thread boundary, which an Error's own fields do not. */
export interface CarriedError {
  readonly message: string;
  /** SQLite's. */
  readonly errcode: number | undefined;
  readonly sql: string;
}

export function toCarried(error: unknown, sql: string): CarriedError {
  const cause = error instanceof StatementFailed ? error.cause : error;
  const errcode = cause instanceof Error && 'errcode' in cause && typeof cause.errcode === 'number' ? cause.errcode : undefined;
  return { message: cause instanceof Error ? cause.message : String(cause), errcode, sql };
}

export function fromCarried({ message, errcode, sql }: CarriedError): StatementFailed {
  return new StatementFailed(sql, Object.assign(new Error(message), errcode === undefined ? {} : { errcode }));
}

/** Thrown by a test's statement hook: the process is to be taken as dead from here on. */
export class SimulatedCrash extends Error {
  constructor(statement: number) {
    super(`Simulated crash at statement ${statement}.`);
    this.name = 'SimulatedCrash';
  }
}

const SQLITE_UNIQUE = new Set([1555, 2067, 2579]);

/** Whether a statement failed because a row with this key exists already. The unit has failed all the same: use `onConflict` to go on. */
export function isUniqueViolation(error: unknown): boolean {
  const cause = error instanceof StatementFailed ? error.cause : error;
  if (typeof cause !== 'object' || cause === null) return false;
  if ('errcode' in cause && typeof cause.errcode === 'number') return SQLITE_UNIQUE.has(cause.errcode);
  return 'code' in cause && cause.code === '23505';
}
