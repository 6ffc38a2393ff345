// Content-addressed bodies on disk: outputs, attachments, packages, recordings, objects. A blob's name is the SHA-256 of what is in
// it, so it never changes and storing it twice is storing it once; when `put` resolves it survives a power cut.
// Who refers to a blob is the domains' knowledge: they remove one only when nobody refers to it and nobody is storing it again.
// A removed blob stays on disk for a while, out of reach: a backup that began before copies it from there.
import { createHash } from 'node:crypto';
import { constants, createReadStream, type ReadStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { syncDirectory } from '../sync-directory.ts';
import type { Ids } from '../ids.ts';
import type { Clock } from '../time/clock.ts';

/** Lower-case hex SHA-256. */
export interface BlobFacts {
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface PutOptions {
  /** Default `BLOB_BYTES_MAX`. */
  readonly sizeBytesMax?: number;
  /** What the body was announced as. */
  readonly sha256?: string;
}

/** Both ends included, as `createReadStream` has them. */
export interface BlobRange {
  readonly start: number;
  readonly end: number;
}

export interface Blobs {
  /** Throws BlobTooLargeError, or BlobMismatchError where another digest was announced, and leaves nothing behind then. */
  put(body: Buffer | AsyncIterable<Uint8Array>, options?: PutOptions): Promise<BlobFacts>;
  /** The whole body, or the bytes of `range`. Throws BlobMissingError. */
  open(sha256: string, range?: BlobRange): Promise<ReadStream>;
  has(sha256: string): Promise<boolean>;
  /** From now on it is not there; its space is free after `removeLeftovers`. No error when it is not there. */
  remove(sha256: string): Promise<void>;
  /** Deletes what was removed, and what puts that never finished left behind, before `olderThan`; answers how many. */
  removeLeftovers(olderThan: Date): Promise<number>;
}

export interface BlobsOptions {
  readonly dataDir: string;
  readonly ids: Ids;
  readonly clock: Clock;
}

/** Below `DIR/blobs`: bodies that are being written, and bodies that were removed. */
export const BLOB_FOLDERS = { unfinished: 'unfinished', removed: 'removed' } as const;
/** How long a removed body stays: longer than a backup takes from its copy of the database to its last look at the blobs. */
export const REMOVED_KEPT_MS = 6 * 3_600_000;

/** As S3's PutObject: the largest body that any of the AWS operations takes in one piece. */
export const BLOB_BYTES_MAX = 5 * 1024 ** 3;

export class BlobTooLargeError extends Error {
  override readonly name = 'BlobTooLargeError';
}

export class BlobMismatchError extends Error {
  override readonly name = 'BlobMismatchError';
}

export class BlobMissingError extends Error {
  override readonly name = 'BlobMissingError';
}

const SHA256_HEX = /^[0-9a-f]{64}$/;

export function createBlobs({ dataDir, ids, clock }: BlobsOptions): Blobs {
  const top = resolve(dataDir);
  const root = join(top, 'blobs');
  const unfinished = join(root, BLOB_FOLDERS.unfinished);
  const removed = join(root, BLOB_FOLDERS.removed);
  /** What this process is putting: none of it is a leftover, however slowly it comes and whatever its clock says. */
  const coming = new Set<string>();
  const makeFolder = folderMaker(top);

  return {
    async put(body, { sizeBytesMax = BLOB_BYTES_MAX, sha256 } = {}) {
      await makeFolder(unfinished);
      const temporary = join(unfinished, ids.uuid());
      coming.add(temporary);
      try {
        const facts = await writeDurably(temporary, Buffer.isBuffer(body) ? [body] : body, sizeBytesMax, sha256);
        const path = pathOf(root, facts.sha256);
        await makeFolder(dirname(path));
        // Also when it is there already: the earlier put may not have reached its fsync yet, this one answers for itself.
        await rename(temporary, path);
        await syncDirectory(dirname(path));
        return facts;
      } catch (cause) {
        await rm(temporary, { force: true });
        throw cause;
      } finally {
        coming.delete(temporary);
      }
    },

    async open(sha256, range) {
      const path = pathOf(root, sha256);
      const file = await open(path, 'r').catch((cause: unknown) => {
        if (isMissing(cause)) throw new BlobMissingError(`No blob ${sha256}`, { cause });
        throw cause;
      });
      return createReadStream(path, { fd: file, ...range });
    },

    async has(sha256) {
      try {
        await access(pathOf(root, sha256), constants.R_OK);
        return true;
      } catch (cause) {
        if (isMissing(cause)) return false;
        throw cause;
      }
    },

    async remove(sha256) {
      const path = pathOf(root, sha256);
      await makeFolder(removed);
      try {
        // Before the rename: the age of what lies in the folder must never read as that of the blob.
        await utimes(path, clock.now(), clock.now());
        await rename(path, join(removed, sha256));
        // Whoever forgets the blob now must not find it again after a power cut, with nobody left to remove it.
        for (const folder of [removed, dirname(path)]) await syncDirectory(folder);
      } catch (cause) {
        if (!isMissing(cause)) throw cause;
      }
    },

    async removeLeftovers(olderThan) {
      let count = 0;
      for (const folder of [unfinished, removed]) {
        await makeFolder(folder);
        count += await clear(folder, olderThan, coming);
      }
      return count;
    },
  };
}

/** Remembers folders whose names are durable all the way up; bounded by the fan-out (65,536 and one). */
function folderMaker(top: string): (path: string) => Promise<void> {
  const folders = new Map<string, Promise<void>>();
  // Also a folder that is there already is made durable once: whoever made it may not have come to its fsync.
  return async (path) => {
    const known = folders.get(path);
    if (known !== undefined) return await known;
    const made = makeFolderDurably(path, top);
    folders.set(path, made);
    return await made.catch((cause: unknown) => {
      folders.delete(path);
      throw cause;
    });
  };
}

async function clear(folder: string, olderThan: Date, kept: ReadonlySet<string>): Promise<number> {
  let count = 0;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (kept.has(path)) continue;
    const facts = await stat(path).catch(() => undefined);
    if (facts === undefined || facts.mtime >= olderThan) continue;
    await rm(path, { force: true });
    count++;
  }
  return count;
}

/** The only place where a path is made; what is not a digest never gets into one. `root` is `DIR/blobs`. */
export function pathOf(root: string, sha256: string): string {
  if (!SHA256_HEX.test(sha256)) throw new Error('Not the name of a blob: 64 lower-case hex digits are');
  return join(root, sha256.slice(0, 2), sha256.slice(2, 4), sha256);
}

async function writeDurably(
  path: string,
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  sizeBytesMax: number,
  announced: string | undefined,
): Promise<BlobFacts> {
  await using file: FileHandle = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > sizeBytesMax) throw new BlobTooLargeError(`The body has more than ${sizeBytesMax} bytes`);
    hash.update(chunk);
    await writeWhole(file, chunk);
  }
  const sha256 = hash.digest('hex');
  if (announced !== undefined && announced !== sha256) throw new BlobMismatchError(`The body's SHA-256 is ${sha256}`);
  await file.sync();
  return { sha256, sizeBytes };
}

/** `write` may write less than it was given. */
async function writeWhole(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.byteLength;) {
    const { bytesWritten } = await file.write(chunk, offset, chunk.byteLength - offset);
    offset += bytesWritten;
  }
}

async function makeFolderDurably(path: string, top: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  for (let holder = path; holder !== top;) {
    holder = dirname(holder);
    await syncDirectory(holder);
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}
