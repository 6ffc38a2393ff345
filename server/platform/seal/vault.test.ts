// The master key under Vault's Transit engine, against a stand-in that speaks its HTTP.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { startTransitVault, type TransitVault } from '@muster/testkit/vault.ts';
import { systemIds as ids } from '../ids.ts';
import { loadMasterKey, loadWrappedMasterKey, MasterKeyUnusable, PrivateFileUnusable, vaultTransit } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'muster-vault-'));
after(() => rmSync(root, { recursive: true }));
const clock = createSimulatedClock();
const newDir = (): string => mkdtempSync(join(root, 'd'));

function wrapperOf({ address, token }: Pick<TransitVault, 'address' | 'token'>, key = 'muster') {
  const tokenFile = join(newDir(), 'token');
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
  return vaultTransit({ address, key, mount: 'transit', tokenFile }, { clock });
}
const unusable = (words: RegExp) => (error: Error) => error instanceof MasterKeyUnusable && words.test(error.message);

test('the first start makes a key that lies in the data directory wrapped only, and the second start gets the same', async () => {
  await using vault = await startTransitVault();
  const dataDir = newDir();
  const wrapper = wrapperOf(vault);
  const key = await loadWrappedMasterKey({ dataDir, wrapper, ids, mayCreate: true });
  assert.equal(key.length, 32);
  assert.deepEqual(readdirSync(dataDir), ['master.key.wrapped']);
  const path = join(dataDir, 'master.key.wrapped');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  for (const form of ['hex', 'base64', 'base64url'] as const) assert.ok(!readFileSync(path, 'utf8').includes(key.toString(form)));
  assert.deepEqual(await loadWrappedMasterKey({ dataDir, wrapper, ids, mayCreate: false }), key);
  assert.deepEqual(vault.calls, ['encrypt muster', 'decrypt muster', 'decrypt muster']);
});

test('without Vault, with another token, or under another key of it there is no master key, and it is said in one line', async () => {
  await using vault = await startTransitVault();
  const dataDir = newDir();
  const load = (wrapper: ReturnType<typeof vaultTransit>) => loadWrappedMasterKey({ dataDir, wrapper, ids, mayCreate: false });
  await loadWrappedMasterKey({ dataDir, wrapper: wrapperOf(vault), ids, mayCreate: true });
  await assert.rejects(
    load(wrapperOf({ address: vault.address, token: 'hvs.other' })),
    unusable(/transit\/muster at http.*: answered 403: permission denied$/),
  );
  await assert.rejects(load(wrapperOf(vault, 'another')), unusable(/answered 400: cipher: message authentication failed$/));
  // Nobody listens on port 1.
  await assert.rejects(load(wrapperOf({ address: 'http://127.0.0.1:1', token: 'x' })), unusable(/ECONNREFUSED/));
  const tokenFile = join(newDir(), 'absent');
  await assert.rejects(
    load(vaultTransit({ address: vault.address, key: 'muster', mount: 'transit', tokenFile }, { clock })),
    unusable(/absent holds no token of Vault$/),
  );
});

test('without the options of Vault a wrapped key is told, and none is made beside it', async () => {
  await using vault = await startTransitVault();
  const dataDir = newDir();
  await loadWrappedMasterKey({ dataDir, wrapper: wrapperOf(vault), ids, mayCreate: true });
  for (const mayCreate of [true, false])
    assert.throws(() => loadMasterKey({ dataDir, ids, mayCreate }), unusable(/is wrapped by Vault: start with --vault-address/));
  assert.deepEqual(readdirSync(dataDir), ['master.key.wrapped']);
});

test('a key that Vault does not give back is not written: nothing is sealed under it', async () => {
  for (const unwrap of [() => Promise.reject(new MasterKeyUnusable('answered 403')), () => Promise.resolve(ids.bytes(32))]) {
    const dataDir = newDir();
    const wrapper = { wrap: () => Promise.resolve('vault:v1:x'), unwrap };
    await assert.rejects(loadWrappedMasterKey({ dataDir, wrapper, ids, mayCreate: true }), MasterKeyUnusable);
    assert.deepEqual(readdirSync(dataDir), []);
  }
});

test('over data that is there already no new key is made', async () => {
  await using vault = await startTransitVault();
  await assert.rejects(
    loadWrappedMasterKey({ dataDir: newDir(), wrapper: wrapperOf(vault), ids, mayCreate: false }),
    unusable(/run muster keys rotate-master with the same --vault options/),
  );
  assert.deepEqual(vault.calls, []);
});

test('a Vault that answers for ever, too much or half is told in one line, after ten seconds at most', async () => {
  const cases: readonly (readonly [answer: (response: ServerResponse) => void, RegExp])[] = [
    [(response) => response.writeHead(200).write('{'), /: no whole answer within 10 seconds$/],
    [() => undefined, /: no whole answer within 10 seconds$/],
    [(response) => response.writeHead(200).end('x'.repeat(70_000)), /: the answer is too long$/],
    [(response) => response.writeHead(200, { 'content-length': '9' }).write('{', () => response.destroy()), /: aborted$/],
    [(response) => response.writeHead(200).end('{"data":{"plaintext":7}}'), /: answered decrypt without plaintext$/],
  ];
  for (const [answer, words] of cases) {
    const asked = Promise.withResolvers<void>();
    const server = createServer((_request, response) => {
      answer(response);
      asked.resolve();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const refused = assert.rejects(wrapperOf({ address, token: 'x' }).unwrap('vault:v1:x'), unusable(words));
    await asked.promise;
    if (words.source.includes('10 seconds')) await clock.advance(10_000);
    await refused;
    server.closeAllConnections();
    server.close();
  }
});

test('files that cannot be read are told in one line', async () => {
  const [tokenFile, folder] = [join(newDir(), 'token'), newDir()];
  writeFileSync(tokenFile, 'x', { mode: 0o600 });
  const given = { address: 'https://127.0.0.1:1', key: 'muster', mount: 'transit' };
  const unwrap = (files: { tokenFile: string; caFile?: string }) =>
    vaultTransit({ ...given, ...files }, { clock }).unwrap('vault:v1:x');
  await assert.rejects(unwrap({ tokenFile, caFile: '/nowhere/ca.pem' }), unusable(/^\/nowhere\/ca\.pem, .*ENOENT/));
  await assert.rejects(unwrap({ tokenFile: folder }), (error: Error) => error instanceof PrivateFileUnusable);
});
