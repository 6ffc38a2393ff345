// The door to disk-record.c: builds it, makes the environment under which a program's changes to a directory are on record, and reads the record.
// Linux with a C compiler only (`whyNoFsyncShim` says so).
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildShim, type FsyncShim } from '../fsync-shim/fsync-shim.ts';

const KINDS = [
  'create',
  'write',
  'truncate',
  'rename',
  'link',
  'remove',
  'make-folder',
  'remove',
  'sync',
  'sync-folder',
] as const;
/** `struct head` of disk-record.c. */
const HEAD_BYTES = 32;

/** One thing that was done. `at`: offset of a write, size after a truncation, how much of the record a sync covers. */
export interface Change {
  readonly kind: (typeof KINDS)[number];
  readonly path: string;
  readonly other: string;
  readonly inode: bigint;
  readonly at: number;
  readonly data: Buffer;
  /** Where it ends in the record: what was on record by then had happened. */
  readonly end: number;
}

/** Before the record began; files with their inodes, all of it durable. */
export interface DiskBase {
  readonly folders: readonly string[];
  readonly files: readonly { readonly path: string; readonly inode: bigint; readonly bytes: Buffer }[];
}

export interface RecordUse {
  readonly record: string;
  /** The directory, absolute and without links in it. */
  readonly below: string;
  /** Files whose path ends so are never synced, and the program is told that they are. */
  readonly swallow?: string;
}

export function buildDiskRecord(): Promise<FsyncShim> {
  return buildShim(join(import.meta.dirname, 'disk-record.c'));
}

/** To be added to a program's environment. `behind`: shims whose syncs are to be asked. */
export function diskRecordEnvironment(
  shim: FsyncShim,
  { record, below, swallow }: RecordUse,
  behind: readonly FsyncShim[] = [],
): Record<string, string> {
  return {
    LD_PRELOAD: [shim, ...behind].map(({ file }) => file).join(' '),
    MUSTER_DISK_RECORD: record,
    MUSTER_DISK_RECORD_BELOW: below,
    ...(swallow === undefined ? {} : { MUSTER_DISK_RECORD_SWALLOW: swallow }),
  };
}

/** What is there before the program starts, `directory` itself included. */
export function diskBase(directory: string): DiskBase {
  const folders = [directory];
  const files: DiskBase['files'][number][] = [];
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) folders.push(path);
    else if (entry.isFile()) files.push({ path, inode: statSync(path, { bigint: true }).ino, bytes: readFileSync(path) });
  }
  return { folders, files };
}

/** In order. A program that was killed while it wrote a record left a torn one, of something that it had not told anybody yet: it is left out. */
export function readDiskRecord(file: string): Change[] {
  const bytes = readFileSync(file);
  const changes: Change[] = [];
  for (let from = 0; from + HEAD_BYTES <= bytes.length;) {
    const [path, other, data] = [bytes.readUInt32LE(from + 4), bytes.readUInt32LE(from + 8), bytes.readUInt32LE(from + 12)];
    const texts = from + HEAD_BYTES;
    const end = texts + path + other + data;
    if (end > bytes.length) break;
    const kind = KINDS[bytes.readUInt32LE(from) - 1];
    if (kind === undefined) throw new Error(`${file}: no record begins at ${from}`);
    changes.push({
      kind,
      path: bytes.toString('utf8', texts, texts + path),
      other: bytes.toString('utf8', texts + path, texts + path + other),
      inode: bytes.readBigUInt64LE(from + 16),
      at: Number(bytes.readBigInt64LE(from + 24)),
      data: bytes.subarray(end - data, end),
      end,
    });
    from = end;
  }
  return changes;
}
