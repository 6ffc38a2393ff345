// What a power cut leaves of a directory, from the record of everything that was done to it (disk-record.c). Pure but for `layOut`.
// The strict cut keeps what POSIX promises and nothing else: of a file its bytes as of its last fsync, of a directory its names as of its last fsync. The
// torn cut adds what a disk may have written by itself: any of the later bytes, sector by sector, and the first of the later names (file systems
// journal them in order).
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Random } from '../random.ts';
import type { Change, DiskBase } from './disk-record.ts';

/** What disks write whole. */
const SECTOR_BYTES = 512;
/** Of the later bytes a disk may have written none, some or nearly all. */
const KEPT_SHARES = [0, 0.1, 0.5, 0.9, 1];

/** A directory's state: paths of folders, and of files with their bytes. */
export interface DiskState {
  readonly folders: ReadonlySet<string>;
  readonly files: ReadonlyMap<string, Buffer>;
}

/** A name in its directory is now this inode, a folder, or gone. */
interface NameChange {
  readonly path: string;
  readonly node: Node | undefined;
  readonly end: number;
}
type Node = FileNode | 'folder';
type BytesChange =
  | { readonly end: number; readonly offset: number; readonly data: Buffer }
  | { readonly end: number; readonly size: number };

class FileNode {
  durable = Buffer.alloc(0);
  size = 0;
  later: BytesChange[] = [];

  sync(covered: number): void {
    const kept = this.later.filter(({ end }) => end <= covered);
    this.later = this.later.filter(({ end }) => end > covered);
    for (const change of kept) this.apply(change);
  }

  apply(change: BytesChange): void {
    if ('size' in change) {
      this.#grow(change.size);
      if (change.size < this.size) this.durable.fill(0, change.size, this.size);
      this.size = change.size;
      return;
    }
    const end = change.offset + change.data.length;
    this.#grow(end);
    change.data.copy(this.durable, change.offset);
    this.size = Math.max(this.size, end);
  }

  bytes(): Buffer {
    return Buffer.from(this.durable.subarray(0, this.size));
  }

  #grow(bytes: number): void {
    if (bytes <= this.durable.length) return;
    const larger = Buffer.alloc(Math.max(bytes, this.durable.length * 2));
    this.durable.copy(larger, 0, 0, this.size);
    this.durable = larger;
  }
}

/** The state after a power cut when `changes` were on record, which end where the cut is. `random`: a torn cut. */
export function cutPower(base: DiskBase, changes: Iterable<Change>, random?: Random): DiskState {
  const disk = new Disk(base);
  for (const change of changes) disk.take(change);
  if (random !== undefined) disk.tear(random);
  return disk.state();
}

class Disk {
  /** As the program sees them. */
  readonly #names = new Map<string, Node>();
  readonly #durableNames = new Map<string, Node>();
  readonly #inodes = new Map<bigint, FileNode>();
  #laterNames: NameChange[] = [];

  constructor(base: DiskBase) {
    for (const path of base.folders) this.#begin(path, 'folder');
    for (const { path, inode, bytes } of base.files) {
      const file = this.#inodes.get(inode) ?? new FileNode();
      if (!this.#inodes.has(inode)) file.apply({ end: 0, offset: 0, data: bytes });
      this.#inodes.set(inode, file);
      this.#begin(path, file);
    }
  }

  take(change: Change): void {
    const { kind, path, end, inode, at } = change;
    switch (kind) {
      case 'create': {
        // The number may have been another file's that is gone.
        const file = new FileNode();
        this.#inodes.set(inode, file);
        this.#name(path, file, end);
        break;
      }
      case 'write':
        this.#inodes.get(inode)?.later.push({ end, offset: at, data: change.data });
        break;
      case 'truncate':
        this.#inodes.get(inode)?.later.push({ end, size: at });
        break;
      case 'rename':
        this.#name(change.other, this.#names.get(path), end);
        this.#name(path, undefined, end);
        break;
      case 'link':
        this.#name(change.other, this.#names.get(path), end);
        break;
      case 'make-folder':
        this.#name(path, 'folder', end);
        break;
      case 'remove':
        this.#name(path, undefined, end);
        break;
      case 'sync':
        this.#inodes.get(inode)?.sync(at);
        break;
      case 'sync-folder':
        this.#syncFolder(path, at);
        break;
    }
  }

  tear(random: Random): void {
    const names = this.#laterNames.slice(0, random.below(this.#laterNames.length + 1));
    for (const change of names) apply(this.#durableNames, change);
    for (const file of new Set(this.#inodes.values())) {
      const share = random.pick(KEPT_SHARES);
      for (const change of file.later) for (const part of sectors(change)) if (random.fraction() < share) file.apply(part);
    }
  }

  state(): DiskState {
    const folders = new Set<string>();
    const files = new Map<string, Buffer>();
    const shorterFirst = [...this.#durableNames].toSorted(([a], [b]) => a.length - b.length);
    for (const [path, node] of shorterFirst) {
      const holder = dirname(path);
      // Whose folder is lost is lost.
      if (!folders.has(holder) && folders.size > 0) continue;
      if (node === 'folder') folders.add(path);
      else files.set(path, node.bytes());
    }
    return { folders, files };
  }

  #begin(path: string, node: Node): void {
    this.#names.set(path, node);
    this.#durableNames.set(path, node);
  }

  #name(path: string, node: Node | undefined, end: number): void {
    const change = { path, node, end };
    apply(this.#names, change);
    this.#laterNames.push(change);
  }

  #syncFolder(folder: string, covered: number): void {
    const isMade = ({ path, end }: NameChange): boolean => dirname(path) === folder && end <= covered;
    for (const change of this.#laterNames) if (isMade(change)) apply(this.#durableNames, change);
    this.#laterNames = this.#laterNames.filter((change) => !isMade(change));
  }
}

function apply(names: Map<string, Node>, { path, node }: NameChange): void {
  if (node === undefined) names.delete(path);
  else names.set(path, node);
}

function* sectors(change: BytesChange): Generator<BytesChange> {
  if ('size' in change) {
    yield change;
    return;
  }
  const { end, offset, data } = change;
  for (let from = 0; from < data.length;) {
    const to = Math.min(data.length, from + SECTOR_BYTES - ((offset + from) % SECTOR_BYTES));
    yield { end, offset: offset + from, data: data.subarray(from, to) };
    from = to;
  }
}

/** Writes the state below `top`, as if it were `root` of the record. SQLite's -shm is left out: it is memory, and means nothing after a cut. */
export function layOut({ folders, files }: DiskState, root: string, top: string): void {
  const placeOf = (path: string): string => join(top, path.slice(root.length));
  for (const path of folders) mkdirSync(placeOf(path), { recursive: true, mode: 0o700 });
  for (const [path, bytes] of files) if (!path.endsWith('-shm')) writeFileSync(placeOf(path), bytes, { mode: 0o600 });
}
