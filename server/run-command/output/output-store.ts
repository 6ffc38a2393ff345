// The SQL of streamed output and of the order of changes: the counter of a command, streams, their chunks, and blobs nobody refers to.
import { type Kysely, sql } from 'kysely';
import type { Scope } from '../../platform/ids.ts';
import { type Dialect, type ReadTx, type Tx, tables } from '../../platform/store/index.ts';
import type { CommandKey } from '../command.ts';
import type { ChunkRow, RunCommandTables, StreamRow } from '../tables.ts';

export interface StreamKey extends CommandKey {
  readonly nodeId: string;
  readonly stepName: string;
  readonly stream: StreamRow['stream'];
}
export type StreamChange = Partial<Omit<StreamRow, 'account' | 'region' | 'command_id' | 'node_id' | 'step_name' | 'stream'>>;
/** A chunk without its bytes. */
export type ChunkHead = Omit<ChunkRow, 'data'>;

const db = (tx: Tx | ReadTx) => tables<RunCommandTables>(tx);

/** The key of a stream, and of each of its chunks. */
function columnsOf(key: StreamKey) {
  const { account, region, commandId: command_id, nodeId: node_id, stepName: step_name, stream } = key;
  return { account, region, command_id, node_id, step_name, stream } satisfies Partial<StreamRow>;
}

/**
 * The number of a change that this unit makes. Its row stays locked until the commit, so numbers become visible in their order: whoever
 * has seen number n will never see a smaller one appear.
 */
export async function nextChange(tx: Tx, key: CommandKey): Promise<number> {
  const row = await db(tx)
    .insertInto('run_command_change')
    .values({ account: key.account, region: key.region, command_id: key.commandId, seq: 1 })
    .onConflict((c) =>
      c.columns(['account', 'region', 'command_id']).doUpdateSet({ seq: sql<number>`run_command_change.seq + 1` }),
    )
    .returning('seq')
    .executeTakeFirstOrThrow();
  return row.seq;
}

