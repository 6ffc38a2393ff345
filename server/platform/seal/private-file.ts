// Files that hold secrets: readable by their owner alone from the first byte, complete or absent after a crash.
import { closeSync, fstatSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { syncDirectoryNow } from '../sync-directory.ts';

export interface PrivateFileOptions {
  /** Default 0600. */
  readonly mode?: number;
  /** False: an existing file stays and the call throws EEXIST. */
  readonly replace: boolean;
}

/** It is there and cannot be used: told to the operator as it stands. */
export class PrivateFileUnusable extends Error {
  override readonly name = 'PrivateFileUnusable';
}

/** Writes beside the target, fsyncs, moves into place, fsyncs the directory. */
export function writePrivateFile(path: string, content: string | Buffer, options: PrivateFileOptions): void {
  const directory = dirname(path);
  const draft = join(directory, `.${basename(path)}.${process.pid}.tmp`);
  rmSync(draft, { force: true });
  const descriptor = openSync(draft, 'wx', options.mode ?? 0o600);
  try {
    const bytes = Buffer.from(content);
    for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  try {
    if (options.replace) renameSync(draft, path);
    else linkSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
  syncDirectoryNow(directory);
}

/** The content, or undefined when there is no such file. Throws when anybody but the owner could read or change it. */
export function readPrivateFile(path: string): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new PrivateFileUnusable(`${path} cannot be read: ${(error as Error).message}`);
  }
  try {
    const stats = fstatSync(descriptor);
    const { mode } = stats;
    if (stats.isDirectory()) throw new PrivateFileUnusable(`${path} is a directory, not a file`);
    // Windows has no such bits; there the directory's access list protects the file.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new PrivateFileUnusable(
        `${path} may be read or changed by others (mode ${(mode & 0o777).toString(8)}): run chmod 600 ${path}`,
      );
    }
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
