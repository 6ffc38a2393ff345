// PGlite, PostgreSQL in WebAssembly, for tests. The instance comes from the test, so the server does not depend on the package. It has
// one session: readers take turns with the writer, else they would see what is not committed; so do all databases that are opened on one instance.
import { StatementFailed } from './errors.ts';
import { postgresParsers, toStatementResult } from './postgres-session.ts';
import type { PostgresSession, PostgresSource } from './postgres-session.ts';
import { assertBindable, toBuffer } from './statement.ts';

interface PgliteResult {
  readonly rows: Record<string, unknown>[];
  readonly fields: readonly unknown[];
  readonly affectedRows?: number;
}

/** The part of a PGlite instance that is used here. */
export interface Pglite {
  query(
    sql: string,
    parameters: unknown[],
    options: { parsers: Record<number, (text: string) => unknown> },
  ): Promise<PgliteResult>;
  exec(sql: string): Promise<readonly PgliteResult[]>;
}

const BYTEA = 17;
const parsers = {
  ...postgresParsers,
  [BYTEA]: (text: string) => toBuffer(Buffer.from(text.slice('\\x'.length), 'hex')),
};

/** Until when the session of an instance is taken. */
const lastTurns = new WeakMap<Pglite, Promise<void>>();

export function createPgliteSource(instance: unknown): PostgresSource {
  const pglite = instance as Pglite;

  const takeTurn = async (): Promise<() => void> => {
    const before = lastTurns.get(pglite);
    const turn = Promise.withResolvers<void>();
    lastTurns.set(pglite, turn.promise);
    await before;
    return turn.resolve;
  };

  const session: PostgresSession = {
    dialect: 'postgres',
    lost: false,
    async execute(sql, parameters) {
      assertBindable(parameters);
      const result = await run(sql, () => pglite.query(sql, [...parameters], { parsers }));
      return toStatementResult(result, result.affectedRows ?? 0);
    },
    async script(sql) {
      const results = await run(sql, () => pglite.exec(sql));
      return results.findLast((result) => result.rows.length > 0)?.rows ?? [];
    },
    // The instance is the test's.
    close: () => Promise.resolve(),
  };

  return {
    connect: () => Promise.resolve(session),
    async reading(work) {
      const done = await takeTurn();
      try {
        return await work(session);
      } finally {
        done();
      }
    },
    takeTurn,
    close: async () => lastTurns.get(pglite),
  };
}

async function run<R>(sql: string, query: () => Promise<R>): Promise<R> {
  try {
    return await query();
  } catch (error) {
    throw new StatementFailed(sql, error);
  }
}
