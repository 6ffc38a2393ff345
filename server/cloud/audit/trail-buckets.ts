// Where trails deliver to: a port, filled by folders that the operator names (`--trail-folder NAME=PATH`) and later by the object store. A
// body is on the disk, under its final name, when `put` resolves.
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { partsBelow, putDurably } from './durable-files.ts';

export interface TrailBuckets {
  exists(bucket: string): Promise<boolean>;
  /** Whether objects can be put there now. */
  writable(bucket: string): Promise<boolean>;
  /**
   * Puts a body under a key, over what was there. `key` has no empty, `.` or `..` part. `metadata` is the object's own (`x-amz-meta-…`); a folder
   * has it beside the file, as JSON in `KEY.metadata`.
   */
  put(bucket: string, key: string, body: Buffer, metadata?: Readonly<Record<string, string>>): Promise<void>;
}

/** `folders`: bucket name -> absolute path. */
export function folderBuckets(folders: ReadonlyMap<string, string>): TrailBuckets {
  return {
    exists: (bucket) => Promise.resolve(folders.has(bucket)),
    writable: (bucket) => isWritableFolder(folders.get(bucket)),
    async put(bucket, key, body, metadata) {
      const folder = folders.get(bucket);
      if (folder === undefined)
        throw new Error(`No folder is configured for the bucket ${bucket}: start the server with --trail-folder ${bucket}=PATH.`);
      const file = partsBelow(folder, key);
      // First: an object is never there without its metadata.
      if (metadata !== undefined) await putDurably(folder, `${file}.metadata`, Buffer.from(JSON.stringify(metadata)));
      await putDurably(folder, file, body);
    },
  };
}

export async function isWritableFolder(folder: string | undefined): Promise<boolean> {
  if (folder === undefined) return false;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
