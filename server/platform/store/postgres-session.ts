// One connection to a PostgreSQL server, and where connections come from. Values come back as SQLite would give them: 64-bit
// integers and sums as numbers, truth as 0 or 1.
import { Client, Pool, types as standardTypes } from 'pg';
import type { ClientConfig, CustomTypesConfig, PoolClient } from 'pg';
import { ApiError } from '../api/errors.ts';
import type { Logger } from '../telemetry/log.ts';
import { StatementFailed } from './errors.ts';
import { assertBindable } from './statement.ts';
import type { StatementConnection, StatementResult } from './statement.ts';

export interface PostgresSession extends StatementConnection {
  execute(sql: string, parameters: readonly unknown[]): Promise<StatementResult>;
  /** Several statements at once, without parameters; answers the last result that has rows. */
  script(sql: string): Promise<readonly unknown[]>;
  /** The server or the network ended it: nothing works on it any more. */
  readonly lost: boolean;
  close(): Promise<void>;
}

export interface PostgresSource {
  /** A session of its own, for the writer. */
  connect(): Promise<PostgresSession>;
  /** A session out of the pool, for reads. */
  reading<R>(work: (session: PostgresSession) => Promise<R>): Promise<R>;
  /** Where writer and readers share one session (PGlite), the writer keeps the readers out until the function is called. */
  takeTurn?(): Promise<() => void>;
  close(): Promise<void>;
}

/** Reads at a time; more only queue up in the server. */
const READ_SESSIONS_MAX = 10;
/** Reads that wait for a session. */
const READS_MAX = 1_000;
const CONNECT_MS_MAX = 10_000;
/** A statement of a unit; below the unit's own limit, so that the session is free again when the unit is given up. */
const WRITE_STATEMENT_MS_MAX = 8_000;
/** A scan may take its time, not for ever. */
const READ_STATEMENT_MS_MAX = 60_000;
/** A writer that hangs inside a transaction must not hold its locks against the other replicas. */
const IDLE_IN_TRANSACTION_MS_MAX = 30_000;

const INT8 = 20;
const NUMERIC = 1700;
const BOOL = 16;
export const postgresParsers: Readonly<Record<number, (text: string) => unknown>> = {
  [INT8]: Number,
  [NUMERIC]: Number,
  [BOOL]: (text) => (text === 't' ? 1 : 0),
};

const types: CustomTypesConfig = {
  // Text is the only format that we ask for.
  getTypeParser: (oid) => postgresParsers[oid] ?? standardTypes.getTypeParser(oid, 'text'),
};

/** What both drivers answer, as a StatementResult. */
export function toStatementResult(result: { rows: unknown[]; fields: readonly unknown[] }, changes: number): StatementResult {
  return result.fields.length > 0 ? { rows: result.rows, changes: undefined } : { rows: [], changes };
}

export function createPostgresSource(url: string, log: Logger): PostgresSource {
  const config: ClientConfig = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    application_name: 'muster',
    keepAlive: true,
    types,
  };
  const pool = new Pool({ ...config, max: READ_SESSIONS_MAX, statement_timeout: READ_STATEMENT_MS_MAX });
  // An idle connection that breaks is no error of anybody: the pool opens another.
  pool.on('error', (error) => log.warn('lost an idle database connection', { error: error.message }));

  return {
    async connect() {
      const client = new Client({
        ...config,
        statement_timeout: WRITE_STATEMENT_MS_MAX,
        idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS_MAX,
      });
      const session = new ClientSession(client);
      await client.connect();
      // An acknowledged write is durable whatever the server's default is.
      await session.script('set synchronous_commit = on');
      return session;
    },
    async reading(work) {
      if (pool.waitingCount >= READS_MAX) {
        throw new ApiError('ServiceUnavailable', 'The service is overloaded: too many reads are waiting. Try again.', {
          httpStatus: 503,
        });
      }
      const client = await pool.connect().catch(cannotBeReached);
      const session = new ClientSession(client);
      try {
        return await work(session);
      } catch (error) {
        if (session.lost) return cannotBeReached(error);
        throw error;
      } finally {
        session.detach();
        client.release(session.lost);
      }
    },
    close: () => pool.end(),
  };
}

/** Callers come back after a 503; what they asked for is not at fault. */
function cannotBeReached(cause: unknown): never {
  throw new ApiError('ServiceUnavailable', 'The database cannot be reached. Try again.', { httpStatus: 503, cause });
}

/** An error without SQLSTATE comes from the connection; classes 08 and 57P0x say that the server ended it. */
function isConnectionError(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return !/^[0-9A-Z]{5}$/.test(code) || /^(?:08|57P0|25P03)/.test(code);
}

class ClientSession implements PostgresSession {
  readonly dialect = 'postgres';
  readonly #client: Client | PoolClient;
  readonly #onLost = (): void => {
    this.lost = true;
  };
  lost = false;

  constructor(client: Client | PoolClient) {
    this.#client = client;
    client.on('error', this.#onLost);
    client.on('end', this.#onLost);
  }

  async execute(sql: string, parameters: readonly unknown[]): Promise<StatementResult> {
    assertBindable(parameters);
    const result = await this.#run(sql, () => this.#client.query(sql, parameters as unknown[]));
    return toStatementResult(result, result.rowCount ?? 0);
  }

  async script(sql: string): Promise<readonly unknown[]> {
    // Several statements give several results, which pg's types do not say.
    const results = [await this.#run(sql, () => this.#client.query(sql))].flat();
    return results.findLast((result) => result.rows.length > 0)?.rows ?? [];
  }

  /** A pooled client outlives its session. */
  detach(): void {
    this.#client.off('error', this.#onLost);
    this.#client.off('end', this.#onLost);
  }

  async close(): Promise<void> {
    if ('end' in this.#client) await this.#client.end().catch(() => undefined);
  }

  async #run<R>(sql: string, query: () => Promise<R>): Promise<R> {
    try {
      return await query();
    } catch (error) {
      if (isConnectionError(error)) this.lost = true;
      throw new StatementFailed(sql, error);
    }
  }
}
