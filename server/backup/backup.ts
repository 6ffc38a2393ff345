// Copies a data directory while its server runs: blobs, then the database in one read transaction, then the blobs that are new since.
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { BLOB_FOLDERS, pathOf, REMOVED_KEPT_MS } from '../platform/blobs/blobs.ts';
import { copyDatabase, DATABASE_FILE, findDamage } from '../platform/store/index.ts';
import type { Clock } from '../platform/time/clock.ts';
import { syncDirectory } from '../platform/sync-directory.ts';
import { copyFileDurably, hashFile, syncDirectoriesOf } from './copy-file.ts';
import { type BackupFile, BackupUnusable, MANIFEST_FILE, manifestText } from './manifest.ts';

/** Beside database and blobs; a directory is copied with everything in it. */
const KEPT: readonly string[] = ['credentials', 'tls', 'master.key.wrapped'];
const MASTER_KEY = 'master.key';
/** From the copy of the database to the end; well below what removed blobs are kept for. */
const SECOND_LOOK_MS_MAX = REMOVED_KEPT_MS / 2;
const BLOB_NAME = /^[0-9a-f]{64}$/;

export interface BackupOptions {
  readonly dataDir: string;
  /** Made by this; must not exist. */
  readonly target: string;
  readonly withMasterKey: boolean;
  readonly clock: Clock;
}

export interface BackupReport {
  readonly files: number;
  readonly sizeBytes: number;
  readonly holdsMasterKey: boolean;
}

/** Throws BackupUnusable with what to do. */
export async function backup(options: BackupOptions): Promise<BackupReport> {
  const { dataDir } = options;
  const target = resolve(options.target);
  const partial = `${target}.partial`;
  for (const path of [target, partial])
    if (existsSync(path)) throw new BackupUnusable(`${path} exists; choose another --to, or remove it.`);
  if (!existsSync(join(dataDir, DATABASE_FILE)))
    throw new BackupUnusable(
      `${dataDir} holds no ${DATABASE_FILE}: not a data directory, or its state is in PostgreSQL (docs/postgresql.md).`,
    );
  await mkdir(partial, { recursive: true, mode: 0o700 });
  try {
    const files = await fill(options, partial);
    await rename(partial, target);
    await syncDirectory(dirname(target));
    return {
      files: files.size,
      sizeBytes: [...files.values()].reduce((sum, file) => sum + file.sizeBytes, 0),
      holdsMasterKey: files.has(MASTER_KEY),
    };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

async function fill({ dataDir, clock, withMasterKey }: BackupOptions, partial: string): Promise<ReadonlyMap<string, BackupFile>> {
  const files = new Map<string, BackupFile>();
  await copyBlobs(dataDir, partial, files);
  const databaseAt = clock.now();
  copyDatabase(dataDir, join(partial, DATABASE_FILE));
  await chmod(join(partial, DATABASE_FILE), 0o600);
  const damage = findDamage(join(partial, DATABASE_FILE));
  if (damage !== undefined)
    throw new BackupUnusable(`the copy of ${DATABASE_FILE} is damaged: ${damage}. Check the disk; nothing was backed up.`);
  files.set(DATABASE_FILE, { path: DATABASE_FILE, ...(await hashFile(join(partial, DATABASE_FILE))) });
  await syncFile(join(partial, DATABASE_FILE));
  await copyBlobs(dataDir, partial, files);
  if (clock.now().getTime() - databaseAt.getTime() > SECOND_LOOK_MS_MAX)
    throw new BackupUnusable(
      `the blobs took longer than ${SECOND_LOOK_MS_MAX / 3_600_000} hours to copy: the copy may lack some. Copy to a faster disk.`,
    );
  for (const name of withMasterKey ? [...KEPT, MASTER_KEY] : KEPT) await copyTree(dataDir, partial, name, files);
  await writeManifest(partial, { createdAt: databaseAt, files: [...files.values()] });
  await syncDirectoriesOf(partial, files.keys());
  return files;
}

/** Copies the blobs that are not copied yet; those that the server removed meanwhile are still in its folder for them. */
async function copyBlobs(dataDir: string, partial: string, files: Map<string, BackupFile>): Promise<void> {
  const root = join(dataDir, 'blobs');
  for await (const from of blobFiles(root)) {
    const name = from.slice(from.lastIndexOf(sep) + 1);
    const to = pathOf(join(partial, 'blobs'), name);
    const path = relative(partial, to).replaceAll(sep, '/');
    if (files.has(path)) continue;
    const copied = await copyFileDurably(from, to).catch(async (error: unknown) => {
      if (!isMissing(error)) throw error;
      // Removed between being listed and being copied.
      return await copyFileDurably(join(root, BLOB_FOLDERS.removed, name), to);
    });
    if (copied.sha256 !== name)
      throw new BackupUnusable(
        `the blob ${from} is damaged on disk: its content is not what its name says. Nothing was backed up.`,
      );
    files.set(path, { path, ...copied });
  }
}

async function* blobFiles(root: string): AsyncGenerator<string> {
  for (const outer of await list(root)) {
    if (outer === BLOB_FOLDERS.unfinished) continue;
    if (outer === BLOB_FOLDERS.removed) {
      for (const name of await list(join(root, outer))) if (BLOB_NAME.test(name)) yield join(root, outer, name);
      continue;
    }
    for (const inner of await list(join(root, outer)))
      for (const name of await list(join(root, outer, inner))) if (BLOB_NAME.test(name)) yield join(root, outer, inner, name);
  }
}

async function list(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function copyTree(dataDir: string, partial: string, name: string, files: Map<string, BackupFile>): Promise<void> {
  const top = join(dataDir, name);
  if (!existsSync(top)) return;
  const entries = await readdir(top, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  const sources =
    entries === undefined ? [top] : entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const from of sources.toSorted()) {
    const path = relative(dataDir, from).replaceAll(sep, '/');
    files.set(path, { path, ...(await copyFileDurably(from, join(partial, path))) });
  }
}

async function writeManifest(partial: string, manifest: Parameters<typeof manifestText>[0]): Promise<void> {
  await using file = await open(join(partial, MANIFEST_FILE), 'wx', 0o600);
  await file.writeFile(manifestText(manifest));
  await file.sync();
}

async function syncFile(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  await file.sync();
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
