// One GET over HTTPS to an identity provider: bounded in time and bytes, no redirects, no cookies, no proxy. Its certificate must be of a trusted root,
// or of a chain that holds a certificate of a thumbprint that IAM was told.
import { X509Certificate } from 'node:crypto';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import type { Clock } from '../../../platform/time/clock.ts';

export interface FetchOptions {
  readonly clock: Pick<Clock, 'setTimer'>;
  /** SHA-1 of certificates, hexadecimal. */
  readonly thumbprints: readonly string[];
}

/** `untrusted`: neither root nor thumbprint. */
export class ProviderUnreachable extends Error {
  override readonly name = 'ProviderUnreachable';
  readonly untrusted: boolean;

  constructor(message: string, untrusted: boolean, options?: ErrorOptions) {
    super(message, options);
    this.untrusted = untrusted;
  }
}

const EXCHANGE_MS_MAX = 5_000;
/** A set of a hundred keys of 4,096 bits. */
const BODY_BYTES_MAX = 128 * 1024;
const CHAIN_MAX = 10;

/** What OpenSSL says of a chain without a known root. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
]);

/** The body as JSON. Throws ProviderUnreachable. */
export async function fetchJson(url: URL, { clock, thumbprints }: FetchOptions): Promise<unknown> {
  try {
    return await get(url, clock, undefined);
  } catch (error) {
    if (!UNTRUSTED.has(codeOf(error))) throw unreachable(url, error, false);
    if (thumbprints.length === 0) throw unreachable(url, error, true);
  }
  try {
    const anchor = await findAnchor(url, clock, new Set(thumbprints.map((one) => one.toLowerCase())));
    if (anchor !== undefined) return await get(url, clock, anchor);
  } catch (error) {
    throw unreachable(url, error, UNTRUSTED.has(codeOf(error)));
  }
  throw unreachable(url, new Error('no certificate of its chain has a configured thumbprint'), true);
}

function unreachable(url: URL, cause: unknown, untrusted: boolean): ProviderUnreachable {
  return new ProviderUnreachable(`${url.href.slice(0, 500)} could not be read`, untrusted, { cause });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

async function get(url: URL, clock: FetchOptions['clock'], anchor: string | undefined): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // The anchor may be any certificate of the chain: what it signed is verified as under a root, the name and the dates as well.
  const trust = anchor === undefined ? {} : { ca: [anchor], allowPartialTrustChain: true };
  const headers = { accept: 'application/json', 'accept-encoding': 'identity' };
  const request = httpsRequest(url, { agent: false, headers, rejectUnauthorized: true, maxHeaderSize: 16 * 1024, ...trust });
  const timer = clock.setTimer(EXCHANGE_MS_MAX, () => request.destroy(new Error(`no answer within ${EXCHANGE_MS_MAX} ms`)));
  request.on('error', reject);
  request.on('response', (response) => {
    if (response.statusCode !== 200) return void request.destroy(new Error(`answered with status ${response.statusCode}`));
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    response.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      chunks.push(chunk);
      if (sizeBytes > BODY_BYTES_MAX) request.destroy(new Error(`answered with more than ${BODY_BYTES_MAX} bytes`));
    });
    response.on('end', () => resolve(Buffer.concat(chunks)));
    response.on('error', reject);
    response.on('close', () => reject(new Error('closed the connection before its answer was complete')));
  });
  request.end();
  try {
    return JSON.parse((await promise).toString('utf8')) as unknown;
  } finally {
    timer.cancel();
    request.destroy();
  }
}

/** Looks at the chain that the server presents, sends nothing, and returns the certificate of a thumbprint as PEM. */
async function findAnchor(url: URL, clock: FetchOptions['clock'], thumbprints: ReadonlySet<string>): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly X509Certificate[]>();
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const name = isIP(host) === 0 ? { servername: host } : {};
  // Nothing is sent and nothing believed: the chain is verified by the connection that follows.
  const socket = connect({ host, port: Number(url.port === '' ? 443 : url.port), rejectUnauthorized: false, ...name }, () =>
    resolve(chainOf(socket)),
  );
  const timer = clock.setTimer(EXCHANGE_MS_MAX, () => socket.destroy(new Error(`no handshake within ${EXCHANGE_MS_MAX} ms`)));
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('closed the connection in its handshake')));
  try {
    const found = (await promise).find(({ fingerprint }) => thumbprints.has(fingerprint.replaceAll(':', '').toLowerCase()));
    return found?.toString();
  } finally {
    timer.cancel();
    socket.destroy();
  }
}

function chainOf(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  const seen = new Set<string>();
  while (next?.raw !== undefined && !seen.has(next.fingerprint256) && chain.length < CHAIN_MAX) {
    seen.add(next.fingerprint256);
    chain.push(new X509Certificate(next.raw));
    next = next.issuerCertificate;
  }
  return chain;
}
