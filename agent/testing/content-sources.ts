// Sources for downloads on this machine: an HTTP server that a test fills, and git repositories on disk.
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { TlsIdentity } from './fake-server.ts';

export async function serveContent(
  listener: RequestListener,
  tls?: TlsIdentity,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One commit on `main` with the files (name to text; a text that starts with `-> ` is a symbolic link). Returns the commit's hash. */
export function commitFiles(repository: string, files: Readonly<Record<string, string>>): string {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { encoding: 'utf8' });
  mkdirSync(repository, { recursive: true });
  git('init', '--quiet', '--initial-branch=main');
  for (const [name, text] of Object.entries(files)) {
    const path = join(repository, name);
    mkdirSync(dirname(path), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), path);
    else writeFileSync(path, text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
  }
  git('add', '--all');
  git('commit', '--quiet', '--message', 'files');
  return git('rev-parse', 'HEAD').trim();
}
