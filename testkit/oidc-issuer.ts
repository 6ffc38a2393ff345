// An OpenID Connect provider on loopback, over HTTPS under an authority of its own: publishes its keys, signs whatever a test wants signed, and
// counts who asks. What it answers may be replaced.
import { constants, generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { openServerTls } from '@muster/server/platform/tls/index.ts';
import { systemIds } from '@muster/server/platform/ids.ts';
import { systemClock } from '@muster/server/platform/time/clock.ts';

export type SigningAlgorithm = 'RS256' | 'PS256' | 'ES256';

export interface OidcIssuer extends AsyncDisposable {
  readonly url: string;
  /** SHA-1 of the authority's certificate, and of the server's own. */
  readonly thumbprints: { readonly authority: string; readonly leaf: string };
  /** Paths, in their order. */
  readonly asked: string[];
  /** Answers by path; a test may change them. */
  readonly answers: Map<string, { readonly status?: number; readonly headers?: Record<string, string>; readonly body: string }>;
  /** PEM of the public key that RS256 tokens are signed with. */
  readonly publicPem: string;
  token(claims: Readonly<Record<string, unknown>>, options?: TokenOptions): string;
}

export interface TokenOptions {
  readonly algorithm?: SigningAlgorithm;
  /** Beside and instead of what belongs there. */
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: KeyObject;
}

export const DISCOVERY = '/.well-known/openid-configuration';
export const KEYS = '/keys';

export async function startOidcIssuer(dataDir: string): Promise<OidcIssuer> {
  const tls = openServerTls({ dataDir, tlsNames: [], clock: systemClock, ids: systemIds, hostname: 'localhost' }).current();
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const answers: Map<string, { status?: number; headers?: Record<string, string>; body: string }> = new Map();
  const asked: string[] = [];
  const server = createServer({ cert: tls.cert, key: tls.key }, (request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const { status = 200, headers = {}, body } = answers.get(path) ?? { status: 404, body: '{}' };
    response.writeHead(status, headers).end(body);
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, 'localhost', listening.resolve);
  await listening.promise;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  answers.set(DISCOVERY, { body: JSON.stringify({ issuer: url, jwks_uri: `${url}${KEYS}` }) });
  const jwks = [
    { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa', use: 'sig' },
    { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec', alg: 'ES256' },
  ];
  answers.set(KEYS, { body: JSON.stringify({ keys: jwks }) });
  const [leaf = '', authority = ''] = tls.cert.split(/(?<=-----END CERTIFICATE-----\n)/);
  return {
    url,
    thumbprints: { leaf: thumbprint(leaf), authority: thumbprint(authority) },
    asked,
    answers,
    publicPem: rsa.publicKey.export({ type: 'spki', format: 'pem' }),
    token(claims, { algorithm = 'RS256', header = {}, key } = {}) {
      const own = algorithm === 'ES256' ? ec : rsa;
      const kid = algorithm === 'ES256' ? 'ec' : 'rsa';
      const signed = `${encode({ alg: algorithm, typ: 'JWT', kid, ...header })}.${encode(claims)}`;
      return `${signed}.${signatureOf(algorithm, Buffer.from(signed), key ?? own.privateKey).toString('base64url')}`;
    },
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signatureOf(algorithm: SigningAlgorithm, text: Buffer, key: KeyObject): Buffer {
  if (algorithm === 'ES256') return sign('sha256', text, { key, dsaEncoding: 'ieee-p1363' });
  if (algorithm === 'RS256') return sign('sha256', text, key);
  return sign('sha256', text, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
}

function thumbprint(pem: string): string {
  return new X509Certificate(pem).fingerprint.replaceAll(':', '').toLowerCase();
}
