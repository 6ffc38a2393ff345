// Reads what is kept of one stream from an offset on: out of the text that the final reply told, out of chunks while it grows, or out of the
// blob in which it was sealed.
import type { OutputStreamName } from '@muster/protocol/output-stream.ts';
import { isWholeText } from '@muster/protocol/output-stream.ts';
import { isFinal } from '../command.ts';
import type { CommandKey } from '../command.ts';
import type { RunCommand } from '../domain.ts';
import { isStepOver } from '../fold-reply.ts';
import { gapSentence, skipGap, unpack } from './output.ts';
import { type BlobFrame, readFrame } from './seal.ts';
import * as output from './output-store.ts';
import * as store from '../store.ts';
import type { InvocationRow, StepRow, StreamRow } from '../tables.ts';

/** Chunks of one read: at most 256 KiB each, which is a whole page; small ones are read again and again until the page is full. */
const READ_CHUNKS = 4;
/** A stream whose invocation has ended and that has not grown for so long will not: its node is gone. */
const SILENT_MS = 60_000;

export interface OutputPage {
  readonly data: Buffer;
  readonly nextOffset: number;
  readonly gap: string | undefined;
  readonly complete: boolean;
  readonly whole: boolean;
  readonly totalBytes: number;
}

export interface OutputQuestion {
  readonly stepName: string;
  readonly stream: OutputStreamName;
  readonly offset: number;
  readonly bytesMax: number;
}

export async function readOutput(
  run: RunCommand,
  key: CommandKey,
  nodeId: string,
  question: OutputQuestion,
): Promise<OutputPage | undefined> {
  const { stepName, stream, offset, bytesMax } = question;
  const streamKey: output.StreamKey = { ...key, nodeId, stepName, stream };
  const { invocation, step, row } = await run.database.read(async (tx) => {
    const found = await store.findInvocation(tx, key, nodeId);
    return {
      invocation: found,
      step: await store.findStep(tx, key, nodeId, stepName),
      row: found?.streamed === 1 ? await output.findStream(tx, streamKey) : undefined,
    };
  });
  if (invocation === undefined) return undefined;
  if (row === undefined) return textPage(invocation, step, stream, offset, bytesMax);
  const data =
    row.blob === null ? await fromChunks(run, streamKey, offset, bytesMax) : await fromBlob(run, row, offset, bytesMax);
  return streamPage(invocation, row, offset, data, run.clock.nowMs());
}

/** Pure. */
function streamPage(invocation: InvocationRow, row: StreamRow, offset: number, data: Buffer, nowMs: number): OutputPage {
  const end = offset + data.length;
  const { offset: nextOffset, missing } = skipGap(row.gaps, end);
  const silent = isFinal(invocation.state) && nowMs - Math.max(row.updated_at, invocation.finished_at ?? 0) > SILENT_MS;
  return {
    data,
    nextOffset,
    gap: missing === 0 ? undefined : gapSentence(missing, end),
    complete: nextOffset >= row.next_offset && (row.ended === 1 || silent),
    whole: true,
    totalBytes: row.next_offset,
  };
}

/** What an invocation without streamed output has told: nothing before a step's end, then its text. Pure. */
function textPage(
  invocation: InvocationRow,
  step: StepRow | undefined,
  stream: OutputStreamName,
  offset: number,
  bytesMax: number,
): OutputPage {
  const over = step !== undefined && isStepOver(step.status);
  const final = isFinal(invocation.state);
  const text = over ? step[stream] : final && stream === 'stderr' ? (step?.stderr ?? invocation.trace) : '';
  const bytes = Buffer.from(text);
  const data = bytes.subarray(Math.min(offset, bytes.length), offset + bytesMax);
  const nextOffset = offset + data.length;
  return {
    data,
    nextOffset,
    gap: undefined,
    complete: (over || final) && nextOffset >= bytes.length,
    whole: over && isWholeText(text),
    totalBytes: bytes.length,
  };
}

async function fromChunks(run: RunCommand, key: output.StreamKey, offset: number, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let at = offset;
  for (let before = -1; at > before && at - offset < bytesMax;) {
    before = at;
    for (const chunk of await run.database.read((tx) => output.listChunksFrom(tx, key, before, READ_CHUNKS))) {
      // A gap, or enough.
      if (chunk.start_offset > at || at - offset >= bytesMax) break;
      const bytes = unpack(chunk, chunk.end_offset - chunk.start_offset);
      parts.push(bytes.subarray(at - chunk.start_offset));
      at = chunk.end_offset;
    }
  }
  return Buffer.concat(parts).subarray(0, bytesMax);
}

async function fromBlob(run: RunCommand, row: StreamRow, offset: number, bytesMax: number): Promise<Buffer> {
  const frames = JSON.parse(row.blob_frames ?? '[]') as BlobFrame[];
  const parts: Buffer[] = [];
  let at = offset;
  for (const frame of frames) {
    const [start, bytes] = frame;
    if (start + bytes <= at) continue;
    if (start > at || at - offset >= bytesMax) break;
    parts.push((await readFrame(run, row, frame)).subarray(at - start));
    at = start + bytes;
  }
  return Buffer.concat(parts).subarray(0, bytesMax);
}
