// Accepts pieces of output, in batches, inside the hub's unit of work. Idempotent: a piece may come twice, late, or too early; the answer always
// says from where to go on. A node writes only about its own invocation, while that is in flight or has just ended, and only for steps of
// the document. Costs a few statements a stream, whatever was stored before.
import { isWholeText } from '@muster/protocol/output-stream.ts';
import type { JobOutput, OutputVerdict } from '../../platform/channels/ports.ts';
import { afterCommit, type Tx } from '../../platform/store/index.ts';
import { byCommand } from '../by-command.ts';
import { announceChange } from '../changes.ts';
import { isFinal } from '../command.ts';
import type { CommandKey } from '../command.ts';
import type { RunCommand } from '../domain.ts';
import { isStepOver, type StepReport } from '../fold-reply.ts';
import { commandIdOf } from '../job-ids.ts';
import { CHUNK_BYTES_MAX, foldPiece, LOOSE_CHUNKS_MAX, NO_OUTPUT, pack, type StreamState, unpack } from './output.ts';
import { SEALER, streamWakeKey } from './keys.ts';
import * as output from './output-store.ts';
import type { SentDocument } from '../sending/resolve-targets.ts';
import * as store from '../store.ts';
import type { InvocationRow, StreamRow } from '../tables.ts';

/** How long after an invocation's end its output is still taken: agents keep what they could not tell for two days. */
const LATE_MS = 2 * 24 * 3_600_000;
/** A chunk below this is loose: it will be merged. */
const LOOSE_BYTES = 32 * 1024;
/** A stream that ends is sealed at once; one whose node went silent, after this. */
const SILENT_SEAL_MS = 3 * 24 * 3_600_000;

const REFUSED: OutputVerdict = { nextOffset: 0, closed: true };

export async function acceptOutput(run: RunCommand, tx: Tx, batch: readonly JobOutput[]): Promise<readonly OutputVerdict[]> {
  const verdicts = new Map<JobOutput, OutputVerdict>();
  const own = batch.filter((piece) => piece.jobId.endsWith(`.${piece.nodeId}`));
  for (const [key, pieces] of byCommand(own, (piece) => commandIdOf(piece.jobId))) {
    const allowed = await findWriters(run, tx, key, pieces);
    const change = { seq: 0 };
    const streams = Map.groupBy(pieces, (piece) => JSON.stringify([piece.nodeId, piece.stepName, piece.stream]));
    // In one order everywhere, so that two replicas lock streams alike.
    for (const [, group] of [...streams].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const [first] = group;
      const writer = first === undefined ? undefined : allowed.writers.get(first.nodeId);
      if (first === undefined || writer === undefined || !allowed.steps.has(first.stepName)) continue;
      const told = await acceptStream(run, tx, key, writer, group, change);
      for (const [index, piece] of group.entries()) verdicts.set(piece, told[index] ?? REFUSED);
    }
    if (change.seq > 0) announceChange(run, tx, key);
  }
  return batch.map((piece) => verdicts.get(piece) ?? REFUSED);
}

interface Writers {
  readonly steps: ReadonlySet<string>;
  readonly writers: ReadonlyMap<string, InvocationRow>;
}

async function findWriters(run: RunCommand, tx: Tx, key: CommandKey, pieces: readonly JobOutput[]): Promise<Writers> {
  const command = await store.findCommand(tx, key);
  const content = command === undefined ? undefined : await store.findContent(tx, key, command.document_hash);
  if (content === undefined) return { steps: new Set(), writers: new Map() };
  const nodeIds = [...new Set(pieces.map((piece) => piece.nodeId))];
  const rows = await store.lockInvocations(tx, key, nodeIds, run.database.dialect);
  const nowMs = run.clock.nowMs();
  return {
    steps: new Set((JSON.parse(content) as SentDocument).steps.map((step) => step.name)),
    writers: new Map(rows.filter((row) => mayWrite(row, nowMs)).map((row) => [row.node_id, row])),
  };
}

function mayWrite(row: InvocationRow, nowMs: number): boolean {
  if (row.dispatched_at === null) return false;
  return !isFinal(row.state) || nowMs - (row.finished_at ?? 0) <= LATE_MS;
}

