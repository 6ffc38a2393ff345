// What a domain sees of the database. One writer: units of work are grouped into one COMMIT per turn (the commit queue);
// a promise returned by `write` resolves only after that COMMIT is durable. Reads see committed state only.
import type { CompiledQuery, Kysely } from 'kysely';

declare const unit: unique symbol;

/** A unit of work inside the commit queue: sees its own writes and those of units before it. */
export interface Tx {
  readonly [unit]: 'write';
}
/** A read of committed state. */
export interface ReadTx {
  readonly [unit]: 'read' | 'write';
}

export type Dialect = 'sqlite' | 'postgres';

/** What may be bound; times are milliseconds, booleans 0 or 1, JSON is text. */
export type BoundValue = string | number | bigint | Uint8Array | null;

/** A statement, run once with each list of values. */
export interface Step {
  readonly sql: string;
  readonly values: readonly (readonly BoundValue[])[];
}

export interface Database extends AsyncDisposable {
  readonly dialect: Dialect;
  /**
   * Runs `work` as one all-or-nothing unit. `name` labels metrics and slow-unit logs. `work` awaits only the database (no
   * timers, no network), has no side effects outside it, and may be run again after a deadlock or a lost connection.
   * Throws what `work` throws (then nothing of the unit is written); other units of the same group are not affected.
   * A statement that fails fails its unit, even when `work` catches the error: use `onConflict` to expect conflicts.
   */
  write<R>(name: string, work: (tx: Tx) => Promise<R>): Promise<R>;
  /**
   * A unit whose statements and values are all known beforehand, and whose answers nobody needs: in its turn among the others, but in a thread beside
   * (not in simulations), so that neither its statements nor its COMMIT hold the main thread. `steps` is called when the turn has come. Only where the
   * database is this process's own work: undefined on PostgreSQL, which does it elsewhere anyway.
   */
  readonly writeApart?: ((name: string, steps: () => readonly Step[]) => Promise<void>) | undefined;
  /**
   * A read that takes less than about 5 ms: on the main thread, from a connection that sees committed state only. Each statement
   * sees what is committed when it runs; two statements may see different commits. Not inside `write`.
   */
  read<R>(work: (tx: ReadTx) => Promise<R>): Promise<R>;
  /** A longer read: in the reader worker (SQLite) or on the pool (PostgreSQL). Built with `queries(database)`. */
  scan<Row>(query: CompiledQuery<Row>): Promise<Row[]>;
  /** Drains the commit queue, then closes. */
  close(): Promise<void>;
}

/** The query builder of a unit, typed to the tables that the calling store owns. Only `store.ts` files call this. */
export type TablesOf = <Tables>(tx: Tx | ReadTx) => Kysely<Tables>;
