// The program that fetches one file whose digest is known, and unpacks it where that is asked: run under the step supervisor, like
// content/download-program.ts. Argument: the run's directory, where `request.json` (0600) says what; its address may carry a signature, so it is
// removed when it has been read. The target appears whole, under its name, or not at all.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncDirectory } from '../machine/files.ts';
import { describeError } from '../machine/log.ts';
import { AGENT_VERSION } from '../version.ts';
import { fetchHttp } from './fetch-http.ts';
import { placeFile, placeTree } from './place.ts';
import { trust } from './trust.ts';
import { unpackZip } from './zip.ts';

export interface FetchRequest {
  readonly url: string;
  /** Plain http is fetched only then. */
  readonly allowInsecure: boolean;
  /** Hexadecimal. Undefined: nobody said. */
  readonly sha256: string | undefined;
  readonly ca: string | undefined;
  readonly target: FetchTarget;
}

export type FetchTarget =
  /** Replaces what is there. */
  | { readonly kind: 'directory'; readonly path: string }
  /** Beside what is there. */
  | { readonly kind: 'into-directory'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string };

async function fetchFile(request: FetchRequest, staging: string): Promise<void> {
  const file = join(staging, 'content');
  trust(request.ca);
  const { url, allowInsecure } = request;
  const sha256 = request.sha256?.toLowerCase();
  const source = { kind: 'http', url, basic: undefined, allowInsecure, sha256 } as const;
  await fetchHttp(source, file, `muster-agent/${AGENT_VERSION}`);
  const { target } = request;
  if (target.kind === 'file') {
    placeFile(file, target.path, 'content');
    return;
  }
  const unpacked = join(staging, 'unpacked');
  await unpackZip(file, unpacked);
  if (target.kind === 'into-directory') placeTree(unpacked, target.path);
  else replaceDirectory(unpacked, target.path, staging);
}

function replaceDirectory(unpacked: string, path: string, staging: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (existsSync(path)) renameSync(path, join(staging, 'replaced'));
  renameSync(unpacked, path);
  for (const folder of [dirname(path), dirname(dirname(path))]) syncDirectory(folder);
}

async function main(directory: string): Promise<number> {
  const staging = join(directory, 'staging');
  try {
    const path = join(directory, 'request.json');
    const request = JSON.parse(readFileSync(path, 'utf8')) as FetchRequest;
    rmSync(path);
    rmSync(staging, { recursive: true, force: true });
    mkdirSync(staging, { mode: 0o700 });
    await fetchFile(request, staging);
    return 0;
  } catch (error) {
    process.stderr.write(`failed to download: ${describeError(error)}\n`);
    return 1;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

if (import.meta.main) process.exitCode = await main(process.argv[2] ?? '');
