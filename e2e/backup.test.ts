// A backup of a server at work, the loss of its data directory, and a restore: what was acknowledged before the backup is there, its nodes come
// back by themselves. Needs: aws.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { AgentFleet } from './agent-fleet.ts';
import { aws, withoutAwsCli } from './aws-cli.ts';
import { finishedInvocation, onlineNodes, sendShellCommand } from './commands.ts';
import { eventually } from './eventually.ts';
import { RunningServer, spawnLauncher } from './running-server.ts';

const DONE_MS_MAX = 60_000;
const options = { skip: withoutAwsCli };
let server: RunningServer;
let fleet: AgentFleet;

before(async () => {
  if (withoutAwsCli !== false) return;
  server = await RunningServer.start({ command: 'server' });
  fleet = await AgentFleet.start(server, 1, { key: 'Role', value: 'web' });
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

async function muster(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawnLauncher(args);
  const { stdout, stderr } = child;
  assert.ok(stdout !== null && stderr !== null);
  const [output, errors] = await Promise.all([text(stdout), text(stderr), once(child, 'exit')]);
  return { code: child.exitCode, output: output + errors };
}

test('a server that lost its data directory goes on from a backup that was made while it worked', options, async () => {
  const [agent] = fleet.agents;
  assert.ok(agent !== undefined);
  const [lost, copy] = [`${server.dataDir}.lost`, join(server.dataDir, '..', 'copy')];
  const before = await sendShellCommand(server, ['echo before the backup'], '--instance-ids', agent.nodeId);
  await finishedInvocation(server, before, agent.nodeId, DONE_MS_MAX);

  const [during, made] = await Promise.all([
    sendShellCommand(server, ['echo during the backup'], '--instance-ids', agent.nodeId),
    muster('backup', '--data-dir', server.dataDir, '--to', copy),
  ]);
  assert.equal(made.code, 0, made.output);
  assert.match(made.output, /holds the master key/);
  assert.equal(statSync(copy).mode & 0o77, 0);
  assert.ok(!readdirSync(copy).includes('server.pid'));
  await finishedInvocation(server, during, agent.nodeId, DONE_MS_MAX);
  const refused = await muster('restore', '--data-dir', server.dataDir, '--from', copy);
  assert.deepEqual([refused.code, /holds something/.test(refused.output)], [1, true]);

  await server.kill();
  renameSync(server.dataDir, lost);
  const restored = await muster('restore', '--data-dir', server.dataDir, '--from', copy);
  assert.equal(restored.code, 0, restored.output);
  await server.start();
  const invocation = await finishedInvocation(server, before, agent.nodeId, DONE_MS_MAX);
  assert.equal(invocation['StandardOutputContent'], 'before the backup\n');
  await eventually('the node is back', DONE_MS_MAX, async () =>
    (await onlineNodes(server)).some(({ InstanceId }) => InstanceId === agent.nodeId),
  );
  const afterwards = await sendShellCommand(server, ['echo after the restore'], '--instance-ids', agent.nodeId);
  const last = await finishedInvocation(server, afterwards, agent.nodeId, DONE_MS_MAX);
  assert.equal(last['StandardOutputContent'], 'after the restore\n');
  const { Commands: commands } = await aws(server, 'ssm', 'list-commands');
  assert.ok((commands as { CommandId: string }[]).some(({ CommandId }) => CommandId === before));
});
