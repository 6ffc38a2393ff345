// A zip archive into a new directory: stored and deflated entries, each read from its place in the file and written as it is inflated, so no size
// of archive is held in memory. Why not a package: docs/decisions/0004-zip-reader.md. Everything that the directory of the archive says is
// judged before the first byte is written: names stay inside, no links, no encryption, no zip64, entries apart from each other, sizes
// and counts bounded. Then every entry must have the size and the checksum that it promises. What was unpacked survives a power cut.
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { errorCode } from '../machine/error-code.ts';
import { syncDirectory } from '../machine/files.ts';
import { ARCHIVE_ENTRIES_MAX, ARCHIVE_RATIO_FREE_BYTES, ARCHIVE_RATIO_MAX, UNPACKED_BYTES_MAX } from './limits.ts';

/** What is wrong with the archive, for people. */
export class ArchiveError extends Error {}

export interface ZipEntry {
  /** With `/`, without a trailing one. */
  readonly path: string;
  readonly kind: 'file' | 'directory';
  readonly isExecutable: boolean;
  readonly method: 'stored' | 'deflated';
  readonly checksum: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  /** Of its local header. */
  readonly offset: number;
}

const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
/** Above it there is no directory of ARCHIVE_ENTRIES_MAX entries with sane names. */
const DIRECTORY_BYTES_MAX = 16 * 1024 * 1024;

/** Durable when it is done. Throws ArchiveError; what `directory` holds is then of no use. */
export async function unpackZip(file: string, directory: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const entries = readDirectory(await centralDirectory(handle, size), size);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const entry of entries) await unpackEntry(handle, file, entry, directory);
    for (const folder of foldersOf(entries)) syncDirectory(join(directory, folder));
  } finally {
    await handle.close();
  }
}

async function centralDirectory(handle: FileHandle, size: number): Promise<{ bytes: Buffer; count: number }> {
  const tail = await read(
    handle,
    Math.max(0, size - END_BYTES - COMMENT_BYTES_MAX),
    Math.min(size, END_BYTES + COMMENT_BYTES_MAX),
  );
  const at = findEnd(tail);
  if (at === undefined) throw new ArchiveError('the file is no zip archive');
  const [disk, count, length, offset] = [
    tail.readUInt16LE(at + 4),
    tail.readUInt16LE(at + 10),
    tail.readUInt32LE(at + 12),
    tail.readUInt32LE(at + 16),
  ];
  if (count === 0xffff || length === 0xffffffff || offset === 0xffffffff) {
    throw new ArchiveError('zip64 archives are not supported: keep the archive below 4 GiB and 65,535 entries');
  }
  if (disk !== 0) throw new ArchiveError('archives in several parts are not supported');
  if (count > ARCHIVE_ENTRIES_MAX) throw new ArchiveError(`the archive has more than ${ARCHIVE_ENTRIES_MAX} entries`);
  if (length > DIRECTORY_BYTES_MAX || offset + length > size) throw new ArchiveError('the directory of the archive is damaged');
  return { bytes: await read(handle, offset, length), count };
}

/** The last signature whose comment ends with the file. */
function findEnd(tail: Buffer): number | undefined {
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) === 0x06054b50 && at + END_BYTES + tail.readUInt16LE(at + 20) === tail.length) return at;
  }
  return undefined;
}

/** The entries, judged. Pure. */
export function readDirectory({ bytes, count }: { bytes: Buffer; count: number }, archiveBytes: number): ZipEntry[] {
  const entries: ZipEntry[] = [];
  for (let at = 0; entries.length < count;) {
    if (at + CENTRAL_BYTES > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) {
      throw new ArchiveError('the directory of the archive is damaged');
    }
    const [name, extra, comment] = [bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32)];
    const end = at + CENTRAL_BYTES + name + extra + comment;
    if (end > bytes.length) throw new ArchiveError('the directory of the archive is damaged');
    entries.push(readEntry(bytes.subarray(at, at + CENTRAL_BYTES + name)));
    at = end;
  }
  judgeSizes(entries, archiveBytes);
  judgeNames(entries);
  return entries;
}

function readEntry(bytes: Buffer): ZipEntry {
  const given = bytes.toString('utf8', CENTRAL_BYTES);
  const path = safePath(given);
  const [flags, method] = [bytes.readUInt16LE(8), bytes.readUInt16LE(10)];
  if ((flags & 0x2041) !== 0) throw new ArchiveError(`${path} is encrypted, which is not supported`);
  if (method !== 0 && method !== 8)
    throw new ArchiveError(`${path} is packed by method ${method}: only stored and deflate are supported`);
  // The upper half is the Unix mode where Unix made the archive (3), and macOS (19).
  const unixMode = [3, 19].includes(bytes.readUInt8(5)) ? bytes.readUInt16LE(40) : 0;
  const format = unixMode & 0o170000;
  if (format !== 0 && format !== 0o100000 && format !== 0o040000) {
    throw new ArchiveError(`${path} is a symbolic link or a device: archives may hold files and directories only`);
  }
  const [packedBytes, sizeBytes, offset] = [bytes.readUInt32LE(20), bytes.readUInt32LE(24), bytes.readUInt32LE(42)];
  if ([packedBytes, sizeBytes, offset].includes(0xffffffff)) throw new ArchiveError('zip64 archives are not supported');
  return {
    path,
    kind: /[/\\]$/.test(given) || format === 0o040000 ? 'directory' : 'file',
    isExecutable: (unixMode & 0o111) !== 0,
    method: method === 0 ? 'stored' : 'deflated',
    checksum: bytes.readUInt32LE(16),
    packedBytes,
    sizeBytes,
    offset,
  };
}

