// One GET into a new file, following a few redirects. Credentials go to the host that they were given for, and to no other; https never
// leads to http unless insecure downloads were allowed.
import { createWriteStream } from 'node:fs';
import { request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { DOWNLOAD_BYTES_MAX, REDIRECTS_MAX, SILENCE_MS_MAX } from './limits.ts';
import type { ContentSource } from './source.ts';

export type HttpSource = Extract<ContentSource, { kind: 'http' }>;

/** Throws with a sentence; what `file` holds is then of no use. */
export async function fetchHttp(
  source: HttpSource,
  file: string,
  userAgent: string,
  bytesMax = DOWNLOAD_BYTES_MAX,
): Promise<void> {
  const first = new URL(source.url);
  let url = first;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await get(url, url.origin === first.origin ? source.basic : undefined, userAgent);
    const status = answer.statusCode ?? 0;
    if (status === 200) return save(answer, file, bytesMax);
    answer.destroy();
    const { location } = answer.headers;
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
      throw new Error(`the server answered ${status} ${answer.statusMessage ?? ''}`.trimEnd());
    }
    if (redirects >= REDIRECTS_MAX) throw new Error(`more than ${REDIRECTS_MAX} redirects`);
    url = redirected(location, url, source.allowInsecure);
  }
}

function redirected(location: string, from: URL, allowInsecure: boolean): URL {
  const url = URL.parse(location, from);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new Error('the server redirects to what is no http address');
  if (url.protocol === 'http:' && !allowInsecure)
    throw new Error('the server redirects to http and insecure download is not allowed');
  return url;
}

function get(url: URL, basic: HttpSource['basic'], userAgent: string): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const headers: Record<string, string> = { accept: '*/*', 'user-agent': userAgent };
  if (basic !== undefined)
    headers['authorization'] = `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`;
  return new Promise((resolve, reject) => {
    const request = send(url, { headers, agent: false, timeout: SILENCE_MS_MAX });
    request.once('timeout', () => request.destroy(new Error(`the server was silent for ${SILENCE_MS_MAX / 1000} seconds`)));
    request.once('response', resolve);
    request.on('error', reject);
    request.end();
  });
}

async function save(answer: IncomingMessage, file: string, bytesMax: number): Promise<void> {
  const tooLarge = (): Error => new Error(`the content is larger than ${bytesMax} bytes`);
  if (Number(answer.headers['content-length'] ?? 0) > bytesMax) {
    answer.destroy();
    throw tooLarge();
  }
  const bounded = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let size = 0;
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > bytesMax) throw tooLarge();
      yield chunk;
    }
  };
  await pipeline(answer, bounded, createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }));
}
