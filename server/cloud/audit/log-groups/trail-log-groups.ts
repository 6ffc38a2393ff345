// Where trails deliver to besides their bucket: a port, filled by folders that the operator names (`--trail-log-group NAME=PATH`) and later by the
// log store. A folder has a folder for each stream, and in it numbered files with an event a line.
//
// Invariant: an event stands in a stream once. A writer that crashed between the file and the database writes again from the place that the
// database knows, and finds there what it has written already; a line that was torn is written anew. Nothing whole is ever removed.
import { open, readdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../../platform/sync-directory.ts';
import { makeFolders, partsBelow } from '../durable-files.ts';
import { isWritableFolder } from '../trail-buckets.ts';

export interface TrailLogGroups {
  exists(group: string): Promise<boolean>;
  /** Whether events can be put there now. */
  writable(group: string): Promise<boolean>;
  /**
   * Puts events (each a line of text) to the end of a stream, but for those that stand behind `place` already. `place` is what the last call answered,
   * null before the first.
   */
  append(group: string, stream: string, place: string | null, events: readonly string[]): Promise<string>;
}

/** A file that has this much gets no more: small enough to open in an editor, large enough that a busy day is a few files. */
export const LOG_FILE_BYTES_MAX = 32 * 1024 * 1024;
/** More than this behind the place nobody of ours has written: it is neither read nor touched. A batch has 110 MB at the very most. */
const TAIL_BYTES_MAX = 160 * 1024 * 1024;
const FILE_NAME = /^(\d{8})\.jsonl$/;
const NEWLINE = 0x0a;

interface Place {
  readonly file: number;
  readonly offset: number;
}

/** `folders`: name of a log group -> absolute path. */
export function folderLogGroups(
  folders: ReadonlyMap<string, string>,
  { fileBytesMax = LOG_FILE_BYTES_MAX }: { readonly fileBytesMax?: number } = {},
): TrailLogGroups {
  /** Two trails may write to one stream: one after the other. */
  const writing = new Map<string, Promise<unknown>>();

  async function appendNow(folder: string, path: string, from: string | null, events: readonly string[]): Promise<string> {
    await makeFolders(folder, path);
    let place = from === null ? { file: await lastFile(path), offset: 0 } : readPlace(from);
    let left = events;
    for (;;) {
      if (place.offset >= fileBytesMax) place = { file: place.file + 1, offset: 0 };
      const { end, missing } = await appendToFile(join(path, nameOf(place.file)), place.offset, left, fileBytesMax);
      place = { file: place.file, offset: end };
      if (missing.length === 0) break;
      left = missing;
      place = { file: place.file + 1, offset: 0 };
    }
    await syncDirectory(path);
    return `${place.file}:${place.offset}`;
  }

  return {
    exists: (group) => Promise.resolve(folders.has(group)),
    writable: (group) => isWritableFolder(folders.get(group)),
    async append(group, stream, place, events) {
      const folder = folders.get(group);
      if (folder === undefined)
        throw new Error(
          `No folder is configured for the log group ${group}: start the server with --trail-log-group ${group}=PATH.`,
        );
      const path = partsBelow(folder, stream);
      const before = writing.get(path) ?? Promise.resolve();
      const now = before.catch(() => undefined).then(() => appendNow(folder, path, place, events));
      writing.set(path, now);
      try {
        return await now;
      } finally {
        if (writing.get(path) === now) writing.delete(path);
      }
    },
  };
}

/** Answers where the file ends, and the events for which it has no room. */
async function appendToFile(
  path: string,
  offset: number,
  events: readonly string[],
  fileBytesMax: number,
): Promise<{ end: number; missing: readonly string[] }> {
  const file = await openOrMake(path);
  try {
    const { size } = await file.stat();
    if (size - offset > TAIL_BYTES_MAX) return { end: size, missing: events };
    // An operator who rotates files themselves leaves less than we know of.
    const tail = size > offset ? await readFrom(file, offset, size - offset) : Buffer.alloc(0);
    const whole = tail.lastIndexOf(NEWLINE) + 1;
    const end = size - (tail.length - whole);
    if (end < size) await file.truncate(end);
    const present = new Set(tail.length === 0 ? [] : tail.toString('utf8', 0, whole).split('\n'));
    const missing = events.filter((event) => !present.has(event));
    if (missing.length === 0 || end >= fileBytesMax) {
      await file.sync();
      return { end, missing };
    }
    const body = Buffer.from(`${missing.join('\n')}\n`);
    await writeAt(file, body, end);
    await file.sync();
    return { end: end + body.length, missing: [] };
  } finally {
    await file.close();
  }
}

async function openOrMake(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return open(path, 'wx+', 0o600);
  }
}

async function readFrom(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/** `write` may write less than it was given. */
async function writeAt(file: FileHandle, body: Buffer, position: number): Promise<void> {
  for (let done = 0; done < body.length;) {
    const { bytesWritten } = await file.write(body, done, body.length - done, position + done);
    done += bytesWritten;
  }
}

async function lastFile(folder: string): Promise<number> {
  const numbers = (await readdir(folder)).flatMap((name) => FILE_NAME.exec(name)?.[1] ?? []).map(Number);
  return Math.max(1, ...numbers);
}

function readPlace(text: string): Place {
  const [, file, offset] = /^(\d{1,8}):(\d{1,15})$/.exec(text) ?? [];
  if (file === undefined || offset === undefined) throw new Error(`not a place in a stream: ${text}`);
  return { file: Number(file), offset: Number(offset) };
}

function nameOf(file: number): string {
  return `${String(file).padStart(8, '0')}.jsonl`;
}
