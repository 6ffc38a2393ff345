// Where trails deliver to: a port, filled by folders that the operator names (`--trail-folder NAME=PATH`) and later by the object store. A
// body is on the disk, under its final name, when `put` resolves.
import { constants } from 'node:fs';
import { access, mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface TrailBuckets {
  exists(bucket: string): Promise<boolean>;
  /** Whether objects can be put there now. */
  writable(bucket: string): Promise<boolean>;
  /** Puts a body under a key, over what was there. `key` has no empty, `.` or `..` part. */
  put(bucket: string, key: string, body: Buffer): Promise<void>;
}

/** `folders`: bucket name -> absolute path. */
export function folderBuckets(folders: ReadonlyMap<string, string>): TrailBuckets {
  return {
    exists: (bucket) => Promise.resolve(folders.has(bucket)),
    async writable(bucket) {
      const folder = folders.get(bucket);
      if (folder === undefined) return false;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await access(folder, constants.W_OK);
        return true;
      } catch {
        return false;
      }
    },
    async put(bucket, key, body) {
      const folder = folders.get(bucket);
      if (folder === undefined)
        throw new Error(`No folder is configured for the bucket ${bucket}: start the server with --trail-folder ${bucket}=PATH.`);
      if (key.split('/').some((part) => part === '' || part === '.' || part === '..')) throw new Error(`not a key: ${key}`);
      const file = join(folder, key);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      // One reconciler delivers, so one writer: the name beside it is nobody else's.
      const unfinished = `${file}.part`;
      const handle = await open(unfinished, 'w', 0o600);
      try {
        await handle.writeFile(body);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(unfinished, file);
    },
  };
}
