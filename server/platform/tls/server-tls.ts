// The certificate that the listener shows: a leaf of our own authority, made anew at every start and renewed while running, or the
// operator's files, read again when they may have changed. The caller waits for `renewAt`, calls `renew` and hands the result to
// `setSecureContext`; when `renew` throws, what is served stays as it was.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { hostname as machineName } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { Ids } from '../ids.ts';
import { writePrivateFile } from '../seal/private-file.ts';
import type { Clock } from '../time/clock.ts';
import { openAuthority } from './authority.ts';
import { certificateName } from './certificate.ts';

/** As `createServer` and `setSecureContext` of node:https take it. */
export interface ServerCertificate {
  /** PEM, leaf first. */
  readonly cert: string;
  readonly key: string;
}

export interface ServerTls {
  /** What clients must trust, as a file: our authority, or the operator's chain. */
  readonly caFile: string;
  current(): ServerCertificate;
  renewAt(): Date;
  renew(): ServerCertificate;
  /** Writes `<dataDir>/tls/ca-bundle.pem` (the system's roots and `caFile`, for SSL_CERT_FILE) and returns its path. */
  caBundle(): string;
}

export interface ServerTlsOptions {
  readonly dataDir: string;
  /** Further DNS names and addresses; loopback and this machine's name are always there. */
  readonly tlsNames: readonly string[];
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'bytes' | 'hex'>;
  /** PEM files of the operator, instead of our own authority. */
  readonly operator?: { readonly certificateFile: string; readonly keyFile: string };
  /** Default: the name of this machine. */
  readonly hostname?: string;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Browsers and Apple refuse more than 398 days; a short life makes renewal an everyday thing, not a yearly surprise. */
const LEAF_DAYS = 90;
const BACKDATED_MS = HOUR_MS;
/** An authority close to its end is asked again this often, at most. */
const RENEW_MS_MIN = HOUR_MS;
/** How soon a certificate that certbot or an operator replaced is served. */
const OPERATOR_FILES_MS = HOUR_MS;
/** Certificates of a large deployment behind one name list. */
const NAMES_MAX = 100;
const ALWAYS = ['localhost', '127.0.0.1', '::1'];
/** Debian, Red Hat, SUSE, Alpine and macOS. */
const SYSTEM_ROOTS = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

export function openServerTls(options: ServerTlsOptions): ServerTls {
  const directory = join(options.dataDir, 'tls');
  mkdirSync(directory, { recursive: true });
  return options.operator === undefined ? ownTls(options, directory) : operatorTls(options, options.operator, directory);
}

function ownTls(options: ServerTlsOptions, directory: string): ServerTls {
  const { clock, ids } = options;
  const names = leafNames(options.tlsNames, options.hostname ?? machineName());
  const authority = openAuthority({ directory, clock, ids });
  let renewAt = clock.now();

  const issue = (): ServerCertificate => {
    const now = clock.now().getTime();
    const until = Math.min(now + LEAF_DAYS * DAY_MS, authority.notAfter.getTime());
    const leaf = authority.issueServer(names, new Date(now - BACKDATED_MS), new Date(until));
    renewAt = new Date(now + Math.max(RENEW_MS_MIN, ((until - now) * 2) / 3));
    // The authority goes along, for clients that pin it and for people who look at the chain.
    return { cert: leaf.cert + authority.certificate, key: leaf.key };
  };

  let current = issue();
  return {
    caFile: authority.file,
    current: () => current,
    renewAt: () => renewAt,
    renew: () => (current = issue()),
    caBundle: () => writeBundle(directory, authority.certificate),
  };
}

/** Throws a sentence when the files cannot be read, do not belong together, or have expired. */
export function readOperatorCertificate(files: { certificateFile: string; keyFile: string }, now: Date): ServerCertificate {
  const cert = readFileSync(files.certificateFile, 'utf8');
  const key = readFileSync(files.keyFile, 'utf8');
  const parsed = new X509Certificate(cert);
  if (!parsed.checkPrivateKey(createPrivateKey(key)))
    throw new Error(`${files.keyFile} is not the key of ${files.certificateFile}`);
  if (new Date(parsed.validTo) <= now) throw new Error(`${files.certificateFile} expired at ${parsed.validTo}`);
  return { cert, key };
}

function operatorTls(
  options: ServerTlsOptions,
  files: { certificateFile: string; keyFile: string },
  directory: string,
): ServerTls {
  const { clock } = options;
  let readAt = clock.now();
  const read = (): ServerCertificate => readOperatorCertificate(files, clock.now());
  let current = read();
  return {
    caFile: files.certificateFile,
    current: () => current,
    renewAt: () => new Date(readAt.getTime() + OPERATOR_FILES_MS),
    renew() {
      // Counted from the attempt, so that a pair caught half replaced is read again an hour later and not at once.
      readAt = clock.now();
      return (current = read());
    },
    caBundle: () => writeBundle(directory, current.cert),
  };
}

function leafNames(wanted: readonly string[], hostname: string): string[] {
  const names = new Set(ALWAYS);
  // A machine's own name is a convenience: one that no certificate can hold is left out.
  const own = certificateName(hostname);
  if (own !== undefined) names.add(own);
  for (const name of wanted) {
    const checked = certificateName(name);
    if (checked === undefined) throw new Error(`--tls-name ${JSON.stringify(name)} is neither a DNS name nor an IP address`);
    names.add(checked);
  }
  if (names.size > NAMES_MAX)
    throw new Error(`at most ${NAMES_MAX} names fit into the certificate; use a wildcard for --tls-name`);
  return [...names];
}

function writeBundle(directory: string, certificate: string): string {
  const path = join(directory, 'ca-bundle.pem');
  const system = SYSTEM_ROOTS.find((candidate) => existsSync(candidate));
  const roots = system === undefined ? `${rootCertificates.join('\n')}\n` : readFileSync(system, 'utf8');
  writePrivateFile(path, `${roots.trimEnd()}\n${certificate}`, { mode: 0o644, replace: true });
  return path;
}
