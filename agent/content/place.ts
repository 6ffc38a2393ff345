// From the staging directory to the destination. Every file appears whole or not at all: it is made durable under another name and then
// renamed. Files become 0600 (0700 where the repository says executable), directories 0700; symbolic links are kept only when they
// end inside of what was downloaded, so nothing is written or read through them elsewhere.
import {
  chmodSync,
  closeSync,
  copyFileSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { errorCode } from '../machine/error-code.ts';
import { syncDirectory } from '../machine/files.ts';
import { DOWNLOAD_BYTES_MAX, DOWNLOAD_FILES_MAX } from './limits.ts';

/** An existing directory, or a path that ends with a slash, takes the file under its own name. */
export function placeFile(staged: string, destination: string, name: string): string {
  const isDirectory = /[/\\]$/.test(destination) || (statSync(destination, { throwIfNoEntry: false })?.isDirectory() ?? false);
  const path = isDirectory ? join(destination, name) : resolve(destination);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  moveFile(staged, path);
  return path;
}

/** The directory's content, without git's own, into the destination, beside what is there. */
export function placeTree(staged: string, destination: string): void {
  const root = realpathSync.native(staged);
  const entries = listTree(root);
  const target = resolve(destination);
  mkdirSync(target, { recursive: true, mode: 0o700 });
  const targetRoot = realpathSync.native(target);
  for (const { path, kind } of entries) {
    const [from, to] = [join(root, path), join(targetRoot, path)];
    if (kind === 'directory') makeDirectory(to, targetRoot);
    else if (kind === 'link') replaceWithLink(readlinkSync(from), to);
    else moveFile(from, to);
  }
}

interface TreeEntry {
  readonly path: string;
  readonly kind: 'directory' | 'file' | 'link';
}

/** Parents before their children. Everything is judged before anything is placed. */
function listTree(root: string): TreeEntry[] {
  const entries: TreeEntry[] = [];
  let bytes = 0;
  const waiting = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (folder === '' && entry.name === '.git') continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      else if (entry.isSymbolicLink()) requireInside(root, path);
      else if (entry.isFile()) bytes += lstatSync(join(root, path)).size;
      else throw new Error(`${path} is no file, directory or symbolic link`);
      entries.push({ path, kind: entry.isDirectory() ? 'directory' : entry.isFile() ? 'file' : 'link' });
      if (entries.length > DOWNLOAD_FILES_MAX) throw new Error(`the content has more than ${DOWNLOAD_FILES_MAX} files`);
      if (bytes > DOWNLOAD_BYTES_MAX) throw new Error(`the content is larger than ${DOWNLOAD_BYTES_MAX} bytes`);
    }
  }
  return entries;
}

function requireInside(root: string, path: string): void {
  const end = realpathIfAny(join(root, path));
  const isRelative = !readlinkSync(join(root, path)).startsWith('/');
  if (isRelative && end !== undefined && isWithin(end, root) && !isWithin(end, join(root, '.git'))) return;
  throw new Error(`the symbolic link ${path} leads out of the downloaded content, which is refused`);
}

export function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** The system's own: Node's resolves `link/..` by its letters, and would take a way out for a way in. */
function realpathIfAny(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

function makeDirectory(path: string, root: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isSymbolicLink() === true && !isWithin(realpathIfAny(path) ?? '', root)) {
    throw new Error(`${path} is a symbolic link that leads out of the destination, which is refused`);
  }
  if (there === undefined) mkdirSync(path, { mode: 0o700 });
}

function replaceWithLink(target: string, path: string): void {
  const fresh = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  symlinkSync(target, fresh);
  renameSync(fresh, path);
}

function moveFile(staged: string, path: string): void {
  chmodSync(staged, (lstatSync(staged).mode & 0o100) === 0 ? 0o600 : 0o700);
  syncFile(staged);
  try {
    renameSync(staged, path);
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    copyAcross(staged, path);
  }
  syncDirectory(dirname(path));
}

/** The destination is on another file system. */
function copyAcross(staged: string, path: string): void {
  const fresh = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    copyFileSync(staged, fresh);
    syncFile(fresh);
    renameSync(fresh, path);
  } finally {
    rmSync(fresh, { force: true });
  }
}

function syncFile(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
