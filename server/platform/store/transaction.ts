// What stands behind Tx and ReadTx: a gate in front of a connection. A unit's gate closes when the unit ends, and a statement that
// fails fails its unit, on every database (PostgreSQL knows no other way; SQLite would go on silently).
import {
  DefaultQueryExecutor,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type {
  CompiledQuery,
  ConnectionProvider,
  DatabaseConnection,
  Dialect as KyselyDialect,
  DialectAdapter,
  Driver,
  QueryCompiler,
  QueryResult,
} from 'kysely';
import type { Database, Dialect, ReadTx, Tx } from './database.ts';
import { UnitEnded } from './errors.ts';
import { PortablePostgresCompiler } from './postgres-compiler.ts';
import type { StatementConnection, StatementResult } from './statement.ts';

type Run = (sql: string, parameters: readonly unknown[]) => Promise<StatementResult>;

export class Transaction {
  readonly dialect: Dialect;
  readonly #name: string;
  readonly #connection: StatementConnection;
  readonly #failsWhole: boolean;
  #kysely: Kysely<unknown> | undefined;
  #ended = false;
  /** The first statement that failed. */
  failure: { readonly error: unknown } | undefined;
  /** The last statement under way: statements of one connection finish in order. */
  last: Promise<unknown> | undefined;
  #afterCommit: (() => void)[] | undefined;

  constructor(name: string, connection: StatementConnection, kind: 'read' | 'write') {
    this.#name = name;
    this.#connection = connection;
    this.#failsWhole = kind === 'write';
    this.dialect = connection.dialect;
  }

  get kysely(): Kysely<unknown> {
    this.#kysely ??= kyselyOver(this.dialect, (sql, parameters) => this.execute(sql, parameters));
    return this.#kysely;
  }

  execute(sql: string, parameters: readonly unknown[]): Promise<StatementResult> {
    try {
      return Promise.resolve(this.run(sql, parameters));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** At once where the connection answers at once. Throws, or rejects with, what `execute` rejects with. */
  run(sql: string, parameters: readonly unknown[]): StatementResult | Promise<StatementResult> {
    if (this.#ended) throw new UnitEnded(this.#name);
    if (this.failure !== undefined) throw this.failure.error;
    try {
      const result = this.#connection.execute(sql, parameters);
      if (!(result instanceof Promise)) return result;
      const guarded = result.catch((error: unknown) => this.#fail(error));
      this.last = guarded.catch(() => undefined);
      return guarded;
    } catch (error) {
      return this.#fail(error);
    }
  }

  end(): void {
    this.#ended = true;
  }

  get afterCommit(): readonly (() => void)[] {
    return this.#afterCommit ?? [];
  }

  onCommit(callback: () => void): void {
    if (this.#ended) throw new UnitEnded(this.#name);
    (this.#afterCommit ??= []).push(callback);
  }

  #fail(error: unknown): never {
    if (this.#failsWhole) this.failure ??= { error };
    throw error;
  }
}

/** The query builder of a unit, typed to the tables that the calling store owns. Only `store.ts` files call this. */
export function tables<Tables>(tx: Tx | ReadTx): Kysely<Tables> {
  return (tx as unknown as Transaction).kysely as Kysely<Tables>;
}

/**
 * Calls `callback` once the unit's COMMIT is durable, before the promise of its `write` resolves; never when the unit fails. For wake-ups
 * only: it must be cheap and must not throw, and nothing may depend on it (the process can die between COMMIT and callback).
 */
export function afterCommit(tx: Tx, callback: () => void): void {
  (tx as unknown as Transaction).onCommit(callback);
}

/** A query builder that only compiles: for `database.scan(queries<Tables>(database).selectFrom(…).compile())`. */
export function queries<Tables>(database: Pick<Database, 'dialect'>): Kysely<Tables> {
  return compileOnly[database.dialect] as Kysely<Tables>;
}

const compilers: Record<Dialect, QueryCompiler> = { sqlite: new SqliteQueryCompiler(), postgres: new PortablePostgresCompiler() };
const adapters: Record<Dialect, DialectAdapter> = { sqlite: new SqliteAdapter(), postgres: new PostgresAdapter() };

const noConnection = (): never => {
  throw new Error('Transactions and connections belong to the commit queue: use database.write() and database.read().');
};

/** Kysely's own machinery for connections and transactions stays unused: the commit queue is above it. */
const driver: Driver = {
  init: () => Promise.resolve(),
  acquireConnection: noConnection,
  beginTransaction: noConnection,
  commitTransaction: noConnection,
  rollbackTransaction: noConnection,
  releaseConnection: noConnection,
  destroy: () => Promise.resolve(),
};

const dialects: Record<Dialect, KyselyDialect> = {
  sqlite: dialectOf('sqlite', (db) => new SqliteIntrospector(db)),
  postgres: dialectOf('postgres', (db) => new PostgresIntrospector(db)),
};

function dialectOf(dialect: Dialect, createIntrospector: KyselyDialect['createIntrospector']): KyselyDialect {
  return {
    createDriver: () => driver,
    createQueryCompiler: () => compilers[dialect],
    createAdapter: () => adapters[dialect],
    createIntrospector,
  };
}

/** The straight way from a compiled query to the connection; Kysely's default one costs several promises a query. */
class StraightExecutor extends DefaultQueryExecutor {
  readonly #run: Run;
  constructor(dialect: Dialect, run: Run) {
    super(compilers[dialect], adapters[dialect], connectionOver(run));
    this.#run = run;
  }
  override executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.#run(query.sql, query.parameters).then(toQueryResult<R>);
  }
}

/** Only reached through plugins, whose executors Kysely makes itself. */
function connectionOver(run: Run): ConnectionProvider {
  const connection: DatabaseConnection = {
    executeQuery: async <R>(query: CompiledQuery) => toQueryResult<R>(await run(query.sql, query.parameters)),
    streamQuery: () => {
      throw new Error('Streaming is not part of the store: page, or use database.scan().');
    },
  };
  return { provideConnection: (consumer) => consumer(connection) };
}

function toQueryResult<R>(result: StatementResult): QueryResult<R> {
  return result.changes === undefined
    ? { rows: result.rows as R[] }
    : { rows: result.rows as R[], numAffectedRows: BigInt(result.changes) };
}

function kyselyOver(dialect: Dialect, run: Run): Kysely<unknown> {
  const executor = new StraightExecutor(dialect, run);
  return new Kysely<unknown>({ config: { dialect: dialects[dialect] }, dialect: dialects[dialect], driver, executor });
}

const compileOnly: Record<Dialect, Kysely<unknown>> = {
  sqlite: kyselyOver('sqlite', () => noConnection()),
  postgres: kyselyOver('postgres', () => noConnection()),
};
