// A consistent copy of the embedded database while a server writes it: one read transaction of SQLite's own, into a new file. The
// server goes on; its log grows until the copy is made.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export const DATABASE_FILE = 'muster.db';

/** `target` must not exist. False when the data directory has no database. */
export function copyDatabase(dataDir: string, target: string): boolean {
  const path = join(dataDir, DATABASE_FILE);
  if (!existsSync(path)) return false;
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    database.prepare('vacuum into ?').run(target);
  } finally {
    database.close();
  }
  return true;
}

/** What SQLite finds wrong with the file; undefined: nothing. */
export function findDamage(path: string): string | undefined {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const [row] = database.prepare('pragma integrity_check(1)').all();
    const answer = String(Object.values(row ?? {})[0]);
    return answer === 'ok' ? undefined : answer;
  } catch (error) {
    return error instanceof Error ? error.message : 'unreadable';
  } finally {
    database.close();
  }
}
