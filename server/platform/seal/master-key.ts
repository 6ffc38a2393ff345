// Where the master key comes from: `<dataDir>/master.key`, made at the first start; a file of the operator's; or a value passed in
// from the environment. 32 bytes, written raw, as hex or as base64. Losing it loses every sealed secret, so it is never made anew over data.
import { existsSync, linkSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Ids } from '../ids.ts';
import { syncDirectoryNow } from '../sync-directory.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

/** `env`: the value itself, as the configuration read it. */
export type MasterKeySource = { readonly file: string } | { readonly env: string };

export interface MasterKeyOptions {
  readonly dataDir: string;
  readonly source?: MasterKeySource;
  readonly mayCreate?: boolean;
  readonly ids: Pick<Ids, 'bytes'>;
}

/** There is no master key, or it is none: told to the operator as it stands. */
export class MasterKeyUnusable extends Error {
  override readonly name = 'MasterKeyUnusable';
}

const KEY_BYTES = 32;

export function loadMasterKey(options: MasterKeyOptions): Buffer {
  const { source } = options;
  if (source !== undefined && 'env' in source) return parse(Buffer.from(source.env), 'the master key of the environment');
  if (source !== undefined) {
    const content = readPrivateFile(source.file);
    if (content === undefined) throw new MasterKeyUnusable(`the master key file ${source.file} does not exist`);
    return parse(content, source.file);
  }
  if (existsSync(nextPath(options.dataDir)))
    throw new MasterKeyUnusable(
      `a rotation of the master key in ${options.dataDir} has not ended: run muster keys rotate-master once more, then start again`,
    );
  const path = join(options.dataDir, 'master.key');
  const content = readPrivateFile(path);
  if (content !== undefined) return parse(content, path);
  if (existsSync(join(options.dataDir, 'master.key.wrapped')))
    throw new MasterKeyUnusable(
      `the master key in ${options.dataDir} is wrapped by Vault: start with --vault-address and --vault-token-file, as before`,
    );
  if (options.mayCreate === false) {
    throw new MasterKeyUnusable(
      `${path} is missing, and the data that is there already cannot be opened without it: restore it from a backup, ` +
        'or name it with --master-key-file',
    );
  }
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const key = options.ids.bytes(KEY_BYTES);
  writePrivateFile(path, `${key.toString('base64')}\n`, { replace: false });
  return key;
}

/** The two keys of a rotation in the data directory. The next one is made once: the rotation that finds it goes on with it. */
export function openRotation(dataDir: string, ids: Pick<Ids, 'bytes'>): { readonly current: Buffer; readonly next: Buffer } {
  const path = join(dataDir, 'master.key');
  const content = readPrivateFile(path);
  if (content === undefined)
    throw new MasterKeyUnusable(
      `${path} does not exist: name the master key with --master-key-file, and the new one with --new-master-key-file`,
    );
  const made = readPrivateFile(nextPath(dataDir));
  if (made !== undefined) return { current: parse(content, path), next: parse(made, nextPath(dataDir)) };
  const next = ids.bytes(KEY_BYTES);
  writePrivateFile(nextPath(dataDir), `${next.toString('base64')}\n`, { replace: false });
  return { current: parse(content, path), next };
}

/** The next key takes the place of the current, which is kept for backups that were made before. Returns where it lies. */
export function endRotation(dataDir: string, formerKeyId: string): string {
  const path = join(dataDir, 'master.key');
  const kept = `${path}.${formerKeyId}`;
  rmSync(kept, { force: true });
  linkSync(path, kept);
  renameSync(nextPath(dataDir), path);
  syncDirectoryNow(dataDir);
  return kept;
}

function nextPath(dataDir: string): string {
  return join(dataDir, 'master.key.next');
}

/** The three forms differ in length, so none can be taken for another. */
function parse(content: Buffer, where: string): Buffer {
  if (content.length === KEY_BYTES) return content;
  const text = content.toString('latin1').trim();
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64');
  throw new MasterKeyUnusable(
    `${where} is not a master key: 32 bytes are needed, raw, as hex or as base64 (openssl rand -base64 32)`,
  );
}
