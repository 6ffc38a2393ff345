// The SQL of the outbox: append, read the oldest, delete the oldest. Nothing else, so it costs next to nothing.
import type { ReadTx, Tx } from '../store/database.ts';
import { tables } from '../store/index.ts';
import type { OutboxTables } from './tables.ts';

export type OutboxRow = OutboxTables['outbox_event'];

/** Eight columns each: far below the 32,766 parameters of a statement. */
const INSERT_ROWS_MAX = 500;

export async function appendEvents(tx: Tx, rows: readonly OutboxRow[]): Promise<void> {
  for (let from = 0; from < rows.length; from += INSERT_ROWS_MAX) {
    await tables<OutboxTables>(tx)
      .insertInto('outbox_event')
      .values(rows.slice(from, from + INSERT_ROWS_MAX))
      .execute();
  }
}

export async function oldestEvents(tx: ReadTx, limit: number): Promise<OutboxRow[]> {
  return await tables<OutboxTables>(tx).selectFrom('outbox_event').selectAll().orderBy('id').limit(limit).execute();
}

export async function findOldestAt(tx: ReadTx): Promise<number | undefined> {
  const row = await tables<OutboxTables>(tx).selectFrom('outbox_event').select('at').orderBy('id').limit(1).executeTakeFirst();
  return row?.at;
}

/** By id, not by range: on PostgreSQL an older event may have become visible since the page was read. */
export async function deleteEvents(tx: Tx, ids: readonly string[]): Promise<void> {
  await tables<OutboxTables>(tx).deleteFrom('outbox_event').where('id', 'in', ids).execute();
}

/** Answers whether there may be more. */
export async function deleteOldest(tx: Tx, limit: number): Promise<boolean> {
  const db = tables<OutboxTables>(tx);
  const oldest = db.selectFrom('outbox_event').select('id').orderBy('id').limit(limit);
  const { numDeletedRows } = await db.deleteFrom('outbox_event').where('id', 'in', oldest).executeTakeFirstOrThrow();
  return numDeletedRows >= BigInt(limit);
}
