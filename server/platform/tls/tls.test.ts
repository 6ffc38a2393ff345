// Certificates as strict clients see them: Node's own parser and TLS stack, and openssl where it is installed.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemIds } from '../ids.ts';
import { certificateName } from './certificate.ts';
import { openServerTls } from './index.ts';
import type { ServerTls } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'muster-tls-'));
after(() => rmSync(root, { recursive: true }));
const newDir = (): string => mkdtempSync(join(root, 'd'));

const DAY_MS = 86_400_000;
/** Certificates must be valid to the TLS stack of this process, so the clock starts at its time. */
function testClock() {
  const origin = Math.floor(performance.timeOrigin);
  let ahead = 0;
  return { now: () => new Date(origin + ahead), advance: (ms: number) => void (ahead += ms) };
}

function open(dataDir = newDir(), tlsNames: string[] = [], clock = testClock()): ServerTls {
  return openServerTls({ dataDir, tlsNames, clock, ids: systemIds, hostname: 'box.example.org' });
}

const leafOf = (tls: ServerTls): X509Certificate => new X509Certificate(tls.current().cert);
const text = (file: string): string => execFileSync('openssl', ['x509', '-noout', '-text', '-in', file], { encoding: 'utf8' });
const openssl = spawnSync('openssl', ['version']).status === 0;

test('the leaf is for loopback, the machine and the given names, short lived, and signed by the authority', () => {
  const tls = open(newDir(), ['muster.example.com', '*.amazonaws.internal', '10.1.2.3', 'fd00::1:2', 'Bücher.example']);
  const leaf = leafOf(tls);
  const ca = new X509Certificate(readFileSync(tls.caFile));
  assert.equal(leaf.ca, false);
  assert.equal(ca.ca, true);
  assert.equal(leaf.checkIssued(ca), true);
  assert.equal(leaf.verify(ca.publicKey), true);
  assert.equal(ca.verify(ca.publicKey), true);
  for (const name of ['localhost', 'box.example.org', 'muster.example.com', 'ssm.amazonaws.internal', 'xn--bcher-kva.example']) {
    assert.ok(leaf.checkHost(name), name);
  }
  for (const address of ['127.0.0.1', '::1', '10.1.2.3', 'fd00::1:2']) assert.ok(leaf.checkIP(address), address);
  assert.equal(leaf.checkHost('other.example.com'), undefined);
  assert.equal(leaf.checkIP('10.1.2.4'), undefined);
  assert.ok(Date.parse(leaf.validTo) - Date.parse(leaf.validFrom) <= 397 * DAY_MS);
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1']);
});

