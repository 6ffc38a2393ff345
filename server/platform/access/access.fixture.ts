// Keys, nodes and requests as the official signer signs them, and what the authenticators say of them.
import assert from 'node:assert/strict';
import { createHash, createHmac, generateKeyPairSync, hash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { ApiError } from '../api/errors.ts';
import type { AccountId, NodeId, Region } from '../ids.ts';
import { administratorPrincipal, beginAuthentication, createAuthenticators, nodePrincipal } from './index.ts';
import type { CredentialSource, NodeKeySource, Principal, RequestHead } from './index.ts';

export const ACCOUNT = '123456789012' as AccountId;
export const REGION = 'us-east-1' as Region;
export const NODE = 'mi-000a93ebb5f1c28eb' as NodeId;
export const ADMIN = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
export const TEMPORARY = { accessKeyId: 'ASIATEMPORARY', secretAccessKey: 'temporary/secret', sessionToken: 'tok/en+with==' };
export const NOW = new Date('2026-11-20T15:24:35Z');

/** What the official signer wants of a hash. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;
  constructor(secret?: string | Uint8Array) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {}
}

export interface Plain {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export const nodeIdentity = nodePrincipal({
  scope: { account: ACCOUNT, region: REGION },
  nodeId: NODE,
  roleName: 'MusterNode',
  accessKeyId: TEMPORARY.accessKeyId,
  signedWith: 'role-credentials',
});

export const credentials: CredentialSource = {
  find(accessKeyId, sessionToken) {
    if (accessKeyId === ADMIN.accessKeyId) {
      const principal: Principal = administratorPrincipal(ACCOUNT, accessKeyId);
      return Promise.resolve(sessionToken === undefined ? { ...ADMIN, principal } : 'invalid-token');
    }
    if (accessKeyId === 'ASIAEXPIRED') return Promise.resolve('expired');
    if (accessKeyId !== TEMPORARY.accessKeyId) return Promise.resolve('unknown');
    return Promise.resolve(sessionToken === TEMPORARY.sessionToken ? { ...TEMPORARY, principal: nodeIdentity } : 'invalid-token');
  },
};

export const oldKey = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const newKey = generateKeyPairSync('rsa', { modulusLength: 2048 });
/** What the nodes domain names: the key of today, and for a while the one before. */
export const accepted: { keys: readonly KeyObject[] } = { keys: [newKey.publicKey] };
export const nodeKeys: NodeKeySource = {
  find: (nodeId) =>
    Promise.resolve(
      nodeId === NODE
        ? { scope: { account: ACCOUNT, region: REGION }, roleName: 'MusterNode', publicKeys: accepted.keys }
        : undefined,
    ),
};

export const authenticators = createAuthenticators({ credentials, nodeKeys, regions: [REGION, 'eu-west-1' as Region] });

export function headOf(request: Plain, at = NOW): RequestHead {
  return {
    method: request.method,
    rawPath: request.path,
    rawQuery: request.query,
    headers: new Map(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value])),
    sourceIp: '127.0.0.1',
    receivedAt: at,
    plaintext: false,
  };
}

export async function authenticate(request: Plain, options: { at?: Date; service?: string; list?: typeof authenticators } = {}) {
  const pending = await beginAuthentication(
    options.list ?? authenticators,
    headOf(request, options.at),
    options.service ?? 'ssm',
  );
  pending.confirm(hash('sha256', request.body));
  return pending.identity;
}

export interface Signing {
  readonly credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  readonly service?: string;
  readonly region?: string;
  readonly at?: Date;
  readonly presignSeconds?: number;
  readonly noBodyHash?: boolean;
}

/** Signs as an SDK does; `path` and the query's names and values are unencoded here and encoded for the wire as SDKs do. */
export async function signed(
  request: Partial<Plain> & { parameters?: Record<string, string | string[]> },
  signing: Signing = {},
): Promise<Plain> {
  const { method = 'POST', path = '/', headers = {}, body = '' } = request;
  const signer = new SignatureV4({
    credentials: signing.credentials ?? ADMIN,
    region: signing.region ?? REGION,
    service: signing.service ?? 'ssm',
    sha256: Sha256 as never,
    applyChecksum: signing.noBodyHash !== true,
  });
  const encoded = path.split('/').map(encode).join('/');
  const toSign = {
    method,
    protocol: 'https:',
    hostname: 'localhost',
    port: 8443,
    path: encoded,
    query: request.parameters ?? {},
    headers: { host: 'localhost:8443', ...headers },
    body,
  };
  const at = signing.at ?? NOW;
  const done =
    signing.presignSeconds === undefined
      ? await signer.sign(toSign, { signingDate: at })
      : await signer.presign(toSign, { signingDate: at, expiresIn: signing.presignSeconds });
  const query = Object.entries(done.query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? '']).map((one) => `${encode(name)}=${encode(one)}`),
  );
  return { method, path: encoded, query: query.join('&'), headers: { ...done.headers }, body };
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** Spaces, plus signs, slashes in labels, several bytes a character, order by byte. */
export const REQUESTS: (Partial<Plain> & { parameters?: Record<string, string | string[]> })[] = [
  { headers: { 'x-amz-target': 'AmazonSSM.SendCommand', 'content-type': 'application/x-amz-json-1.1' }, body: '{"a":1}' },
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/v1/control-channel/mi-000a93ebb5f1c28eb', parameters: { role: 'subscribe', stream: 'input' } },
  { method: 'PUT', path: '/resources/arn:aws:ssm:us-east-1:1:parameter/a b+c/tags', body: 'x' },
  { method: 'GET', path: '/groups/ü~é/(x)', parameters: { 'b c': "it's a+b&=*", B: '', a: ['2', '10', '1'], 'a-b': 'ü' } },
  { method: 'DELETE', path: '/a//b/./c/../d/', parameters: { zero: '0' } },
  { headers: { 'x-note': '  two   words  ', 'content-type': 'text/plain' }, body: 'é' },
];

export async function refusalOf(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    return { code: error.code, message: error.message };
  }
  return assert.fail('was not refused');
}

export const after = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
export const changed = (text: string, index: number, by: string): string => text.slice(0, index) + by + text.slice(index + 1);
export const wellFormed = (value: string): boolean => value.isWellFormed() && !value.startsWith('X-Amz-') && value !== '';
export const example = (
  service: string,
  host: string,
  query: string,
  signedHeaders: string,
  signature: string,
  headers = {},
): Plain => ({
  method: 'GET',
  path: '/',
  query,
  headers: {
    host,
    'x-amz-date': '20150830T123600Z',
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/${service}/aws4_request, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    ...headers,
  },
  body: '',
});

export const WRONG = {
  code: 'InvalidSignatureException',
  message:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. ' +
    'Consult the service documentation for details.',
};
export const UNRECOGNIZED = {
  code: 'UnrecognizedClientException',
  message: 'The security token included in the request is invalid.',
};