async function acceptStream(
  run: RunCommand,
  tx: Tx,
  key: CommandKey,
  invocation: InvocationRow,
  pieces: readonly JobOutput[],
  change: { seq: number },
): Promise<OutputVerdict[]> {
  const [{ nodeId, stepName, stream }] = pieces as readonly [JobOutput];
  const streamKey: output.StreamKey = { ...key, nodeId, stepName, stream };
  const known = await output.findStream(tx, streamKey, run.database.dialect);
  if (known === undefined && (await isTold(tx, key, pieces[0]))) return pieces.map(() => REFUSED);
  let state: StreamState = known ?? NO_OUTPUT;
  let loose = known?.loose ?? 0;
  const parts: { start: number; bytes: Buffer[]; end: number }[] = [];
  const verdicts: OutputVerdict[] = [];
  for (const piece of pieces) {
    const folded = foldPiece(state, piece);
    if (folded.bytes !== undefined) {
      const end = folded.state.next_offset;
      const start = end - folded.bytes.length;
      const last = parts.at(-1);
      if (last?.end === start && end - last.start <= CHUNK_BYTES_MAX) {
        last.bytes.push(folded.bytes);
        last.end = end;
      } else parts.push({ start, bytes: [folded.bytes], end });
    }
    state = folded.state;
    verdicts.push({ nextOffset: state.next_offset, closed: folded.closed });
  }
  const changed = known === undefined || state !== known;
  if (!changed) return verdicts;
  if (change.seq === 0) change.seq = await output.nextChange(tx, key);
  for (const { start, bytes } of parts) loose = await storeBytes(tx, streamKey, start, Buffer.concat(bytes), loose, change.seq);
  const nowMs = run.clock.nowMs();
  const { next_offset, kept_bytes, gaps, ended } = state;
  await output.putStream(tx, {
    account: key.account,
    region: key.region,
    command_id: key.commandId,
    node_id: nodeId,
    step_name: stepName,
    stream,
    next_offset,
    kept_bytes,
    gaps,
    ended,
    loose,
    updated_at: nowMs,
    change_seq: change.seq,
    sha256: null,
    blob: null,
    blob_frames: null,
    due_at: ended === 1 ? nowMs : nowMs + SILENT_SEAL_MS,
  });
  if (invocation.streamed === 0 && known === undefined) await output.markStreamed(tx, key, nodeId);
  if (ended === 1) afterCommit(tx, () => run.wakeups.wake(SEALER, streamWakeKey(streamKey)));
  return verdicts;
}

/** A reply has told the whole text meanwhile: what was still on its way is nothing new. */
async function isTold(tx: Tx, key: CommandKey, piece: JobOutput | undefined): Promise<boolean> {
  const step = piece === undefined ? undefined : await store.findStep(tx, key, piece.nodeId, piece.stepName);
  return piece !== undefined && step !== undefined && isStepOver(step.status) && isWholeText(step[piece.stream]);
}

/** Stores the bytes as one chunk, together with loose ones before it once there are many. Answers how many are loose now. */
async function storeBytes(
  tx: Tx,
  key: output.StreamKey,
  start: number,
  bytes: Buffer,
  loose: number,
  seq: number,
): Promise<number> {
  const end = start + bytes.length;
  const parts = [bytes];
  let first = start;
  const merges = loose + 1 >= LOOSE_CHUNKS_MAX;
  for (const chunk of merges ? await output.lastChunks(tx, key, LOOSE_CHUNKS_MAX) : []) {
    if (chunk.end_offset !== first || end - chunk.start_offset > CHUNK_BYTES_MAX) break;
    first = chunk.start_offset;
    parts.unshift(unpack(chunk, chunk.end_offset - chunk.start_offset));
  }
  if (first < start) await output.deleteChunks(tx, key, first);
  await output.insertChunk(tx, {
    account: key.account,
    region: key.region,
    command_id: key.commandId,
    node_id: key.nodeId,
    step_name: key.stepName,
    stream: key.stream,
    start_offset: first,
    end_offset: end,
    change_seq: seq,
    ...pack(parts.length === 1 ? bytes : Buffer.concat(parts)),
  });
  if (merges) return 0;
  return bytes.length < LOOSE_BYTES ? loose + 1 : loose;
}

/**
 * What a node streamed of these steps, without those streams that its reply now tells whole: they are dropped, the text is the output. One
 * that has ended is kept: its node found that it does not fit.
 */
export async function takeOverStreams(
  tx: Tx,
  key: CommandKey,
  nodeId: string,
  steps: readonly StepReport[],
): Promise<StreamRow[]> {
  const kept: StreamRow[] = [];
  for (const row of await output.listStreams(tx, key, [nodeId])) {
    const step = steps.find((report) => report.name === row.step_name);
    if (step !== undefined && row.ended === 0 && isStepOver(step.status) && isWholeText(step[row.stream]))
      await output.deleteStream(tx, { ...key, nodeId, stepName: row.step_name, stream: row.stream });
    else kept.push(row);
  }
  return kept;
}
