// Puts the names in a directory onto the disk: a file that was made or renamed is gone after a power cut, however durable its bytes, unless the
// directory that holds it was synced.
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';

// NOTE: Windows cannot open directories for this; NTFS journals its renames.
const NEEDS_SYNC = process.platform !== 'win32';
/** Some network file systems refuse it and are durable by themselves. */
const REFUSALS: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP']);

export async function syncDirectory(path: string): Promise<void> {
  if (!NEEDS_SYNC) return;
  await using directory = await open(path, 'r');
  try {
    await directory.sync();
  } catch (error) {
    ignoreRefusal(error);
  }
}

/** Before there is anybody who could be kept waiting. */
export function syncDirectoryNow(path: string): void {
  if (!NEEDS_SYNC) return;
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } catch (error) {
    ignoreRefusal(error);
  } finally {
    closeSync(descriptor);
  }
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && REFUSALS.has(String(error.code)))) throw error;
}
