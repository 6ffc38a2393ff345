// The limits of a download over HTTP, with a small one in place of the real.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { serveContent } from '../testing/content-sources.ts';
import { fetchHttp } from './fetch-http.ts';

it('a body above the limit fails, whether its length was told or not; so does a way from secure to insecure', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'muster-fetch-'));
  t.after(() => rmSync(directory, { recursive: true }));
  await using server = await serveContent((request, response) => {
    if (request.url === '/away') return void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end();
    if (request.url === '/told') response.setHeader('content-length', '11');
    response.write('12345');
    response.end('678901');
  });
  const source = (path: string, allowInsecure: boolean) =>
    ({ kind: 'http', url: `${server.url}${path}`, basic: undefined, allowInsecure, sha256: undefined }) as const;
  for (const path of ['/told', '/untold']) {
    await assert.rejects(fetchHttp(source(path, true), join(directory, path), 'test', 10), /the content is larger than 10 bytes/);
    await fetchHttp(source(path, true), join(directory, `${path}-fits`), 'test', 11);
  }
  const digested = { ...source('/told', true), sha256: createHash('sha256').update('12345678901').digest('hex') };
  await fetchHttp(digested, join(directory, 'digested'), 'test');
  const forged = { ...digested, sha256: 'ab'.repeat(32) };
  await assert.rejects(fetchHttp(forged, join(directory, 'forged'), 'test'), /the SHA-256 of the file is .*: it is not used/);
  await assert.rejects(fetchHttp(source('/away', false), join(directory, 'x'), 'test'), /redirects to http and insecure/);
});

it('a server may let the node stand in line; one that cannot be reached or stops in the middle is given up', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'muster-fetch-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const waiting: (() => void)[] = [];
  await using server = await serveContent((request, response) => {
    if (request.url === '/stops') return void response.write('12345');
    if (request.url === '/line') waiting.push(() => void response.end('content'));
  });
  const fetch = (path: string, silenceMs: number, answerMs: number): Promise<void> => {
    const source = {
      kind: 'http',
      url: `${server.url}${path}`,
      basic: undefined,
      allowInsecure: true,
      sha256: undefined,
    } as const;
    return fetchHttp(source, join(directory, path), 'test', 100, { silenceMs, answerMs });
  };
  const inLine = fetch('/line', 1000, 60_000);
  // Longer than the silence that ends a body.
  await assert.rejects(fetch('/stops', 1500, 60_000), /silent for 1\.5 seconds/);
  waiting.forEach((answer) => answer());
  await inLine;
  assert.equal(readFileSync(join(directory, '/line'), 'utf8'), 'content');
  await assert.rejects(fetch('/never', 60_000, 100), /silent for 0\.1 seconds/);
});
