// One agent a data directory. The lock is an exclusively held SQLite file: the kernel releases it when the process is gone, however it
// went, so there is no stale lock to judge and no race between two judges.
import { DatabaseSync } from 'node:sqlite';

export interface DirectoryLock {
  release(): void;
}

/** Undefined when another agent holds it. */
export function tryLockDirectory(path: string): DirectoryLock | undefined {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}
