// The SQL of WatchCommand: what changed after a point of a command's order, by index; a page costs what it shows.
import { sql } from 'kysely';
import { type ReadTx, tables } from '../../platform/store/index.ts';
import type { ChunkHead } from './output-store.ts';
import type { CommandKey } from '../command.ts';
import type { ChunkRow, InvocationRow, RunCommandTables, StepRow, StreamRow } from '../tables.ts';

/** After everything of the change `seq` up to this node (and this piece of its output). */
export interface WatchPosition {
  readonly seq: number;
  readonly node: string;
  readonly step: string;
  readonly stream: string;
  readonly offset: number;
}

const db = (tx: ReadTx) => tables<RunCommandTables>(tx);

/** Everything up to this number is committed; what comes later has a greater one. */
export async function lastChange(tx: ReadTx, key: CommandKey): Promise<number> {
  const row = await db(tx)
    .selectFrom('run_command_change')
    .select('seq')
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .executeTakeFirst();
  return row?.seq ?? 0;
}

/** Whether a stream still grows, or waits to be read through: not one that has been silent since `silentSinceMs`. */
export async function hasOpenStream(tx: ReadTx, key: CommandKey, silentSinceMs: number): Promise<boolean> {
  const row = await db(tx)
    .selectFrom('run_command_stream')
    .select('node_id')
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .where('due_at', 'is not', null)
    .where('updated_at', '>', silentSinceMs)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function changedInvocations(
  tx: ReadTx,
  key: CommandKey,
  after: WatchPosition,
  nodeIds: readonly string[],
  limit: number,
): Promise<InvocationRow[]> {
  let query = db(tx)
    .selectFrom('run_command_invocation')
    .selectAll()
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    // What the partial index says.
    .where(sql<boolean>`change_seq > 0`)
    .where(sql<boolean>`(change_seq, node_id) > (${after.seq}, ${after.node})`);
  if (nodeIds.length > 0) query = query.where('node_id', 'in', [...nodeIds]);
  return query.orderBy('change_seq').orderBy('node_id').limit(limit).execute();
}

export async function changedChunks(
  tx: ReadTx,
  key: CommandKey,
  after: WatchPosition,
  nodeIds: readonly string[],
  limit: number,
): Promise<ChunkHead[]> {
  let query = db(tx)
    .selectFrom('run_command_chunk')
    .select(['account', 'region', 'command_id', 'node_id', 'step_name', 'stream'])
    .select(['start_offset', 'end_offset', 'change_seq', 'packed'])
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .where(
      sql<boolean>`(change_seq, node_id, step_name, stream, start_offset) > (${after.seq}, ${after.node}, ${after.step}, ${after.stream}, ${after.offset})`,
    );
  if (nodeIds.length > 0) query = query.where('node_id', 'in', [...nodeIds]);
  return query
    .orderBy('change_seq')
    .orderBy('node_id')
    .orderBy('step_name')
    .orderBy('stream')
    .orderBy('start_offset')
    .limit(limit)
    .execute();
}

/** Streams that were sealed: their pieces are no rows any more. */
export async function sealedStreams(
  tx: ReadTx,
  key: CommandKey,
  after: WatchPosition,
  nodeIds: readonly string[],
  limit: number,
): Promise<StreamRow[]> {
  let query = db(tx)
    .selectFrom('run_command_stream')
    .selectAll()
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .where('blob', 'is not', null)
    .where('change_seq', '>', after.seq);
  if (nodeIds.length > 0) query = query.where('node_id', 'in', [...nodeIds]);
  // A seal is a change of its own.
  return query.orderBy('change_seq').limit(limit).execute();
}

export async function findChunk(tx: ReadTx, head: ChunkHead): Promise<ChunkRow | undefined> {
  return db(tx)
    .selectFrom('run_command_chunk')
    .selectAll()
    .where('account', '=', head.account)
    .where('region', '=', head.region)
    .where('command_id', '=', head.command_id)
    .where('node_id', '=', head.node_id)
    .where('step_name', '=', head.step_name)
    .where('stream', '=', head.stream)
    .where('start_offset', '=', head.start_offset)
    .executeTakeFirst();
}

/** Steps of these nodes that were reported by change `seq` or a later one; `limit` of them where there are more. */
export async function stepsSince(
  tx: ReadTx,
  key: CommandKey,
  nodeIds: readonly string[],
  seq: number,
  limit: number,
): Promise<StepRow[]> {
  if (nodeIds.length === 0) return [];
  return db(tx)
    .selectFrom('run_command_step')
    .selectAll()
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .where('node_id', 'in', [...nodeIds])
    .where('change_seq', '>=', seq)
    .limit(limit)
    .execute();
}
