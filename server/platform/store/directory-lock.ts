// One process per data directory. The lock is an exclusive SQLite transaction on `lock.db`, held for the life of the process: the
// operating system gives it back when the process ends, however it ends, so there is no stale lock to clean up.
// NOTE: a POSIX lock is lost when this process closes any descriptor of the file, so nothing here may ever open `lock.db` again.
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { syncDirectoryNow } from '../sync-directory.ts';
import { DataDirectoryLocked } from './errors.ts';

export interface DirectoryLock extends Disposable {
  readonly directory: string;
  release(): void;
}

const SQLITE_BUSY = 5;

/** Makes the directory (0700) where it does not exist; it then outlives a power cut. Throws DataDirectoryLocked. */
export function lockDataDirectory(directory: string): DirectoryLock {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  // Also when it is there already: whoever made it may not have come to its fsync.
  makeNameDurable(directory);
  const path = join(directory, 'lock.db');
  // Whoever may read the file may take a shared lock on it, and keep the server from starting.
  if (existsSync(path)) chmodSync(path, 0o600);
  else createPrivately(path);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('pragma locking_mode = exclusive; begin exclusive');
  } catch (error) {
    database.close();
    if (isBusy(error)) throw new DataDirectoryLocked(directory, error);
    throw error;
  }
  const release = (): void => {
    if (database.isOpen) database.close();
  };
  return { directory, release, [Symbol.dispose]: release };
}

const CANNOT_BE_SYNCED = new Set(['EACCES', 'EPERM', 'EROFS']);

/** A directory that was just made is gone after a power cut, with all that is in it, however durable, unless the one that holds it was synced. */
export function makeNameDurable(directory: string): void {
  try {
    syncDirectoryNow(dirname(directory));
  } catch (error) {
    // Whose holder we may not read was made by somebody else, as a package or an administrator does.
    if (!(error instanceof Error && 'code' in error && CANNOT_BE_SYNCED.has(String(error.code)))) throw error;
  }
}

/** Makes the file readable for its owner only before SQLite makes it readable for everybody; `-wal` and `-shm` inherit the mode. */
export function createPrivately(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
}

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === SQLITE_BUSY
  );
}
