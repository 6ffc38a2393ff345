// What a stream of output is, and what a piece of it means. Pure. A stream grows in order: what comes twice is dropped, what comes too early is
// refused, and only the node may leave something out, with the number of bytes.
import { hash } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { OUTPUT_KEPT } from '@muster/protocol/output-stream.ts';
import type { OutputPiece, OutputStreamName } from '@muster/protocol/output-stream.ts';
import type { ChunkRow, StreamRow } from '../tables.ts';

/** Kept of one stream: what agents keep (32 MiB of head and 40 MiB of tail), and some room. */
export const STREAM_BYTES_MAX = 80 * 1024 * 1024;
/** Parts that may be missing: one for each run of a step that asks for restarts. */
export const GAPS_MAX = 16;
/** Chunks are merged when so many are loose: reading and deleting stay bounded, and storing costs each byte twice at most. */
export const LOOSE_CHUNKS_MAX = 32;
/** Bytes of a merged chunk before they are compressed: some milliseconds to read. */
export const CHUNK_BYTES_MAX = 256 * 1024;
/** Smaller ones do not get smaller. */
const PACK_BYTES_MIN = 128;
/** Fast, and most of what there is to gain in logs. */
const PACK_LEVEL = 3;

export type StreamState = Pick<StreamRow, 'next_offset' | 'kept_bytes' | 'gaps' | 'ended'>;

/** How a stream begins. */
export const NO_OUTPUT: StreamState = { next_offset: 0, kept_bytes: 0, gaps: '[]', ended: 0 };

export interface PieceVerdict {
  readonly state: StreamState;
  /** What is to be stored, from the old `next_offset` (behind the gap, if the piece has one) on. */
  readonly bytes: Buffer | undefined;
  /** The node may forget the rest. */
  readonly closed: boolean;
}

export function foldPiece(state: StreamState, piece: Pick<OutputPiece, 'offset' | 'gapBytes' | 'last' | 'bytes'>): PieceVerdict {
  const ignored = { state, bytes: undefined, closed: state.ended === 1 };
  if (state.ended === 1) return ignored;
  const end = piece.offset + piece.bytes.length;
  const gaps = JSON.parse(state.gaps) as [number, number][];
  const leaves = piece.gapBytes > 0 && piece.offset - piece.gapBytes === state.next_offset;
  if (leaves && gaps.length >= GAPS_MAX) return { ...ignored, state: { ...state, ended: 1 }, closed: true };
  if (piece.offset > state.next_offset && !leaves) return ignored;
  const from = leaves ? piece.offset : state.next_offset;
  if (end < from) return ignored;
  const bytes = piece.bytes.subarray(from - piece.offset);
  if (bytes.length === 0 && !leaves && !piece.last) return ignored;
  const room = STREAM_BYTES_MAX - state.kept_bytes;
  const kept = bytes.subarray(0, room);
  const ended = piece.last || kept.length < bytes.length;
  return {
    state: {
      next_offset: from + kept.length,
      kept_bytes: state.kept_bytes + kept.length,
      gaps: leaves ? JSON.stringify([...gaps, [state.next_offset, piece.offset]]) : state.gaps,
      ended: ended ? 1 : 0,
    },
    bytes: kept.length === 0 ? undefined : kept,
    closed: ended,
  };
}

/** Where reading at `offset` goes on, and how much is missing there. */
export function skipGap(gaps: string, offset: number): { readonly offset: number; readonly missing: number } {
  const gap = (JSON.parse(gaps) as [number, number][]).find(([from, to]) => offset >= from && offset < to);
  return gap === undefined ? { offset, missing: 0 } : { offset: gap[1], missing: gap[1] - offset };
}

export function gapSentence(missing: number, from: number): string {
  const [head, tail] = [OUTPUT_KEPT.headBytes, OUTPUT_KEPT.tailBytes].map((bytes) => bytes / 1024 / 1024);
  return `${missing} bytes from offset ${from} on were not kept: of a long output the node keeps the first ${head} MiB and the last ${tail} MiB.`;
}

export function pack(bytes: Buffer): Pick<ChunkRow, 'packed' | 'data'> {
  if (bytes.length < PACK_BYTES_MIN) return { packed: '', data: bytes };
  const data = zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: PACK_LEVEL } });
  return data.length < bytes.length ? { packed: 'zstd', data } : { packed: '', data: bytes };
}

/** `sizeBytes` bounds what comes out. */
export function unpack(chunk: Pick<ChunkRow, 'packed' | 'data'>, sizeBytes: number): Buffer {
  if (chunk.packed === '') return Buffer.from(chunk.data);
  return zstdDecompressSync(chunk.data, { maxOutputLength: Math.max(1, sizeBytes) });
}

const sha256 = (bytes: string | Buffer): string => hash('sha256', bytes);
const NOTHING = sha256('');
const NO_OUTPUT_HASH = sha256(NOTHING + NOTHING);

/** Of both streams together: of the hex digests, so that either may come from a stream that was read piece by piece. */
export function outputHash(stdoutSha256: string, stderrSha256: string): string {
  return stdoutSha256 === NOTHING && stderrSha256 === NOTHING ? NO_OUTPUT_HASH : sha256(stdoutSha256 + stderrSha256);
}

export function textSha256(text: string): string {
  return text === '' ? NOTHING : sha256(text);
}

type StreamEnd = Pick<StreamRow, 'step_name' | 'stream' | 'sha256'>;
/** Streams of one step by name: absent where the reply has the whole text. */
export type StepStreams = Readonly<Partial<Record<OutputStreamName, StreamEnd>>>;

export function streamsOf(rows: readonly StreamEnd[], stepName: string): StepStreams {
  return Object.fromEntries(rows.filter((row) => row.step_name === stepName).map((row) => [row.stream, row]));
}

/** Null while a stream was not read to its end. A text that was cut and is not streamed counts as it is: there is nothing more to know. */
export function stepOutputHash(step: { readonly stdout: string; readonly stderr: string }, streams: StepStreams): string | null {
  const digest = (stream: OutputStreamName): string | null => {
    const row = streams[stream];
    return row === undefined ? textSha256(step[stream]) : row.sha256;
  };
  const [stdout, stderr] = [digest('stdout'), digest('stderr')];
  return stdout === null || stderr === null ? null : outputHash(stdout, stderr);
}