/** Old Windows programs write backslashes. A name that could mean another place, on any system, is refused. */
function safePath(name: string): string {
  const path = name.replaceAll('\\', '/').replace(/\/$/, '');
  const parts = path.split('/');
  const shown = JSON.stringify(name.slice(0, 200));
  // oxlint-disable-next-line no-control-regex -- control characters have no place in a file's name
  if (path === '' || path.length > 1000 || /[\u0000-\u001f:\uFFFD]/.test(path))
    throw new ArchiveError(`the name ${shown} is refused`);
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new ArchiveError(`the name ${shown} leads out of the archive, which is refused`);
  }
  return path;
}

function judgeSizes(entries: readonly ZipEntry[], archiveBytes: number): void {
  const unpacked = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  if (unpacked > UNPACKED_BYTES_MAX) throw new ArchiveError(`the archive holds more than ${UNPACKED_BYTES_MAX} bytes`);
  if (unpacked > ARCHIVE_RATIO_FREE_BYTES && unpacked > archiveBytes * ARCHIVE_RATIO_MAX) {
    throw new ArchiveError(`the archive becomes more than ${ARCHIVE_RATIO_MAX} times as large when it is unpacked`);
  }
  // Entries that share bytes are how a small archive becomes a huge one.
  const byPlace = entries.toSorted((a, b) => a.offset - b.offset);
  for (const [index, entry] of byPlace.entries()) {
    const end = entry.offset + LOCAL_BYTES + entry.packedBytes;
    if (end > (byPlace[index + 1]?.offset ?? archiveBytes)) throw new ArchiveError('entries of the archive overlap');
  }
}

/** Each name once, and none below a file; also where names differ in case only, as some systems see no difference. */
function judgeNames(entries: readonly ZipEntry[]): void {
  const seen = new Map<string, ZipEntry['kind']>();
  for (const { path, kind } of entries) {
    const folded = path.toLowerCase();
    const before = seen.get(folded);
    if (before !== undefined && (before === 'file' || kind === 'file')) throw new ArchiveError(`${path} is twice in the archive`);
    seen.set(folded, kind);
  }
  for (const { path } of entries) {
    for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1)) {
      if (seen.get(path.slice(0, cut).toLowerCase()) !== 'file') continue;
      throw new ArchiveError(`${path} lies below a file of the archive`);
    }
  }
}

/** Each with those around it. */
function foldersOf(entries: readonly ZipEntry[]): ReadonlySet<string> {
  const folders = new Set(['.']);
  for (const { path, kind } of entries)
    for (let folder = kind === 'directory' ? path : dirname(path); !folders.has(folder); folder = dirname(folder))
      folders.add(folder);
  return folders;
}

async function unpackEntry(handle: FileHandle, file: string, entry: ZipEntry, directory: string): Promise<void> {
  const target = join(directory, entry.path);
  if (entry.kind === 'directory') {
    mkdirSync(target, { recursive: true, mode: 0o700 });
    return;
  }
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  const local = await read(handle, entry.offset, LOCAL_BYTES);
  if (local.readUInt32LE(0) !== 0x04034b50) throw new ArchiveError(`${entry.path} is not where the archive says`);
  const start = entry.offset + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
  const packed =
    entry.packedBytes === 0 ? Readable.from([]) : createReadStream(file, { start, end: start + entry.packedBytes - 1 });
  const output = createWriteStream(target, { flags: 'wx', mode: entry.isExecutable ? 0o700 : 0o600, flush: true });
  const check = verified(entry);
  try {
    if (entry.method === 'stored') await pipeline(packed, check, output);
    else await pipeline(packed, createInflateRaw(), check, output);
  } catch (error) {
    if (errorCode(error)?.startsWith('Z_') === true) throw new ArchiveError(`${entry.path} is damaged`, { cause: error });
    throw error;
  }
}

/** Passes the bytes on, never more than promised, and fails at the end when they are not the promised ones. */
function verified(entry: ZipEntry): (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  return async function* verify(chunks) {
    let [size, checksum] = [0, 0];
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > entry.sizeBytes) throw new ArchiveError(`${entry.path} is larger than the archive says`);
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
    if (size !== entry.sizeBytes || checksum !== entry.checksum) throw new ArchiveError(`${entry.path} is damaged`);
  };
}

async function read(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new ArchiveError('the archive is cut off');
  return buffer;
}
