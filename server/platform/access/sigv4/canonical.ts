// The canonical request and the string to sign of SigV4, from what was on the wire. Pure. Text here is one character a byte, as HTTP
// heads are read, so that header values in UTF-8 hash as their signer hashed them.
import { hash } from 'node:crypto';
import type { SignatureClaim } from './claim.ts';
import { encode, respell } from './encoding.ts';

export interface CanonicalInput {
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly signedHeaders: readonly string[];
  /** Lower-case hex SHA-256 of the body. */
  readonly payloadHash: string;
  /** Every service but S3 signs the path encoded a second time. */
  readonly pathEncoding: 'twice' | 'once';
}

export function canonicalRequest(input: CanonicalInput): string {
  const path = input.pathEncoding === 'twice' ? pathEncodedTwice(input.rawPath) : pathEncodedOnce(input.rawPath);
  let text = `${input.method}\n${path}\n${canonicalQuery(input.rawQuery)}\n`;
  for (const name of input.signedHeaders) text += `${name}:${headerValue(input.headers.get(name))}\n`;
  return `${text}\n${input.signedHeaders.join(';')}\n${input.payloadHash}`;
}

export function stringToSign(claim: Pick<SignatureClaim, 'timestamp' | 'scope'>, canonical: string): string {
  return `AWS4-HMAC-SHA256\n${claim.timestamp}\n${claim.scope}\n${hash('sha256', Buffer.from(canonical, 'latin1'), 'hex')}`;
}

/** Ends trimmed, inner runs of blanks one blank. A header that was signed but is not there counts as empty. */
function headerValue(value: string | undefined): string {
  if (value === undefined) return '';
  return /^[\t ]|[\t ]$|\t| {2}/.test(value) ? value.trim().replace(/[\t ]+/g, ' ') : value;
}

/** The path is normalised as the SDKs do it (no empty, `.` or `..` segments), then what is on the wire is encoded once more. */
function pathEncodedTwice(rawPath: string): string {
  if (rawPath === '/' || rawPath === '') return '/';
  let path = rawPath;
  if (path.includes('//') || /\/\.\.?(?:\/|$)/.test(path)) {
    const segments: string[] = [];
    for (const segment of path.split('/')) {
      if (segment === '..') segments.pop();
      else if (segment !== '' && segment !== '.') segments.push(segment);
    }
    path = `/${segments.join('/')}${segments.length > 0 && rawPath.endsWith('/') ? '/' : ''}`;
  }
  return encode(path, /[^A-Za-z0-9\-._~/]/g);
}

function pathEncodedOnce(rawPath: string): string {
  if (rawPath === '') return '/';
  return rawPath
    .split('/')
    .map((segment) => respell(segment, 'path'))
    .join('/');
}

/** Sorted by encoded name, then value; the presigned signature itself does not sign itself. */
function canonicalQuery(rawQuery: string): string {
  if (rawQuery === '') return '';
  const pairs: (readonly [name: string, value: string])[] = [];
  for (const part of rawQuery.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = respell(equals === -1 ? part : part.slice(0, equals), 'query');
    if (name === 'X-Amz-Signature') continue;
    pairs.push([name, equals === -1 ? '' : respell(part.slice(equals + 1), 'query')]);
  }
  pairs.sort(([nameA, valueA], [nameB, valueB]) => order(nameA, nameB) || order(valueA, valueB));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
