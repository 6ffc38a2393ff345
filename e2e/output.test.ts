// Five MiB that a script writes on a real node come out of a real server byte for byte: read while it runs, over a server that is killed in
// between and an agent that stays. Needs a POSIX shell.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSocketTransport } from '@muster/testkit/fleet/transport.ts';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { eventually } from './eventually.ts';
import { RunningServer } from './running-server.ts';

const SOON_MS = 60_000;
const PART_BYTES = 2_621_440;

interface Output {
  readonly Data: string;
  readonly NextOffset: number;
  readonly Complete: boolean;
}

async function call(
  server: RunningServer,
  service: string,
  operation: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const { environment } = server;
  const credentials = {
    accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
  };
  const transport = createSocketTransport(server.endpoint, readFileSync(server.caFile, 'utf8'));
  const caller = { transport, region: environment['AWS_DEFAULT_REGION'] ?? '', now: new Date(), credentials };
  const { status, body } = await callOperation(caller, service, operation, input).finally(() => transport.close());
  assert.equal(status, 200, body);
  return JSON.parse(body) as Record<string, unknown>;
}

test('five MiB of output survive a killed server, byte for byte', async () => {
  await using server = await RunningServer.start({ command: 'start' });
  const place = (name: string): string => join(server.dataDir, '..', name);
  const random = `head -c ${PART_BYTES} /dev/urandom | tee -a '${place('copy')}'`;
  const { Command } = await call(server, 'ssm', 'SendCommand', {
    DocumentName: 'AWS-RunShellScript',
    InstanceIds: [server.localNodeId],
    Parameters: { commands: [random, `while [ ! -e '${place('go')}' ]; do sleep 0.1; done`, random] },
  });
  const { CommandId } = Command as { CommandId: string };
  const parts: Buffer[] = [];
  let offset = 0;
  const read = async (): Promise<boolean> => {
    const where = { CommandId, InstanceId: server.localNodeId, Offset: offset, MaxBytes: 262_144, WaitSeconds: 5 };
    const { Data, NextOffset, Complete } = (await call(server, 'muster', 'GetCommandOutput', where)) as unknown as Output;
    parts.push(Buffer.from(Data, 'base64'));
    offset = NextOffset;
    return Complete;
  };
  await eventually('the first half is there while the script runs', SOON_MS, async () => {
    await read();
    return offset === PART_BYTES;
  });
  await server.kill();
  writeFileSync(place('go'), '');
  await eventually('the script goes on without the server', SOON_MS, () => {
    return existsSync(place('copy')) && readFileSync(place('copy')).length === 2 * PART_BYTES;
  });
  await server.start();
  await eventually('the output is complete', SOON_MS, read);
  const expected = execFileSync('cat', [place('copy')], { maxBuffer: 3 * PART_BYTES });
  assert.ok(Buffer.concat(parts).equals(expected));
  // From the beginning, now that it is sealed.
  [parts.length, offset] = [0, 0];
  await eventually('it can be read again', SOON_MS, read);
  assert.ok(Buffer.concat(parts).equals(expected));
});
