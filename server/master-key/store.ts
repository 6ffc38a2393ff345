// Every statement of a rotation of the master key: sealed values of any table along its key, and the derived keys that are kept.
import { sql } from 'kysely';
import type { SealedColumn } from '../platform/seal/index.ts';
import { tables } from '../platform/store/index.ts';
import type { ReadTx, Tx } from '../platform/store/index.ts';
import type { FormerKeyRow, MasterKeyTables } from './tables.ts';

/** A row's key, and what is sealed in it as `sealed`. */
export type SealedRow = Readonly<Record<string, unknown>> & { readonly sealed: string };

/** Values that begin with none of `prefixes`, in key order, after the row `after`. */
export async function otherwiseSealed(
  tx: ReadTx,
  { table, key, column }: SealedColumn,
  prefixes: readonly string[],
  after: SealedRow | undefined,
  limit: number,
): Promise<readonly SealedRow[]> {
  const names = sql.join(key.map((name) => sql.ref(name)));
  const beyond = after === undefined ? sql`` : sql`and (${names}) > (${sql.join(key.map((name) => after[name]))})`;
  const others = sql.join(
    prefixes.map((prefix) => sql`${sql.ref(column)} not like ${`${prefix}%`}`),
    sql` and `,
  );
  const query = sql<SealedRow>`select ${names}, ${sql.ref(column)} as sealed from ${sql.table(table)}
    where ${others} ${beyond} order by ${names} limit ${limit}`;
  return (await query.execute(tables<MasterKeyTables>(tx))).rows;
}

/** Only where it is still what was read. */
export async function replaceSealed(tx: Tx, { table, key, column }: SealedColumn, row: SealedRow, sealed: string): Promise<void> {
  const same = sql.join(
    key.map((name) => sql`${sql.ref(name)} = ${row[name]}`),
    sql` and `,
  );
  await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${sealed} where ${same} and ${sql.ref(column)} = ${row.sealed}`.execute(
    tables<MasterKeyTables>(tx),
  );
}

/** The latest first. */
export async function formerKeys(tx: ReadTx): Promise<FormerKeyRow[]> {
  return tables<MasterKeyTables>(tx).selectFrom('master_key_former').selectAll().orderBy('retired_at', 'desc').execute();
}

export async function addFormerKey(tx: Tx, row: FormerKeyRow): Promise<void> {
  await tables<MasterKeyTables>(tx)
    .insertInto('master_key_former')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
