// The reconciler of streams that have ended: reads each through once, so that its digest is known and results can be grouped; a large one is then
// kept as a blob of compressed frames instead of rows. Also takes away blobs that no row refers to any more. A crash anywhere repeats work and
// loses nothing: the rows go in the unit that writes the blob down.
import { createHash, type Hash } from 'node:crypto';
import type { Reconciler } from '../../platform/reconcile/reconciler.ts';
import type { Tx } from '../../platform/store/index.ts';
import { announceChange } from '../changes.ts';
import { isStepOver } from '../fold-reply.ts';
import { CHUNK_BYTES_MAX, pack, stepOutputHash, streamsOf, unpack } from './output.ts';
import { parseStreamWakeKey, SEALER, streamWakeKey } from './keys.ts';
import * as output from './output-store.ts';
import type { RunCommand } from '../domain.ts';
import * as store from '../store.ts';
import type { StreamRow } from '../tables.ts';

const PERIOD_MS = 60_000;
/** Smaller ones stay rows: a file each would cost more than it saves. */
const BLOB_BYTES_MIN = 256 * 1024;
/** Chunks of one read: some MB. */
const READ_CHUNKS = 8;
const LOOSE_KEY = 'loose-blobs';
const LOOSE_BATCH = 100;

/** Where a part of the stream stands in the blob: its offset and bytes there, its offset and bytes here, and how it is packed. */
export type BlobFrame = readonly [streamOffset: number, bytes: number, blobOffset: number, blobBytes: number, packed: string];

export function createOutputSealer(run: RunCommand): Reconciler {
  return {
    name: SEALER,
    periodMs: PERIOD_MS,
    due: async (now, limit) => {
      const due = await run.database.read((tx) => output.dueStreams(tx, now.getTime(), limit));
      const loose = await run.database.read((tx) => output.listLooseBlobs(tx, 1));
      return [...due.map(streamWakeKey), ...(loose.length > 0 ? [LOOSE_KEY] : [])];
    },
    reconcile: async (key) => {
      if (key === LOOSE_KEY) return removeLooseBlobs(run);
      await seal(run, parseStreamWakeKey(key));
      return undefined;
    },
  };
}

async function removeLooseBlobs(run: RunCommand): Promise<Date | undefined> {
  const loose = await run.database.read((tx) => output.listLooseBlobs(tx, LOOSE_BATCH));
  for (const blob of loose) {
    await run.blobs.remove(blob.sha256);
    await run.database.write('run-command.loose-blob', (tx) => output.deleteLooseBlob(tx, blob));
  }
  return loose.length === LOOSE_BATCH ? run.clock.now() : undefined;
}

async function seal(run: RunCommand, key: output.StreamKey): Promise<void> {
  const row = await run.database.read((tx) => output.findStream(tx, key));
  if (row === undefined || row.due_at === null || row.due_at > run.clock.nowMs()) return;
  const digest = createHash('sha256');
  const frames: BlobFrame[] = [];
  const large = row.kept_bytes >= BLOB_BYTES_MIN;
  let blob: string | null = null;
  // The name of the blob is this stream's alone, so it may go when the stream goes; and the same when a pass that died is repeated, so none is left over.
  if (large) blob = (await run.blobs.put(blobBody(run, key, digest, frames))).sha256;
  else for await (const bytes of readChunks(run, key)) digest.update(bytes);
  const sha256 = digest.digest('hex');
  await run.database.write('run-command.seal', async (tx) => {
    const current = await output.findStream(tx, key, run.database.dialect);
    // It went on, went away, or was sealed meanwhile: there is another pass for that.
    if (current === undefined || current.next_offset !== row.next_offset || current.blob !== null) {
      if (blob !== null && current?.blob !== blob) await output.putLooseBlobs(tx, key, [blob]);
      return;
    }
    const seq = large ? await output.nextChange(tx, key) : current.change_seq;
    await output.changeStream(tx, key, {
      ended: 1,
      sha256,
      due_at: null,
      change_seq: seq,
      ...(blob === null ? {} : { blob, blob_frames: JSON.stringify(frames) }),
    });
    if (large) await output.deleteChunks(tx, key);
    await writeOutputHash(tx, key);
    announceChange(run, tx, key);
  });
}

/** Once both streams of the step are known to their end. */
async function writeOutputHash(tx: Tx, key: output.StreamKey): Promise<void> {
  const step = await store.findStep(tx, key, key.nodeId, key.stepName);
  if (step === undefined || !isStepOver(step.status)) return;
  const streams = streamsOf(await output.listStreams(tx, key, [key.nodeId]), key.stepName);
  const hash = stepOutputHash(step, streams);
  if (hash !== null) await output.setOutputHash(tx, key, key.nodeId, key.stepName, hash);
}

async function* readChunks(run: RunCommand, key: output.StreamKey): AsyncGenerator<Buffer, void, undefined> {
  for (let offset = 0; ;) {
    const chunks = await run.database.read((tx) => output.listChunksFrom(tx, key, offset, READ_CHUNKS));
    for (const chunk of chunks) {
      yield unpack(chunk, chunk.end_offset - chunk.start_offset);
      offset = chunk.end_offset;
    }
    if (chunks.length === 0) return;
  }
}

/** A line that names the stream, then its frames of at most CHUNK_BYTES_MAX each, packed; none spans a gap. */
async function* blobBody(
  run: RunCommand,
  key: output.StreamKey,
  digest: Hash,
  frames: BlobFrame[],
): AsyncGenerator<Buffer, void, undefined> {
  const head = Buffer.from(`${JSON.stringify(['muster output', streamWakeKey(key)])}\n`);
  yield head;
  let blobOffset = head.length;
  let waiting: { start: number; parts: Buffer[]; bytes: number } | undefined;
  const flush = (): Buffer => {
    if (waiting === undefined) return Buffer.alloc(0);
    const { packed, data } = pack(Buffer.concat(waiting.parts));
    frames.push([waiting.start, waiting.bytes, blobOffset, data.length, packed]);
    blobOffset += data.length;
    waiting = undefined;
    return data;
  };
  for (let offset = 0; ;) {
    const chunks = await run.database.read((tx) => output.listChunksFrom(tx, key, offset, READ_CHUNKS));
    for (const chunk of chunks) {
      const bytes = unpack(chunk, chunk.end_offset - chunk.start_offset);
      digest.update(bytes);
      const follows: boolean =
        waiting !== undefined &&
        waiting.start + waiting.bytes === chunk.start_offset &&
        waiting.bytes + bytes.length <= CHUNK_BYTES_MAX;
      if (!follows) {
        yield flush();
        waiting = { start: chunk.start_offset, parts: [], bytes: 0 };
      }
      waiting?.parts.push(bytes);
      if (waiting !== undefined) waiting.bytes += bytes.length;
      offset = chunk.end_offset;
    }
    if (chunks.length === 0) break;
  }
  yield flush();
}

/** A frame of a sealed stream. Throws BlobMissingError. */
export async function readFrame(run: RunCommand, row: Pick<StreamRow, 'blob'>, frame: BlobFrame): Promise<Buffer> {
  const [, bytes, blobOffset, blobBytes, packed] = frame;
  if (blobBytes === 0) return Buffer.alloc(0);
  const parts: Buffer[] = [];
  for await (const part of await run.blobs.open(row.blob ?? '', { start: blobOffset, end: blobOffset + blobBytes - 1 }))
    parts.push(part as Buffer);
  return unpack({ packed, data: Buffer.concat(parts) }, bytes);
}
