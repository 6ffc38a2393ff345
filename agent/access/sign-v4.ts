// Signature Version 4, the part that an agent needs: header signatures over a buffered body. Pure: the time is an argument.
import { createHash, createHmac } from 'node:crypto';

export interface AccessCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SignableRequest {
  readonly method: string;
  /** Already encoded, as it goes on the wire. */
  readonly path: string;
  /** Decoded pairs. */
  readonly query?: readonly (readonly [string, string])[];
  /** Those to be signed besides `x-amz-date` and the token: `host` always, any spelling. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SigningScope {
  readonly region: string;
  readonly service: string;
  readonly now: Date;
}

/** What a signer signs, and the headers that the signature covers. */
export interface StringToSign {
  readonly text: string;
  readonly credentialScope: string;
  readonly signedHeaders: string;
  /** The given headers with `x-amz-date`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bodySha256: string;
}

export function sha256Hex(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** `20261120T152435Z`. */
export function amzDate(now: Date): string {
  return now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

export function stringToSign(request: SignableRequest, scope: SigningScope): StringToSign {
  const date = amzDate(scope.now);
  const headers: Record<string, string> = { ...request.headers, 'x-amz-date': date };
  const canonical = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim().replaceAll(/ +/g, ' ')] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const signedHeaders = canonical.map(([name]) => name).join(';');
  const bodySha256 = sha256Hex(request.body);
  const canonicalRequest = [
    request.method,
    request.path,
    canonicalQuery(request.query ?? []),
    ...canonical.map(([name, value]) => `${name}:${value}`),
    '',
    signedHeaders,
    bodySha256,
  ].join('\n');
  const credentialScope = `${date.slice(0, 8)}/${scope.region}/${scope.service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, credentialScope, sha256Hex(canonicalRequest)].join('\n');
  return { text, credentialScope, signedHeaders, headers, bodySha256 };
}

/** The request's headers with `authorization`, the date and the token. */
export function signV4(
  request: SignableRequest,
  scope: SigningScope,
  credentials: AccessCredentials,
): Readonly<Record<string, string>> {
  const token = credentials.sessionToken;
  const headers = token === undefined ? request.headers : { ...request.headers, 'x-amz-security-token': token };
  const toSign = stringToSign({ ...request, headers }, scope);
  let key: Buffer = Buffer.from(`AWS4${credentials.secretAccessKey}`);
  for (const part of toSign.credentialScope.split('/')) key = createHmac('sha256', key).update(part).digest();
  const signature = createHmac('sha256', key).update(toSign.text).digest('hex');
  return { ...toSign.headers, authorization: authorization(credentials.accessKeyId, toSign, signature) };
}

export function authorization(keyId: string, toSign: StringToSign, signature: string): string {
  const parts = [
    `Credential=${keyId}/${toSign.credentialScope}`,
    `SignedHeaders=${toSign.signedHeaders}`,
    `Signature=${signature}`,
  ];
  return `AWS4-HMAC-SHA256 ${parts.join(', ')}`;
}

export function canonicalQuery(query: readonly (readonly [string, string])[]): string {
  return query
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .toSorted()
    .join('&');
}

function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
