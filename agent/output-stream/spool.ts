// What a step wrote to one stream, as one sequence of bytes, out of the files of its runs: of each run the head (`stdout`), then the parts of
// its tail, each named after where it begins (`stdout.33554432`); at the end what the agent itself says (`stdout.said`). The collector
// removes the oldest part of a tail that grows, so there may be a gap, and a file may go at any moment.
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { OutputStreamName } from '@muster/protocol/output-stream.ts';
import { errorCode } from '../machine/error-code.ts';

interface SpoolPart {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

export interface Spool {
  readonly parts: readonly SpoolPart[];
  /** All bytes, those in gaps included. */
  readonly end: number;
}

export interface SpoolPiece {
  readonly offset: number;
  readonly bytes: Buffer;
}

export const NO_SPOOL: Spool = { parts: [], end: 0 };

/** The file of what the agent says itself, in the step's directory. */
export function saidFile(directory: string, stream: OutputStreamName): string {
  return join(directory, `${stream}.said`);
}

/** `live`: the last run goes on; of it only the head is shown, its tail is still being rotated. */
export function readSpool(runs: readonly string[], stream: OutputStreamName, live: boolean, said: string | undefined): Spool {
  const parts: SpoolPart[] = [];
  let end = 0;
  for (const [index, directory] of runs.entries()) {
    const base = end;
    const head = sizeOf(join(directory, stream));
    if (head > 0) parts.push({ path: join(directory, stream), offset: base, length: head });
    end = base + head;
    if (live && index === runs.length - 1) continue;
    for (const offset of tailOffsets(directory, stream)) {
      const path = join(directory, `${stream}.${offset}`);
      const length = sizeOf(path);
      parts.push({ path, offset: base + offset, length });
      end = base + offset + length;
    }
  }
  const saidBytes = said === undefined ? 0 : sizeOf(said);
  if (said !== undefined && saidBytes > 0) parts.push({ path: said, offset: end, length: saidBytes });
  return { parts, end: end + saidBytes };
}

/** At most `bytesMax` bytes at `offset`, or behind the gap that is there; undefined at the end. */
export function readPiece(spool: Spool, offset: number, bytesMax: number): SpoolPiece | undefined {
  for (const part of spool.parts) {
    if (part.offset + part.length <= offset) continue;
    const at = Math.max(offset, part.offset);
    const bytes = readAt(part.path, at - part.offset, Math.min(bytesMax, part.offset + part.length - at));
    // Gone meanwhile: what follows is there.
    if (bytes.length > 0) return { offset: at, bytes };
  }
  return undefined;
}

function tailOffsets(directory: string, stream: OutputStreamName): number[] {
  const pattern = new RegExp(`^${stream}\\.(\\d+)$`);
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function readAt(path: string, position: number, length: number): Buffer {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const buffer = Buffer.alloc(length);
    let filled = 0;
    for (;;) {
      const read = readSync(file, buffer, filled, length - filled, position + filled);
      filled += read;
      if (read === 0 || filled === length) return buffer.subarray(0, filled);
    }
  } finally {
    closeSync(file);
  }
}
