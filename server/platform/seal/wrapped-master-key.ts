// A master key that lies in the data directory wrapped: `<dataDir>/master.key.wrapped`. Made where there is no data yet; the next one of a rotation
// beside it. In the clear it is in memory only.
import { existsSync, linkSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Ids } from '../ids.ts';
import { MasterKeyUnusable } from './master-key.ts';
import { syncDirectoryNow } from '../sync-directory.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';
import type { KeyWrapper } from './vault-transit.ts';

export interface WrappedOptions {
  readonly dataDir: string;
  readonly wrapper: KeyWrapper;
  readonly ids: Pick<Ids, 'bytes'>;
}

const KEY_BYTES = 32;

export async function loadWrappedMasterKey(options: WrappedOptions & { readonly mayCreate: boolean }): Promise<Buffer> {
  if (existsSync(nextPath(options.dataDir)))
    throw new MasterKeyUnusable(
      `a rotation of the master key in ${options.dataDir} has not ended: run muster keys rotate-master once more, then start again`,
    );
  const path = wrappedPath(options.dataDir);
  if (!existsSync(path) && !options.mayCreate)
    throw new MasterKeyUnusable(
      `${path} is missing, and there is data already: restore it from a backup; or, if the key was elsewhere until now, ` +
        'run muster keys rotate-master with the same --vault options to bring it under Vault',
    );
  return loadOrMake(options, path);
}

/** Of a rotation, also of one that goes on. */
export function currentWrappedMasterKey(options: WrappedOptions): Promise<Buffer> {
  return loadOrMake(options, wrappedPath(options.dataDir));
}

/** The next key of a rotation: made once, found again by a rotation that goes on. */
export function nextWrappedMasterKey(options: WrappedOptions): Promise<Buffer> {
  return loadOrMake(options, nextPath(options.dataDir));
}

export function hasWrappedMasterKey(dataDir: string): boolean {
  return existsSync(wrappedPath(dataDir));
}

/** The next key takes the place of the current. The former is kept for backups: returns where, if there was one. */
export function endWrappedRotation(dataDir: string, formerKeyId: string): string | undefined {
  const path = wrappedPath(dataDir);
  const kept = `${path}.${formerKeyId}`;
  const had = existsSync(path);
  rmSync(kept, { force: true });
  if (had) linkSync(path, kept);
  renameSync(nextPath(dataDir), path);
  syncDirectoryNow(dataDir);
  return had ? kept : undefined;
}

async function loadOrMake({ dataDir, wrapper, ids }: WrappedOptions, path: string): Promise<Buffer> {
  const wrapped = readPrivateFile(path);
  if (wrapped !== undefined) {
    const key = await wrapper.unwrap(wrapped.toString('utf8').trim());
    if (key.length !== KEY_BYTES)
      throw new MasterKeyUnusable(`${path} unwraps to ${key.length} bytes, a master key has ${KEY_BYTES}`);
    return key;
  }
  const key = ids.bytes(KEY_BYTES);
  const text = await wrapper.wrap(key);
  // One that may wrap and not unwrap would be found out at the second start, with all secrets under a key that is gone.
  if (!(await wrapper.unwrap(text)).equals(key))
    throw new MasterKeyUnusable('Vault unwraps another master key than it has wrapped: nothing was sealed under either');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writePrivateFile(path, `${text}\n`, { replace: false });
  return key;
}

function wrappedPath(dataDir: string): string {
  return join(dataDir, 'master.key.wrapped');
}

function nextPath(dataDir: string): string {
  return join(dataDir, 'master.key.wrapped.next');
}
