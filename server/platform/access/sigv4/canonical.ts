// The canonical request and the string to sign of SigV4, from what was on the wire. Pure. Text here is one character a byte, as HTTP
// heads are read, so that header values in UTF-8 hash as their signer hashed them.
import { hash } from 'node:crypto';
import type { RequestHead } from '../authenticator.ts';
import type { SignatureClaim, SignedHeaders } from './claim.ts';
import { encode, respell } from './encoding.ts';

export type CanonicalHead = Pick<RequestHead, 'method' | 'rawPath' | 'rawQuery' | 'headers'>;

/** `payloadHash`: lower-case hex SHA-256 of the body. Every service but S3 signs the path encoded a second time. */
export function canonicalRequest(
  { method, rawPath, rawQuery, headers }: CanonicalHead,
  signedHeaders: SignedHeaders,
  payloadHash: string,
  pathEncoding: 'twice' | 'once' = 'twice',
): string {
  const path = pathEncoding === 'twice' ? pathEncodedTwice(rawPath) : pathEncodedOnce(rawPath);
  let text = `${method}\n${path}\n${canonicalQuery(rawQuery)}`;
  for (const { name, start } of signedHeaders.lines) text += start + headerValue(headers.get(name));
  return text + signedHeaders.end + payloadHash;
}

export function stringToSign(claim: Pick<SignatureClaim, 'timestamp' | 'scope'>, canonical: string): string {
  return `AWS4-HMAC-SHA256\n${claim.timestamp}\n${claim.scope}\n${hashOfBytes(canonical)}`;
}

/** Below 128 a character is the same byte in every encoding: such a text, as nearly all are, is hashed without a copy of its bytes. */
function hashOfBytes(text: string): string {
  return hash('sha256', Buffer.byteLength(text) === text.length ? text : Buffer.from(text, 'latin1'), 'hex');
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
