// The product's main job on this machine: `npm start`, then the real AWS CLI runs scripts on the local node. Needs: aws, a POSIX shell.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { aws, withoutAwsCli } from './aws-cli.ts';
import type { Json } from './aws-cli.ts';
import { findCommand, finishedInvocation, sendShellCommand } from './commands.ts';
import { eventually } from './eventually.ts';
import { RunningServer, spawnLauncher } from './running-server.ts';

const options = { skip: withoutAwsCli };
const SOON_MS = 30_000;
let server: RunningServer;

before(async () => {
  if (withoutAwsCli === false) server = await RunningServer.start({ command: 'start' });
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
});

test('the credentials lines make the AWS CLI the administrator', options, () => {
  const launcher = new URL('../cli/bin.mjs', import.meta.url).pathname;
  const script = 'eval "$("$NODE" "$LAUNCHER" credentials --data-dir "$DIR")" && aws sts get-caller-identity --output json';
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: server.dataDir,
    NODE: process.execPath,
    LAUNCHER: launcher,
    DIR: server.dataDir,
  };
  const { stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8', env });
  assert.equal((JSON.parse(stdout || '{}') as Json)['Account'], '000000000000', stderr);
});

test('this machine is an online node', options, async () => {
  const nodes = await eventually('the local node is online', SOON_MS, async () => {
    const described = await aws(server, 'ssm', 'describe-instance-information');
    const list = described['InstanceInformationList'] as readonly Json[];
    return list.some(({ PingStatus }) => PingStatus === 'Online') ? list : undefined;
  });
  assert.equal(nodes.length, 1);
  assert.equal(nodes[0]?.['InstanceId'], server.localNodeId);
  assert.equal(nodes[0]?.['ResourceType'], 'ManagedInstance');
});

test('a script runs, the stock waiter sees it end, and its output is there', options, async () => {
  const commandId = await sendShellCommand(server, ['uname -a'], '--targets', `Key=InstanceIds,Values=${server.localNodeId}`);
  const which = ['--command-id', commandId, '--instance-id', server.localNodeId];
  // The waiter sleeps five seconds between two looks.
  await aws(server, 'ssm', 'wait', 'command-executed', ...which);
  const invocation = await aws(server, 'ssm', 'get-command-invocation', ...which);
  const uname = spawnSync('uname', ['-a'], { encoding: 'utf8' }).stdout;
  assert.deepEqual(
    [invocation['Status'], invocation['ResponseCode'], invocation['StandardOutputContent'], invocation['StandardErrorContent']],
    ['Success', 0, uname, ''],
  );
});

test('a failing script shows its exit code and what it wrote to standard error', options, async () => {
  const commandId = await sendShellCommand(
    server,
    ['echo before', 'echo trouble >&2', 'exit 3'],
    '--instance-ids',
    server.localNodeId,
  );
  const invocation = await finishedInvocation(server, commandId, server.localNodeId, SOON_MS);
  assert.deepEqual([invocation['Status'], invocation['StatusDetails'], invocation['ResponseCode']], ['Failed', 'Failed', 3]);
  assert.equal(invocation['StandardOutputContent'], 'before\n');
  assert.match(String(invocation['StandardErrorContent']), /^trouble\n/);
});

test('a cancelled sleep is Cancelled and its processes are gone', options, async () => {
  const mark = 'sleep 600.04217';
  const commandId = await sendShellCommand(server, [`${mark} & ${mark}; wait`], '--instance-ids', server.localNodeId);
  await eventually('the script sleeps', SOON_MS, () => processesWith(mark) >= 2);
  await aws(server, 'ssm', 'cancel-command', '--command-id', commandId);
  const invocation = await finishedInvocation(server, commandId, server.localNodeId, SOON_MS);
  assert.deepEqual([invocation['Status'], invocation['StatusDetails']], ['Cancelled', 'Cancelled']);
  assert.equal(processesWith(mark), 0);
  const command = await eventually('the command is Cancelled', SOON_MS, async () => {
    const found = await findCommand(server, commandId);
    return found['Status'] === 'Cancelled' ? found : undefined;
  });
  assert.equal(command['CompletedCount'], 1);
});

test('a second server on the directory refuses with one line and exit code 2, and the first goes on', options, async () => {
  const second = spawnLauncher(['server', '--data-dir', server.dataDir, '--listen', `127.0.0.1:0`]);
  let said = '';
  second.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const code = await eventually('the second server ends', SOON_MS, () => second.exitCode ?? undefined);
  assert.equal(code, 2);
  assert.match(said, /^muster: .+\n$/);
  await aws(server, 'sts', 'get-caller-identity');
});

test('a killed server is started again: the agent was adopted, all state is there', options, async () => {
  const pidFile = join(server.dataDir, 'local-node', 'agent.pid');
  const pid = readFileSync(pidFile, 'utf8');
  const nodeId = server.localNodeId;
  const commandId = await sendShellCommand(server, ['echo one'], '--instance-ids', nodeId);
  await finishedInvocation(server, commandId, nodeId, SOON_MS);
  await server.kill();
  await server.start();
  assert.equal(readFileSync(pidFile, 'utf8'), pid);
  const kept = await finishedInvocation(server, commandId, nodeId, SOON_MS);
  assert.equal(kept['StandardOutputContent'], 'one\n');
  const next = await sendShellCommand(server, ['echo two'], '--instance-ids', nodeId);
  const invocation = await finishedInvocation(server, next, nodeId, 2 * SOON_MS);
  assert.equal(invocation['StandardOutputContent'], 'two\n');
});

test('SIGTERM ends the server with 0, and the local agent with it', options, async () => {
  const pid = Number(readFileSync(join(server.dataDir, 'local-node', 'agent.pid'), 'utf8'));
  assert.equal(await server.stop(), 0);
  assert.equal(isRunning(pid), false);
});

/** A process that has ended but was not collected by its parent does not run. */
function isRunning(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}

function processesWith(commandLine: string): number {
  const { stdout } = spawnSync('pgrep', ['-fx', commandLine.replaceAll('.', '\\.')], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line !== '').length;
}