export async function findStream(tx: Tx | ReadTx, key: StreamKey, lockFor?: Dialect): Promise<StreamRow | undefined> {
  const query = db(tx)
    .selectFrom('run_command_stream')
    .selectAll()
    .where((eb) => eb.and(columnsOf(key)));
  return (lockFor === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
}

export async function listStreams(tx: ReadTx, key: CommandKey, nodeIds: readonly string[]): Promise<StreamRow[]> {
  if (nodeIds.length === 0) return [];
  return db(tx)
    .selectFrom('run_command_stream')
    .selectAll()
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .where('node_id', 'in', [...nodeIds])
    .execute();
}

export async function putStream(tx: Tx, row: StreamRow): Promise<void> {
  const { account, region, command_id, node_id, step_name, stream, ...rest } = row;
  await db(tx)
    .insertInto('run_command_stream')
    .values({ account, region, command_id, node_id, step_name, stream, ...rest })
    .onConflict((c) => c.columns(['account', 'region', 'command_id', 'node_id', 'step_name', 'stream']).doUpdateSet(rest))
    .execute();
}

export async function markStreamed(tx: Tx, key: CommandKey, nodeId: string): Promise<void> {
  await db(tx)
    .updateTable('run_command_invocation')
    .set({ streamed: 1 })
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .where('node_id', '=', nodeId)
    .execute();
}

export async function changeStream(tx: Tx, key: StreamKey, change: StreamChange): Promise<void> {
  await db(tx)
    .updateTable('run_command_stream')
    .set(change)
    .where((eb) => eb.and(columnsOf(key)))
    .execute();
}

export async function insertChunk(tx: Tx, row: ChunkRow): Promise<void> {
  await db(tx).insertInto('run_command_chunk').values(row).execute();
}

/** The chunk that holds `offset`, or the first behind it: found by the primary key, however many there are before. */
export async function listChunksFrom(tx: ReadTx, key: StreamKey, offset: number, limit: number): Promise<ChunkRow[]> {
  const holder = await chunksOf(tx, key)
    .select('start_offset')
    .where('start_offset', '<=', offset)
    .orderBy('start_offset', 'desc')
    .limit(1)
    .executeTakeFirst();
  const rows = await chunksOf(tx, key)
    .selectAll()
    .where('start_offset', '>=', holder?.start_offset ?? offset)
    .orderBy('start_offset')
    .limit(limit)
    .execute();
  return rows.filter((row) => row.end_offset > offset);
}

/** The newest chunks, newest first. */
export async function lastChunks(tx: ReadTx | Tx, key: StreamKey, limit: number): Promise<ChunkRow[]> {
  return chunksOf(tx, key).selectAll().orderBy('start_offset', 'desc').limit(limit).execute();
}

export async function deleteChunks(tx: Tx, key: StreamKey, fromOffset = 0): Promise<void> {
  await db(tx)
    .deleteFrom('run_command_chunk')
    .where((eb) => eb.and(columnsOf(key)))
    .where('start_offset', '>=', fromOffset)
    .execute();
}

export async function deleteStream(tx: Tx, key: StreamKey): Promise<void> {
  await deleteChunks(tx, key);
  await db(tx)
    .deleteFrom('run_command_stream')
    .where((eb) => eb.and(columnsOf(key)))
    .execute();
}

function chunksOf(tx: ReadTx | Tx, key: StreamKey) {
  return db(tx)
    .selectFrom('run_command_chunk')
    .where((eb) => eb.and(columnsOf(key)));
}

export async function setOutputHash(tx: Tx, key: CommandKey, nodeId: string, stepName: string, hash: string): Promise<void> {
  await db(tx)
    .updateTable('run_command_step')
    .set({ output_hash: hash })
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .where('node_id', '=', nodeId)
    .where('step_name', '=', stepName)
    .execute();
}

export async function dueStreams(tx: ReadTx, nowMs: number, limit: number): Promise<StreamKey[]> {
  const rows = await db(tx)
    .selectFrom('run_command_stream')
    .select(['account', 'region', 'command_id', 'node_id', 'step_name', 'stream'])
    .where('due_at', 'is not', null)
    .where('due_at', '<=', nowMs)
    .orderBy('due_at')
    .limit(limit)
    .execute();
  return rows.map(
    ({ account, region, command_id, node_id, step_name, stream }) =>
      ({ account, region, commandId: command_id, nodeId: node_id, stepName: step_name, stream }) as StreamKey,
  );
}

/** Nodes whose output one unit forgets: with at most some hundred KB each outside of blobs. */
const FORGET_NODES = 50;

/**
 * What is kept of a command's output and changes, some nodes a call: true when nothing is left. Call it in units of its own until then, before
 * the command's row is deleted. Blobs go afterwards: the reconciler takes away what is written down here.
 */
export async function forgetOutput(tx: Tx, key: CommandKey): Promise<boolean> {
  const rows = await db(tx)
    .selectFrom('run_command_stream')
    .select('node_id')
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .orderBy('node_id')
    .limit(FORGET_NODES)
    .execute();
  const nodeIds = [...new Set(rows.map((row) => row.node_id))];
  if (nodeIds.length === 0) {
    await forget(tx, 'run_command_change', key).execute();
    return true;
  }
  // The last node may have further streams: its blobs are looked up with it.
  const streams = await listStreams(tx, key, nodeIds);
  await putLooseBlobs(
    tx,
    key,
    streams.flatMap(({ blob }) => blob ?? []),
  );
  await forget(tx, 'run_command_chunk', key).where('node_id', 'in', nodeIds).execute();
  await forget(tx, 'run_command_stream', key).where('node_id', 'in', nodeIds).execute();
  return false;
}

function forget(tx: Tx, table: 'run_command_chunk' | 'run_command_stream' | 'run_command_change', key: CommandKey) {
  // Of the key's columns, which all three have.
  return (db(tx) as Kysely<Pick<RunCommandTables, 'run_command_chunk'>>)
    .deleteFrom(table as 'run_command_chunk')
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId);
}

/** Blobs that an INSERT names at most: three columns each. */
const LOOSE_INSERT = 1_000;

export async function putLooseBlobs(tx: Tx, scope: Scope, blobs: readonly string[]): Promise<void> {
  for (let at = 0; at < blobs.length; at += LOOSE_INSERT)
    await db(tx)
      .insertInto('run_command_loose_blob')
      .values(blobs.slice(at, at + LOOSE_INSERT).map((sha256) => ({ account: scope.account, region: scope.region, sha256 })))
      .onConflict((c) => c.doNothing())
      .execute();
}

export interface LooseBlob extends Scope {
  readonly sha256: string;
}

export async function listLooseBlobs(tx: ReadTx, limit: number): Promise<LooseBlob[]> {
  return (await db(tx).selectFrom('run_command_loose_blob').selectAll().limit(limit).execute()) as unknown as LooseBlob[];
}

export async function deleteLooseBlob(tx: Tx, blob: LooseBlob): Promise<void> {
  await db(tx)
    .deleteFrom('run_command_loose_blob')
    .where('account', '=', blob.account)
    .where('region', '=', blob.region)
    .where('sha256', '=', blob.sha256)
    .execute();
}
