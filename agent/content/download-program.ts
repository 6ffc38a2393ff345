// The program that downloads: run under the step supervisor like a script, so that a download outlives its agent, is never started twice, and is
// cancelled and timed out like everything else. Argument: the step's directory, where `request.json` (0600) says what and where to; it may
// hold a password and is removed when it has been read. What is fetched waits in `staging` and is moved when it is whole.
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describeError } from '../machine/log.ts';
import { AGENT_VERSION } from '../version.ts';
import type { DownloadRequest } from './download-request.ts';
import { fetchGit } from './fetch-git.ts';
import { fetchHttp } from './fetch-http.ts';
import { isWithin, placeFile, placeTree } from './place.ts';
import { authorities, trust } from './trust.ts';

async function download(request: DownloadRequest, directory: string): Promise<void> {
  const { source, destination } = request;
  const staging = join(directory, 'staging');
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { mode: 0o700 });
  try {
    const file = join(staging, 'content');
    if (source.kind === 'text') {
      writeFileSync(file, source.text, { mode: 0o600 });
      placeFile(file, destination, source.fileName);
    } else if (source.kind === 'http') {
      trust(request.ca);
      await fetchHttp(source, file, `muster-agent/${AGENT_VERSION}`);
      placeFile(file, destination, fileNameOf(source.url));
    } else {
      await fetchGit(source, file, writeAuthorities(request.ca, staging));
      placeFromRepository(file, source.path, destination);
    }
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function placeFromRepository(repository: string, path: string, destination: string): void {
  const whole = join(repository, path);
  if (!existsSync(whole)) throw new Error(`the repository has no ${path}`);
  const root = realpathSync.native(repository);
  const found = realpathSync.native(whole);
  if (!isWithin(found, root) || isWithin(found, join(root, '.git')))
    throw new Error(`${path} leads out of the repository, which is refused`);
  if (statSync(found).isDirectory()) placeTree(found, destination);
  else placeFile(found, destination, basename(path));
}

/** The last part of the address's path, as browsers do. */
export function fileNameOf(url: string): string {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  let name = last;
  try {
    name = decodeURIComponent(last);
  } catch {
    // Not encoded after all.
  }
  // oxlint-disable-next-line no-control-regex -- control characters have no place in a file's name
  const plain = name.replaceAll(/[/\\\u0000-\u001f]/g, '_').slice(0, 200);
  return plain === '' || plain === '.' || plain === '..' ? 'download' : plain;
}

/** git takes one file instead of its own: only where there is something to add. */
function writeAuthorities(ca: string | undefined, staging: string): string | undefined {
  if (ca === undefined) return undefined;
  const path = join(staging, 'ca.pem');
  writeFileSync(path, `${authorities(ca).join('\n')}\n`, { mode: 0o600 });
  return path;
}

async function main(directory: string): Promise<number> {
  try {
    const path = join(directory, 'request.json');
    const request = JSON.parse(readFileSync(path, 'utf8')) as DownloadRequest;
    rmSync(path);
    await download(request, directory);
    process.stdout.write(`Content downloaded to ${request.destination}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`failed to download content: ${describeError(error)}\n`);
    return 1;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv[2] ?? '');
