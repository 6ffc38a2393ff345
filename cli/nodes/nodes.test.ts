// `muster nodes` and `muster upload` against a server of the test that answers with recorded frames.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { uploadCommand } from '../documents/upload.ts';
import { RecordedServer, testHost } from '../people.fixture.ts';
import { systemClock } from '../clock.ts';
import { UsageError } from '../usage-error.ts';
import { nodesCommand } from './nodes.ts';

const NOW = 1_700_000_000;
const clock = { ...systemClock, now: () => new Date(NOW * 1000) };
const node = (index: number, more: Record<string, unknown> = {}) => ({
  InstanceId: `mi-${index}`,
  Name: `web-${index}`,
  PingStatus: 'Online',
  PlatformName: 'Debian GNU/Linux',
  PlatformVersion: '12',
  AgentVersion: '1.0',
  LastPingDateTime: NOW - 90,
  ...more,
});
const PAGES = [
  { InstanceInformationList: [node(1), node(2, { PingStatus: 'ConnectionLost', Name: 'evil\x1b[2J\nname' })], NextToken: 'x' },
  { InstanceInformationList: [node(3)] },
];

async function nodes(argv: readonly string[]) {
  await using server = await RecordedServer.start({ 'AmazonSSM.DescribeInstanceInformation': PAGES });
  const host = testHost(server.environment, { clock });
  const code = await nodesCommand(argv, host);
  return { code, out: host.stdout.text, inputs: server.callsOf('AmazonSSM.DescribeInstanceInformation') };
}

test('all pages are one table, and a name is a name', async () => {
  const { code, out } = await nodes([]);
  assert.equal(code, 0);
  assert.deepEqual(out.split('\n'), [
    'NAME       ID    PING            PLATFORM             AGENT  LAST PING',
    'web-1      mi-1  Online          Debian GNU/Linux 12  1.0    1 min 30 s ago',
    'evil name  mi-2  ConnectionLost  Debian GNU/Linux 12  1.0    1 min 30 s ago',
    'web-3      mi-3  Online          Debian GNU/Linux 12  1.0    1 min 30 s ago',
    '',
  ]);
});

test('tags are asked of the server, the status beside them is looked at here', async () => {
  assert.deepEqual((await nodes(['--status', 'lost'])).inputs[0], {
    MaxResults: 50,
    Filters: [{ Key: 'PingStatus', Values: ['ConnectionLost'] }],
  });
  const both = await nodes(['--status', 'online', '--targets', 'tag:role=web', '--json']);
  assert.deepEqual(both.inputs[0], { MaxResults: 50, Filters: [{ Key: 'tag:role', Values: ['web'] }] });
  assert.deepEqual(
    both.out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as Record<string, unknown>)['instanceId']),
    ['mi-1', 'mi-3'],
  );
});

test('wrong use of nodes and upload is one line', async () => {
  await assert.rejects(() => nodesCommand(['--status', 'x'], testHost({})), UsageError);
  await assert.rejects(() => nodesCommand(['--targets', 'group:x'], testHost({})), UsageError);
  await assert.rejects(() => uploadCommand(['/nowhere'], testHost({})), UsageError);
  await assert.rejects(() => uploadCommand(['/tmp'], testHost({})), UsageError);
});

test('a file is streamed to where the server says, with its checksum', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'muster-cli-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'package.zip');
  const content = 'x'.repeat(300_000);
  writeFileSync(file, content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  let url = '';
  await using server = await RecordedServer.start({
    'Muster.CreateAttachmentUpload': () => ({ UploadUrl: `${url}/up?token=1`, AttachmentUrl: 'muster://attachments/1' }),
    'PUT /up?token=1': [{}],
  });
  url = server.url;
  const host = testHost(server.environment);
  assert.equal(await uploadCommand([file], host), 0);
  assert.equal(host.stdout.text, `muster://attachments/1\nsha256 ${sha256}\n`);
  assert.deepEqual(server.callsOf('Muster.CreateAttachmentUpload'), [{ Sha256: sha256, SizeBytes: 300_000 }]);
  assert.equal(server.callsOf('PUT /up?token=1')[0]?.['body'], content);
});
