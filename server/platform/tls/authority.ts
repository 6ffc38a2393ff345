// The server's own certificate authority: made at the first start, kept for good, since whoever trusts `ca.pem` must not be asked again.
// Invariant: `ca.key` never leaves its owner's eyes (0600), and an authority whose key is lost is refused, not replaced.
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ids } from '../ids.ts';
import { readPrivateFile, writePrivateFile } from '../seal/private-file.ts';
import type { Clock } from '../time/clock.ts';
import { issueCertificate } from './certificate.ts';

export interface Authority {
  /** Path of `ca.pem`. */
  readonly file: string;
  readonly certificate: string;
  readonly notAfter: Date;
  /** A fresh key pair and its certificate for a TLS server under `names`. */
  issueServer(names: readonly string[], notBefore: Date, notAfter: Date): { readonly cert: string; readonly key: string };
}

export interface AuthorityOptions {
  /** `<dataDir>/tls`. */
  readonly directory: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'bytes' | 'hex'>;
}

const SERIAL_BYTES = 16;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Trusted by hand on every machine, so long; short enough that today's curve is not a worry. */
const AUTHORITY_DAYS = 10 * 365;
/** Clocks of nodes run behind. */
const BACKDATED_MS = 60 * 60 * 1000;

export function openAuthority(options: AuthorityOptions): Authority {
  const { directory, clock, ids } = options;
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'ca.pem');
  const keyFile = join(directory, 'ca.key');
  const privateKey = loadKey(file, keyFile);
  const publicKey = createPublicKey(privateKey);
  // A crash between the two files leaves a key without its certificate: nobody trusts it yet, so it simply gets one.
  if (!existsSync(file))
    writePrivateFile(file, selfSigned(privateKey, publicKey, clock.now(), ids), { mode: 0o644, replace: false });

  const certificate = readFileSync(file, 'utf8');
  const parsed = new X509Certificate(certificate);
  if (!parsed.checkPrivateKey(privateKey))
    throw new Error(`${keyFile} is not the key of ${file}: restore the pair from a backup`);
  const notAfter = new Date(parsed.validTo);
  if (notAfter <= clock.now())
    throw new Error(`${file} expired at ${notAfter.toISOString()}: remove ${directory} to start with a new authority`);

  return {
    file,
    certificate,
    notAfter,
    issueServer(names, notBefore, until) {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const cert = issueCertificate({
        subject: 'Muster server',
        issuer: commonName(parsed),
        serial: ids.bytes(SERIAL_BYTES),
        notBefore,
        notAfter: until,
        publicKey: pair.publicKey,
        issuerPublicKey: publicKey,
        issuerPrivateKey: privateKey,
        use: { kind: 'server', names },
      });
      return { cert, key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) };
    },
  };
}

function loadKey(file: string, keyFile: string): KeyObject {
  const stored = readPrivateFile(keyFile);
  if (stored !== undefined) return createPrivateKey(stored);
  if (existsSync(file))
    throw new Error(`${keyFile} is missing beside ${file}: restore it, or remove both to start with a new authority`);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writePrivateFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { replace: false });
  return privateKey;
}

function selfSigned(privateKey: KeyObject, publicKey: KeyObject, now: Date, ids: Pick<Ids, 'bytes' | 'hex'>): string {
  // A name of its own, so that a machine that trusts two servers finds the right authority by name.
  const name = `Muster CA ${ids.hex(8)}`;
  return issueCertificate({
    subject: name,
    issuer: name,
    serial: ids.bytes(SERIAL_BYTES),
    notBefore: new Date(now.getTime() - BACKDATED_MS),
    notAfter: new Date(now.getTime() + AUTHORITY_DAYS * DAY_MS),
    publicKey,
    issuerPublicKey: publicKey,
    issuerPrivateKey: privateKey,
    use: { kind: 'authority' },
  });
}

function commonName(certificate: X509Certificate): string {
  const match = /^CN=(.+)$/.exec(certificate.subject);
  if (match?.[1] === undefined) throw new Error('the authority has a subject of another form: it was not made by this program');
  return match[1];
}
