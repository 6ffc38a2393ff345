// The SQL of the outbox: append, read the oldest, delete the oldest. Nothing else, so it costs next to nothing.
import type { ReadTx, Tx } from '../store/database.ts';
import { prepareInsert, tables } from '../store/index.ts';
import type { OutboxTables } from './tables.ts';

export type OutboxRow = OutboxTables['outbox_event'];

export const appendEvents = prepareInsert<OutboxTables, 'outbox_event'>('outbox_event', [
  'account',
  'region',
  'id',
  'source',
  'detail_type',
  'detail',
  'resources',
  'at',
]);

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
