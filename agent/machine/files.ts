// Files that must survive a power cut: written to a temporary name, fsynced, renamed, and the directory fsynced. A reader sees the old
// content or the new one, never a part.
import { closeSync, fsyncSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from './error-code.ts';

export function writeDurably(path: string, content: string, mode = 0o600): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', mode);
  try {
    // All of it: a disk that fills up may take a part, and say so to nobody who does not ask.
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncDirectory(dirname(path));
}

export function syncDirectory(path: string): void {
  // Windows has no directory handles to sync; NTFS journals its names.
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

export function findText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The first `bytesMax` bytes; empty where there is no file. Bytes that are not UTF-8 become U+FFFD. */
export function readHead(path: string, bytesMax: number): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
  try {
    const buffer = Buffer.alloc(bytesMax);
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, bytesMax - length, length);
      if (read === 0) break;
      length += read;
    }
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
