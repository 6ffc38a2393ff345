// Files that outlast a power cut: their bytes, their names and the folders that hold them are on the disk when a call resolves.
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from '../../platform/sync-directory.ts';

/** Puts a file in place of what was there, whole or not at all. One writer for a name: the unfinished file beside it is nobody else's. */
export async function putDurably(top: string, file: string, body: Buffer): Promise<void> {
  await makeFolders(top, dirname(file));
  const unfinished = `${file}.part`;
  const handle = await open(unfinished, 'w', 0o600);
  try {
    await handle.writeFile(body);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
  await syncDirectory(dirname(file));
}

/** Makes `folder` and what lacks above it; the names of all that lies below `top`, and of `top` where it was made here, are on the disk then. */
export async function makeFolders(top: string, folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  let holder = folder;
  // Also those that were there: whoever made them may not have come to their sync.
  while (holder.length > top.length) await syncDirectory((holder = dirname(holder)));
  if (made === undefined) return;
  // Above `top` only what was made: what was there may not even be readable.
  while (holder.length >= made.length) await syncDirectory((holder = dirname(holder)));
}

export function partsBelow(folder: string, key: string): string {
  if (key.split('/').some((part) => part === '' || part === '.' || part === '..')) throw new Error(`not a key: ${key}`);
  return join(folder, key);
}
