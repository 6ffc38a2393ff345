// Makes a data directory of a backup. Everything is copied and compared beside it first; then it appears by one rename.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DATABASE_FILE, findDamage } from '../platform/store/index.ts';
import { syncDirectory } from '../platform/sync-directory.ts';
import { copyFileDurably, syncDirectoriesOf } from './copy-file.ts';
import { BackupUnusable, MANIFEST_FILE, type Manifest, parseManifest } from './manifest.ts';

export interface RestoreOptions {
  readonly source: string;
  /** Must not exist, or be empty. */
  readonly dataDir: string;
}

/** Throws BackupUnusable with what to do; nothing was changed then. */
export async function restore(options: RestoreOptions): Promise<Manifest> {
  const dataDir = resolve(options.dataDir);
  const partial = `${dataDir}.partial`;
  if (existsSync(dataDir) && (await readdir(dataDir)).length > 0)
    throw new BackupUnusable(`${dataDir} holds something; restore into a new --data-dir, or move it away.`);
  if (existsSync(partial)) throw new BackupUnusable(`${partial} exists, left by a restore that did not end; remove it.`);
  const manifest = await readManifest(options.source);
  await mkdir(partial, { recursive: true, mode: 0o700 });
  try {
    for (const file of manifest.files) {
      const copied = await copyFileDurably(join(options.source, file.path), join(partial, file.path)).catch((error: unknown) => {
        throw new BackupUnusable(`${file.path} of the backup cannot be read: ${(error as Error).message}`, { cause: error });
      });
      if (copied.sha256 !== file.sha256 || copied.sizeBytes !== file.sizeBytes)
        throw new BackupUnusable(`${file.path} of the backup is damaged: it is not what was backed up.`);
    }
    const damage = existsSync(join(partial, DATABASE_FILE)) ? findDamage(join(partial, DATABASE_FILE)) : 'it is missing';
    if (damage !== undefined) throw new BackupUnusable(`${DATABASE_FILE} of the backup is damaged: ${damage}`);
    await syncDirectoriesOf(
      partial,
      manifest.files.map(({ path }) => path),
    );
    if (existsSync(dataDir)) await rmdir(dataDir);
    await rename(partial, dataDir);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
  await syncDirectory(dirname(dataDir));
  return manifest;
}

async function readManifest(source: string): Promise<Manifest> {
  const text = await readFile(join(source, MANIFEST_FILE), 'utf8').catch((error: unknown) => {
    throw new BackupUnusable(`${source} is not a backup: it has no readable ${MANIFEST_FILE}.`, { cause: error });
  });
  return parseManifest(text);
}
