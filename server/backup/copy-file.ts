// Copies one file durably and privately, and says what was copied.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from '../platform/sync-directory.ts';

export interface Copied {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** `to` must not exist; its directory is made. */
export async function copyFileDurably(from: string, to: string): Promise<Copied> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  // The source first: where it is gone, nothing is made.
  await using source = await open(from, 'r');
  await using file = await open(to, 'wx', 0o600);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of source.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    await file.writeFile(chunk);
    sizeBytes += chunk.byteLength;
  }
  await file.sync();
  return { sizeBytes, sha256: hash.digest('hex') };
}

export async function hashFile(path: string): Promise<Copied> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    sizeBytes += chunk.byteLength;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** Of all directories below `top` that these files lie in: relative paths, with `/`. */
export async function syncDirectoriesOf(top: string, paths: Iterable<string>): Promise<void> {
  const directories = new Set([top]);
  for (const path of paths)
    for (let holder = dirname(join(top, path)); !directories.has(holder); holder = dirname(holder)) directories.add(holder);
  for (const directory of directories) await syncDirectory(directory);
}
