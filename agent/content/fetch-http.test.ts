// The limits of a download over HTTP, with a small one in place of the real.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
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
    ({ kind: 'http', url: `${server.url}${path}`, basic: undefined, allowInsecure }) as const;
  for (const path of ['/told', '/untold']) {
    await assert.rejects(fetchHttp(source(path, true), join(directory, path), 'test', 10), /the content is larger than 10 bytes/);
    await fetchHttp(source(path, true), join(directory, `${path}-fits`), 'test', 11);
  }
  await assert.rejects(fetchHttp(source('/away', false), join(directory, 'x'), 'test'), /redirects to http and insecure/);
});
