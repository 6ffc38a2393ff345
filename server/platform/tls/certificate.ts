// Makes X.509 v3 certificates: a P-256 authority and the leaves it signs. What newer OpenSSL, Python and Go insist on is always there:
// critical basicConstraints and keyUsage, subject and authority key identifiers, names in subjectAltName (RFC 5280).
import { createHash, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { bitString, boolean, explicit, implicit, integer, octetString, oid, sequence, set, time, utf8String } from './der.ts';

export interface CertificateRequest {
  readonly subject: string;
  readonly issuer: string;
  /** 16 random bytes. */
  readonly serial: Buffer;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Of the certificate. */
  readonly publicKey: KeyObject;
  readonly issuerPublicKey: KeyObject;
  readonly issuerPrivateKey: KeyObject;
  /** An authority signs leaves only; a leaf is a TLS server under these DNS names and IP addresses. */
  readonly use: { readonly kind: 'authority' } | { readonly kind: 'server'; readonly names: readonly string[] };
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const SUBJECT_KEY_IDENTIFIER = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';
/** keyUsage bits, most significant first: digitalSignature is bit 0, keyCertSign 5, cRLSign 6. */
const DIGITAL_SIGNATURE = bitString(Buffer.from([0b1000_0000]), 7);
const CERTIFICATE_AND_CRL_SIGN = bitString(Buffer.from([0b0000_0110]), 1);

/** The certificate as PEM. */
export function issueCertificate(request: CertificateRequest): string {
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(positive(request.serial)),
    algorithm,
    distinguishedName(request.issuer),
    sequence(time(request.notBefore), time(request.notAfter)),
    distinguishedName(request.subject),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensionsOf(request))),
  );
  // node:crypto answers ECDSA signatures in DER, the form that a certificate holds.
  const signature = sign('sha256', toBeSigned, request.issuerPrivateKey);
  const encoded = sequence(toBeSigned, algorithm, bitString(signature)).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${encoded.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}

function extensionsOf({ use, publicKey, issuerPublicKey }: CertificateRequest): Buffer[] {
  const keyIdentifiers = [
    extension(SUBJECT_KEY_IDENTIFIER, false, octetString(keyIdentifier(publicKey))),
    extension(AUTHORITY_KEY_IDENTIFIER, false, sequence(implicit(0, keyIdentifier(issuerPublicKey)))),
  ];
  if (use.kind === 'authority') {
    return [
      // Path length 0: what it signs cannot sign further.
      extension(BASIC_CONSTRAINTS, true, sequence(boolean(true), integer(Buffer.from([0])))),
      extension(KEY_USAGE, true, CERTIFICATE_AND_CRL_SIGN),
      ...keyIdentifiers,
    ];
  }
  return [
    extension(BASIC_CONSTRAINTS, true, sequence()),
    extension(KEY_USAGE, true, DIGITAL_SIGNATURE),
    extension(EXTENDED_KEY_USAGE, false, sequence(oid(SERVER_AUTHENTICATION))),
    extension(SUBJECT_ALT_NAME, false, sequence(...use.names.map(generalName))),
    ...keyIdentifiers,
  ];
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return critical ? sequence(oid(id), boolean(true), octetString(value)) : sequence(oid(id), octetString(value));
}

/** RFC 7093 §2.1: the first 160 bits of SHA-256 over the key's bits, which for P-256 are the last 65 bytes of its SPKI. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
  return createHash('sha256').update(point).digest().subarray(0, 20);
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(oid(COMMON_NAME), utf8String(commonName))));
}

/** A serial number is positive and has the same length whatever was drawn. */
function positive(serial: Buffer): Buffer {
  const copy = Buffer.from(serial);
  copy[0] = (copy[0]! & 0x7f) | 0x40;
  return copy;
}

function generalName(name: string): Buffer {
  if (isIPv4(name)) return implicit(7, Buffer.from(name.split('.').map(Number)));
  if (isIPv6(name)) return implicit(7, ipv6Bytes(name));
  return implicit(2, Buffer.from(name, 'latin1'));
}

/** `2001:db8` as its 16-bit groups. */
function groups(text: string | undefined): number[] {
  return text === undefined || text === '' ? [] : text.split(':').map((part) => parseInt(part, 16));
}

function ipv6Bytes(address: string): Buffer {
  // The URL parser knows every spelling, embedded IPv4 included, and answers the shortest.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const first = groups(head);
  const last = groups(tail);
  const all = [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last];
  const bytes = Buffer.alloc(16);
  for (const [index, group] of all.entries()) bytes.writeUInt16BE(group, index * 2);
  return bytes;
}

/** A DNS name (a wildcard as its first label is allowed) or an IP address, in the form a certificate holds. Undefined when it is neither. */
export function certificateName(name: string): string | undefined {
  if (isIPv4(name)) return name;
  if (isIPv6(name)) return name.includes('%') ? undefined : new URL(`http://[${name}]`).hostname.slice(1, -1);
  // What a URL parser would read as port, path or escape is no part of a name.
  if (/[\s/\\?#@:%,]/.test(name)) return undefined;
  const ascii = domainToASCII(name.startsWith('*.') ? name.slice(2) : name);
  const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;
  if (ascii === '' || ascii.length > 250 || isIPv4(ascii) || !ascii.split('.').every((part) => label.test(part)))
    return undefined;
  return name.startsWith('*.') ? `*.${ascii}` : ascii;
}
