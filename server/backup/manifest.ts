// What a backup holds: a list of files with their sizes and SHA-256. Written last and read first; paths in it are checked, because a restore
// writes where they say.
import { isAbsolute, normalize, sep } from 'node:path';

export const MANIFEST_FILE = 'manifest.json';
const FORMAT = 'muster-backup/1';

export interface BackupFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface Manifest {
  readonly createdAt: Date;
  readonly files: readonly BackupFile[];
}

/** Its message says what is wrong with the backup, for one line. */
export class BackupUnusable extends Error {
  override readonly name = 'BackupUnusable';
}

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify({ format: FORMAT, createdAt: manifest.createdAt.toISOString(), files: manifest.files }, null, 1)}\n`;
}

export function parseManifest(text: string): Manifest {
  const value = parseJson(text);
  if (!isRecord(value) || value['format'] !== FORMAT)
    throw new BackupUnusable(`${MANIFEST_FILE} is not of the format ${FORMAT}; a newer version may have made it.`);
  const files = value['files'];
  const createdAt = new Date(String(value['createdAt']));
  if (!Array.isArray(files) || Number.isNaN(createdAt.getTime())) throw new BackupUnusable(`${MANIFEST_FILE} is damaged.`);
  return { createdAt, files: files.map(parseFile) };
}

function parseFile(value: unknown): BackupFile {
  if (!isRecord(value)) throw new BackupUnusable(`${MANIFEST_FILE} is damaged.`);
  const { path, sizeBytes, sha256 } = value;
  if (typeof path !== 'string' || !isInside(path))
    throw new BackupUnusable(`${MANIFEST_FILE} names a file outside of the backup.`);
  if (typeof sizeBytes !== 'number' || typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    throw new BackupUnusable(`${MANIFEST_FILE} is damaged.`);
  return { path, sizeBytes, sha256 };
}

function isInside(path: string): boolean {
  return (
    path !== '' &&
    !isAbsolute(path) &&
    !path.includes('\\') &&
    normalize(path) === path.replaceAll('/', sep) &&
    !path.startsWith('..')
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new BackupUnusable(`${MANIFEST_FILE} is damaged.`);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
