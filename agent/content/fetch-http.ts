// One GET into a new file, following a few redirects. Credentials go to the host that they were given for, and to no other; https never
// leads to http unless insecure downloads were allowed.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { request as requestHttp } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { ANSWER_MS_MAX, DOWNLOAD_BYTES_MAX, REDIRECTS_MAX, SILENCE_MS_MAX } from './limits.ts';
import type { ContentSource } from './source.ts';

export type HttpSource = Extract<ContentSource, { kind: 'http' }>;

/** Throws with a sentence; what `file` holds is then of no use. */
export async function fetchHttp(
  source: HttpSource,
  file: string,
  userAgent: string,
  bytesMax = DOWNLOAD_BYTES_MAX,
  patience = PATIENCE,
): Promise<void> {
  const first = new URL(source.url);
  let url = first;
  for (let redirects = 0; ; redirects += 1) {
    const answer = await get(url, url.origin === first.origin ? source.basic : undefined, userAgent, patience);
    const status = answer.statusCode ?? 0;
    if (status === 200) return save(answer, file, bytesMax, source.sha256);
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

interface Patience {
  readonly silenceMs: number;
  readonly answerMs: number;
}

const PATIENCE: Patience = { silenceMs: SILENCE_MS_MAX, answerMs: ANSWER_MS_MAX };

function get(
  url: URL,
  basic: HttpSource['basic'],
  userAgent: string,
  { silenceMs, answerMs }: Patience,
): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const headers: Record<string, string> = { accept: '*/*', 'user-agent': userAgent };
  if (basic !== undefined)
    headers['authorization'] = `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`;
  return new Promise((resolve, reject) => {
    let waitsMs = silenceMs;
    const request = send(url, { headers, agent: false, timeout: silenceMs });
    const wait = (milliseconds: number): void => {
      waitsMs = milliseconds;
      request.setTimeout(milliseconds);
    };
    let waiting: ClientRequest | IncomingMessage = request;
    // Whoever waits is told: the request, and then its body.
    request.once('timeout', () => waiting.destroy(new Error(`the server was silent for ${waitsMs / 1000} seconds`)));
    request.once('finish', () => wait(answerMs));
    request.once('response', (answer: IncomingMessage) => {
      waiting = answer;
      wait(silenceMs);
      resolve(answer);
    });
    request.on('error', reject);
    request.end();
  });
}

async function save(answer: IncomingMessage, file: string, bytesMax: number, sha256: string | undefined): Promise<void> {
  const hash = createHash('sha256');
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
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(answer, bounded, createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }));
  const digest = hash.digest('hex');
  if (sha256 !== undefined && digest !== sha256)
    throw new Error(`the SHA-256 of the file is ${digest}, not ${sha256}: it is not used`);
}
