// Who steals the files gets no secret: after puts, overwrites and reads of SecureStrings, keys and data keys, access keys and sessions, a backup, a
// rotation of the master key and a kill, the bytes of every file that a server wrote are searched for each of them, in each form that they might have.
// What is found is where it belongs: the administrator's key in `credentials`, the master key in its own file.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { createSocketTransport } from '@muster/testkit/fleet/transport.ts';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { backup } from './backup/backup.ts';
import { wrappedKeyOf } from './parameters/secrets/envelope.ts';
import { systemIds } from './platform/ids.ts';
import { loadMasterKey, sealWith } from './platform/seal/index.ts';
import { systemClock } from './platform/time/clock.ts';
import { keysCommand } from './rotate-master.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';

const LAUNCHER = join(import.meta.dirname, '../cli/bin.mjs');
const ARN = 'arn:aws:ssm:us-east-1:000000000000:parameter';
const top = mkdtempSync(join(tmpdir(), 'muster-stolen-'));
const dataDir = join(top, 'data');
const running: ChildProcess[] = [];
after(() => {
  for (const child of running) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  rmSync(top, { recursive: true, force: true, maxRetries: 5 });
});

interface Started {
  /** JSON where it is JSON, else the text. */
  call(service: string, operation: string, input: Readonly<Record<string, unknown>>): Promise<string>;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

async function start(): Promise<Started> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const args = ['server', '--no-tls', '--listen', `127.0.0.1:${port}`, '--data-dir', dataDir, '--log-level', 'debug'];
  const child = spawn(process.execPath, [LAUNCHER, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  child.stderr.pipe(createWriteStream(join(top, 'log'), { flags: 'a' }));
  child.stdout.pipe(createWriteStream(join(top, 'output'), { flags: 'a' }));
  for (let said = ''; !said.includes('listens on');) {
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    said += chunk.toString();
  }
  const transport = createSocketTransport(`http://127.0.0.1:${port}`, undefined);
  return {
    async call(service, operation, input) {
      const file = readFileSync(join(dataDir, 'credentials'), 'utf8');
      const [, accessKeyId = '', secretAccessKey = ''] = /key_id = (\S+)\naws_secret_access_key = (\S+)/.exec(file) ?? [];
      const caller = { transport, region: 'us-east-1', now: new Date(), credentials: { accessKeyId, secretAccessKey } };
      const { status, body } = await callOperation(caller, service, operation, input);
      assert.equal(status, 200, body);
      return body;
    },
    async end(signal) {
      transport.close();
      child.kill(signal);
      await once(child, 'close');
    },
  };
}

/** What a secret might look like: itself, in hexadecimal, and in base64 at any place of a longer text. */
function formsOf(secret: Buffer): Buffer[] {
  const shifted = [0, 1, 2].map((by) => {
    const text = Buffer.concat([Buffer.alloc(by), secret]).toString('base64');
    // Without the characters that its neighbours have a part in.
    return text.slice(by === 0 ? 0 : by + 1, Math.floor((text.length - 4) / 4) * 4);
  });
  const hex = secret.toString('hex');
  return [
    secret,
    ...[...shifted, hex, hex.toUpperCase(), secret.toString('base64url').slice(0, -4)].map((text) => Buffer.from(text)),
  ];
}

/** `secret in file`, of every file below `top`. */
function found(secrets: ReadonlyMap<string, Buffer>): string[] {
  const files = globSync('**/*', { cwd: top, exclude: () => false }).filter((name) => statSync(join(top, name)).isFile());
  return files.flatMap((name) => {
    const bytes = readFileSync(join(top, name));
    return [...secrets].flatMap(([secret, value]) =>
      formsOf(value).some((form) => bytes.includes(form)) ? [`${secret} in ${name}`] : [],
    );
  });
}

/** What is sealed in the database, opened with the master key that lies beside it. */
function unsealed(): Map<string, Buffer> {
  const seal = sealWith(loadMasterKey({ dataDir, ids: systemIds, mayCreate: false }), systemIds);
  const database = new DatabaseSync(join(dataDir, 'muster.db'), { readOnly: true });
  const values = SEALED_COLUMNS.flatMap((column) =>
    database
      .prepare(`select * from "${column.table}"`)
      .all()
      .map((row, at): [string, Buffer] => {
        const value = String(row[column.column]);
        return [`${column.table} ${at}`, seal.unseal(value, column.context(row))];
      }),
  );
  database.close();
  return new Map(values);
}

async function makeSecrets({ call }: Started, secrets: Map<string, Buffer>): Promise<void> {
  const keep = (name: string, value: string | Buffer): void => void secrets.set(name, Buffer.from(value));
  const ssm = async (operation: string, input: Readonly<Record<string, unknown>>) =>
    JSON.parse(await call('ssm', operation, input)) as Record<string, unknown>;
  const kms = async (operation: string, input: Readonly<Record<string, unknown>>) =>
    JSON.parse(await call('kms', operation, input)) as Record<string, string>;

  const { KeyId } = (await kms('CreateKey', {}))['KeyMetadata'] as unknown as { KeyId: string };
  const values = ['a first secret value', 'a second secret value', `a large secret value ${systemIds.hex(5_000)}`];
  for (const [at, Value] of values.entries()) {
    keep(`SecureString ${at}`, Value.slice(0, 60));
    const more = at === 0 ? { Tier: 'Intelligent-Tiering' } : { Overwrite: true, KeyId, Tier: 'Intelligent-Tiering' };
    await ssm('PutParameter', { Name: '/secret', Type: 'SecureString', Value, ...more });
    await ssm('GetParameter', { Name: '/secret', WithDecryption: true });
  }
  await ssm('GetParameterHistory', { Name: '/secret', WithDecryption: true });
  const { Parameter } = (await ssm('GetParameter', { Name: '/secret' })) as { Parameter: { Value: string } };
  const CiphertextBlob = wrappedKeyOf(Buffer.from(Parameter.Value, 'base64')).toString('base64');
  const opened = await kms('Decrypt', { CiphertextBlob, EncryptionContext: { PARAMETER_ARN: `${ARN}/secret` } });
  keep('data key of a SecureString', Buffer.from(opened['Plaintext'] ?? '', 'base64'));
  const made = await kms('GenerateDataKey', { KeyId, KeySpec: 'AES_256' });
  keep('data key', Buffer.from(made['Plaintext'] ?? '', 'base64'));
  await kms('RotateKeyOnDemand', { KeyId });
  const Plaintext = Buffer.from('a plaintext for KMS');
  keep('plaintext', Plaintext);
  await kms('Encrypt', { KeyId, Plaintext: Plaintext.toString('base64') });

  keep('activation code', String((await ssm('CreateActivation', { IamRole: 'MusterNode' }))['ActivationCode']));
  await call('iam', 'CreateUser', { UserName: 'ann' });
  const xml = (await call('iam', 'CreateAccessKey', { UserName: 'ann' })) + (await call('sts', 'GetSessionToken', {}));
  for (const [, element = '', value = ''] of xml.matchAll(/<(SecretAccessKey|SessionToken)>([^<]+)/g))
    keep(`${element} ${secrets.size}`, value);
}

test('no file holds a secret, but those that are made for it', async () => {
  const secrets = new Map<string, Buffer>();
  const first = await start();
  await makeSecrets(first, secrets);
  await first.call('ssm', 'PutParameter', { Name: '/plain', Type: 'String', Value: 'not a secret at all' });
  await backup({ dataDir, target: join(top, 'backup'), withMasterKey: false, clock: systemClock });
  await first.end('SIGTERM');
  const search = (): string[] => {
    const key = { 'master key': loadMasterKey({ dataDir, ids: systemIds, mayCreate: false }) };
    return found(new Map([...secrets, ...unsealed(), ...Object.entries(key)])).toSorted();
  };
  // The administrator's key is sealed in the database and handed out in a file.
  const formerKeyId = sealWith(loadMasterKey({ dataDir, ids: systemIds }), systemIds).keyId;
  const before = search();
  assert.deepEqual(
    before.filter((one) => !one.startsWith('identity_access_key')),
    ['master key in data/master.key'],
  );

  assert.equal(await keysCommand(['rotate-master', '--data-dir', dataDir], {}), 0);
  secrets.set('former master key', loadMasterKey({ dataDir, ids: systemIds, source: { file: formerKey(formerKeyId) } }));
  const second = await start();
  const { Parameter } = JSON.parse(await second.call('ssm', 'GetParameter', { Name: '/secret', WithDecryption: true })) as {
    Parameter: { Value: string };
  };
  assert.ok(Parameter.Value.startsWith('a large secret value'));
  await second.call('ssm', 'PutParameter', { Name: '/plain', Value: 'still not a secret', Overwrite: true });
  await second.end('SIGKILL');
  assert.ok(statSync(join(dataDir, 'muster.db-wal')).size > 0, 'the log of the killed server is searched, too');
  const plain = new Map([['plain value', Buffer.from('still not a secret')]]);
  assert.deepEqual(found(plain), ['plain value in data/muster.db-wal'], 'the search finds what is there');
  assert.deepEqual(
    search().filter((one) => !one.startsWith('identity_access_key')),
    [`former master key in data/master.key.${formerKeyId}`, 'master key in data/master.key'],
  );
  for (const one of search().filter((line) => line.startsWith('identity_access_key')))
    assert.match(one, / in (?:data|backup)\/credentials$/);
});

function formerKey(keyId: string): string {
  return join(dataDir, `master.key.${keyId}`);
}