test('a TLS client that trusts only our authority connects, also by name', async () => {
  const tls = open(newDir(), ['muster.test']);
  const server = createServer({ ...tls.current() }, (_request, response) => response.end('ok'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const { port } = address;
  const serialSeen = async (servername: string): Promise<string> => {
    const call = request({ host: '127.0.0.1', port, servername, ca: readFileSync(tls.caFile), agent: false });
    call.end();
    const [response] = await once(call, 'response');
    response.resume();
    return response.socket.getPeerCertificate().serialNumber;
  };
  try {
    const before = await serialSeen('localhost');
    assert.equal(await serialSeen('muster.test'), before);
    await assert.rejects(serialSeen('elsewhere.test'), /altnames|does not match/i);
    server.setSecureContext(tls.renew());
    assert.notEqual(await serialSeen('localhost'), before);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('openssl accepts the chain in its strict mode', { skip: openssl ? false : 'not run: openssl is not installed' }, () => {
  const dataDir = newDir();
  const tls = open(dataDir, ['fd00::1', '1.2.3.4']);
  const leafFile = join(dataDir, 'leaf.pem');
  writeFileSync(leafFile, tls.current().cert);
  const verified = execFileSync(
    'openssl',
    [
      'verify',
      '-x509_strict',
      '-check_ss_sig',
      '-purpose',
      'sslserver',
      '-verify_ip',
      'fd00::1',
      '-CAfile',
      tls.caFile,
      leafFile,
    ],
    {
      encoding: 'utf8',
    },
  );
  assert.match(verified, /: OK/);
  const leaf = text(leafFile);
  assert.match(leaf, /X509v3 Basic Constraints: critical\s+CA:FALSE/);
  assert.match(leaf, /X509v3 Key Usage: critical\s+Digital Signature\n/);
  assert.match(leaf, /X509v3 Extended Key Usage: *\n\s+TLS Web Server Authentication\n/);
  assert.match(leaf, /X509v3 Subject Key Identifier/);
  const ca = text(tls.caFile);
  assert.match(ca, /X509v3 Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
  assert.match(ca, /X509v3 Key Usage: critical\s+Certificate Sign, CRL Sign\n/);
  const identifier = /X509v3 Subject Key Identifier: *\n\s+([0-9A-F:]+)/.exec(ca)?.[1];
  assert.ok(
    identifier !== undefined && leaf.includes(`X509v3 Authority Key Identifier: \n                ${identifier}`.trimEnd()),
  );
});

test('a second start keeps the authority and its key stays private', () => {
  const dataDir = newDir();
  const first = open(dataDir);
  const before = readFileSync(first.caFile, 'utf8');
  assert.equal(statSync(join(dataDir, 'tls', 'ca.key')).mode & 0o777, 0o600);
  const second = open(dataDir);
  assert.equal(readFileSync(second.caFile, 'utf8'), before);
  assert.equal(leafOf(second).verify(new X509Certificate(before).publicKey), true);
});

test('an authority without its key, with another key, or past its end is refused and left as it is', () => {
  const dataDir = newDir();
  const tls = open(dataDir);
  const keyFile = join(dataDir, 'tls', 'ca.key');
  const key = readFileSync(keyFile);
  rmSync(keyFile);
  assert.throws(() => open(dataDir), /ca\.key is missing beside/);
  const other = newDir();
  open(other);
  writeFileSync(keyFile, readFileSync(join(other, 'tls', 'ca.key')), { mode: 0o600 });
  assert.throws(() => open(dataDir), /is not the key of/);
  writeFileSync(keyFile, key);
  const late = testClock();
  late.advance(3_651 * DAY_MS);
  assert.throws(() => open(dataDir, [], late), /expired/);
  assert.equal(existsSync(tls.caFile), true);
});

test('a key whose certificate was never written gets one', () => {
  const dataDir = newDir();
  const { caFile } = open(dataDir);
  const key = readFileSync(join(dataDir, 'tls', 'ca.key'), 'utf8');
  rmSync(caFile);
  open(dataDir);
  assert.equal(existsSync(caFile), true);
  assert.equal(readFileSync(join(dataDir, 'tls', 'ca.key'), 'utf8'), key);
});

test('renewal is due after two thirds of the life, and the new leaf never outlives the authority', () => {
  const clock = testClock();
  const start = clock.now().getTime();
  const tls = open(newDir(), [], clock);
  assert.equal(tls.renewAt().getTime() - start, 60 * DAY_MS);
  clock.advance(60 * DAY_MS);
  const before = tls.current();
  assert.notEqual(tls.renew().cert, before.cert);
  assert.equal(tls.current().cert === before.cert, false);
  assert.equal(tls.renewAt().getTime() - start, 120 * DAY_MS);
  clock.advance((3_650 - 60 - 3) * DAY_MS);
  tls.renew();
  assert.equal(leafOf(tls).validTo, new X509Certificate(readFileSync(tls.caFile)).validTo);
  assert.ok(tls.renewAt().getTime() > clock.now().getTime());
});

test('dates from 2050 on are written in the long form', () => {
  const clock = { now: () => new Date('2049-12-01T00:00:00Z') };
  const tls = openServerTls({ dataDir: newDir(), tlsNames: [], clock, ids: systemIds, hostname: 'h' });
  assert.equal(new Date(leafOf(tls).validTo).toISOString(), '2050-03-01T00:00:00.000Z');
  assert.equal(new Date(leafOf(tls).validFrom).toISOString(), '2049-11-30T23:00:00.000Z');
});

test("the operator's files are served, followed when they change, and a mismatched pair is refused", () => {
  const made = open(newDir(), ['op.example']);
  const dataDir = newDir();
  const operator = { certificateFile: join(dataDir, 'c.pem'), keyFile: join(dataDir, 'k.pem') };
  const put = (certificate: { cert: string; key: string }): void => {
    writeFileSync(operator.certificateFile, certificate.cert);
    writeFileSync(operator.keyFile, certificate.key);
  };
  put(made.current());
  const clock = testClock();
  const tls = openServerTls({ dataDir, tlsNames: [], clock, ids: systemIds, operator });
  const served = tls.current();
  assert.equal(served.cert, made.current().cert);
  assert.equal(existsSync(join(dataDir, 'tls', 'ca.key')), false);
  writeFileSync(operator.keyFile, made.renew().key);
  assert.throws(() => tls.renew(), /is not the key of/);
  assert.equal(tls.current(), served);
  put(made.current());
  assert.equal(tls.renew().cert, made.current().cert);
  assert.ok(tls.renewAt() > clock.now());
});

test('the bundle holds the roots of the system and our authority', () => {
  const tls = open();
  const bundle = readFileSync(tls.caBundle(), 'utf8');
  assert.ok(bundle.endsWith(readFileSync(tls.caFile, 'utf8')));
  const certificates = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)!;
  assert.ok(certificates.length > 50, `${certificates.length} certificates`);
  for (const pem of [certificates[0], certificates.at(-1)]) assert.ok(pem !== undefined && new X509Certificate(pem).subject);
});

test('names that a certificate cannot hold are refused by name', () => {
  for (const name of ['', '*', 'a b', 'x'.repeat(64), '-a', 'a..b', 'a,DNS:b', 'foo.*.bar', 'a/b', 'fe80::1%eth0', '*.1.2.3.4']) {
    assert.equal(certificateName(name), undefined, name);
    assert.throws(() => open(newDir(), [name]), /--tls-name/);
  }
  assert.equal(certificateName('0:0:0:0:0:0:0:1'), '::1');
});
