// Role credentials and the rotation of the node's key, against a server peer that checks the signatures.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseEndpoint } from '../access/endpoint.ts';
import { createHttpClient } from '../access/http-client.ts';
import { ApiError, createSsmClient } from '../access/ssm-client.ts';
import { systemClock } from '../machine/clock.ts';
import { systemIds } from '../machine/ids.ts';
import { createLog } from '../machine/log.ts';
import { FakeServer, INSTANCE_ID, REGION } from '../testing/fake-server.ts';
import { openNodeKeys, publicKeyText } from './key-pair.ts';
import type { NodeKeys } from './key-pair.ts';
import { retryDelayMs, startRoleCredentials } from './role-credentials.ts';
import type { CredentialSource } from './role-credentials.ts';

const registration = { instanceId: INSTANCE_ID, region: REGION, fingerprint: 'dbaa95ff-3f07-4bb4-b4ff-efb3953a45ce' };

interface Node extends AsyncDisposable {
  readonly server: FakeServer;
  readonly keys: NodeKeys;
  start(): CredentialSource;
  restart(): void;
}

/** A node that the server knows by its current key. */
async function knownNode(): Promise<Node> {
  const dataDir = mkdtempSync(join(tmpdir(), 'muster-identity-'));
  const server = await FakeServer.start();
  const endpoint = parseEndpoint(server.endpoint, undefined);
  const http = createHttpClient(endpoint);
  const keys = openNodeKeys(dataDir);
  server.publicKey = publicKeyText(await keys.make('current'));
  server.fingerprint = registration.fingerprint;
  const ssm = createSsmClient({ endpoint, region: REGION, http, clock: systemClock });
  const log = createLog(
    () => undefined,
    () => systemClock.now(),
  );
  let stop = new AbortController();
  return {
    server,
    keys,
    start: () =>
      startRoleCredentials({ dataDir, registration, ssm, keys, clock: systemClock, ids: systemIds, log, signal: stop.signal }),
    restart: () => {
      stop.abort();
      stop = new AbortController();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      http.close();
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function operations(server: FakeServer): string[] {
  return server.calls.map((call) => call.operation);
}

describe('role credentials', () => {
  it('are used again after a restart, without a call', async () => {
    await using node = await knownNode();
    const first = await node.start().get();
    node.restart();
    const second = await node.start().get();
    assert.deepEqual(second, first);
    assert.deepEqual(operations(node.server), ['RequestManagedInstanceRoleToken']);
    assert.deepEqual(node.server.problems, []);
  });

  it('are renewed at half of their life', async () => {
    await using node = await knownNode();
    node.server.tokenLifeMs = 2000;
    node.start();
    await node.server.until('three tokens', () => node.server.calls.length >= 3);
  });

  it('are asked for again when the server refuses them, but not twice in a minute', async () => {
    await using node = await knownNode();
    const source = node.start();
    const first = await source.get();
    source.refused();
    source.refused();
    await node.server.until('a second token', () => node.server.calls.length >= 2);
    source.refused();
    const second = await node.server.until('other credentials', () => node.server.issued.size === 2);
    assert.ok(second);
    assert.notEqual(first.accessKeyId, [...node.server.issued.keys()][1]);
    assert.equal(node.server.calls.length, 2);
  });

  it('come with the next key when the agent died after the server took it', async () => {
    await using node = await knownNode();
    node.server.publicKey = publicKeyText(await node.keys.make('next'));
    await node.start().get();
    assert.equal(node.keys.find('next'), undefined);
    const current = node.keys.find('current');
    assert.ok(current !== undefined);
    assert.equal(publicKeyText(current), node.server.publicKey);
  });

  it('come with the old key when the agent died before the server took the next, and the rotation is finished', async () => {
    await using node = await knownNode();
    const next = publicKeyText(await node.keys.make('next'));
    node.server.updateKeyPair = true;
    await node.start().get();
    assert.equal(node.server.publicKey, next);
    assert.deepEqual(operations(node.server), [
      'RequestManagedInstanceRoleToken',
      'UpdateManagedInstancePublicKey',
      'RequestManagedInstanceRoleToken',
    ]);
  });

  it('wait half an hour after a refusal, and 2^n seconds after other failures', () => {
    const ids = { uuid: () => '', fraction: () => 0 };
    const refused = new ApiError('MachineFingerprintDoesNotMatch', '', 400);
    assert.equal(retryDelayMs(refused, 1, ids), 25 * 60_000);
    assert.equal(retryDelayMs(new ApiError('InvalidInstanceId', '', 400), 3, ids), 8000 + 10_000);
    assert.equal(retryDelayMs(new Error('ECONNREFUSED'), 3, ids), 8000);
    assert.equal(retryDelayMs(new Error('ECONNREFUSED'), 16, ids), 25 * 60_000);
  });
});
