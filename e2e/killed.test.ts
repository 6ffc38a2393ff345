// kill -9 in the middle: of an agent whose script runs, and of the server while a fleet works. Afterwards every invocation has its true
// final state, and no script ran twice. Needs: aws.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AgentFleet } from './agent-fleet.ts';
import { withoutAwsCli } from './aws-cli.ts';
import { explain, finishedCommand, finishedInvocation, listInvocations, sendShellCommand } from './commands.ts';
import { eventually } from './eventually.ts';
import { RunningServer } from './running-server.ts';

const AGENTS = 6;
const DONE_MS_MAX = 120_000;
const options = { skip: withoutAwsCli };
let server: RunningServer;
let fleet: AgentFleet;

before(async () => {
  if (withoutAwsCli !== false) return;
  server = await RunningServer.start({ command: 'server' });
  fleet = await AgentFleet.start(server, AGENTS, { key: 'Role', value: 'web' });
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

test('a script outlives its killed agent and ends with its true state, once', options, async () => {
  const [agent] = fleet.agents;
  assert.ok(agent !== undefined);
  const runs = join(server.dataDir, '..', 'agent-killed');
  const commandId = await sendShellCommand(
    server,
    [`echo run >> ${runs}`, 'sleep 3', 'echo the end', 'echo but failed >&2', 'exit 7'],
    '--instance-ids',
    agent.nodeId,
  );
  await eventually('the script runs', DONE_MS_MAX, () => existsSync(runs));
  await agent.kill();
  await agent.start();
  const invocation = await finishedInvocation(server, commandId, agent.nodeId, DONE_MS_MAX);
  assert.deepEqual([invocation['Status'], invocation['ResponseCode']], ['Failed', 7]);
  assert.equal(invocation['StandardOutputContent'], 'the end\n');
  assert.match(String(invocation['StandardErrorContent']), /^but failed\n/);
  assert.equal(readFileSync(runs, 'utf8'), 'run\n');
});

test('an agent that is dead while its script ends tells the end when it is back', options, async () => {
  const agent = fleet.agents[1];
  assert.ok(agent !== undefined);
  const ended = join(server.dataDir, '..', 'agent-dead');
  const commandId = await sendShellCommand(
    server,
    ['echo hello', 'sleep 2', `echo end >> ${ended}`],
    '--instance-ids',
    agent.nodeId,
  );
  await eventually('the invocation is in progress', DONE_MS_MAX, async () =>
    (await listInvocations(server, commandId)).some(({ Status }) => Status === 'InProgress'),
  );
  await agent.kill();
  await eventually('the script ends without its agent', DONE_MS_MAX, () => existsSync(ended));
  await agent.start();
  const invocation = await finishedInvocation(server, commandId, agent.nodeId, DONE_MS_MAX);
  assert.deepEqual([invocation['Status'], invocation['StandardOutputContent']], ['Success', 'hello\n']);
  assert.equal(readFileSync(ended, 'utf8'), 'end\n');
});

test('a server killed in the middle of a command finishes it after its restart, and no script runs twice', options, async () => {
  const runs = join(server.dataDir, '..', 'server-killed');
  const commandId = await sendShellCommand(
    server,
    [`echo "$AWS_SSM_INSTANCE_ID" >> ${runs}`, 'sleep 1', 'exit 0'],
    '--targets',
    'Key=tag:Role,Values=web',
    '--max-concurrency',
    '2',
  );
  await eventually('the second pair runs', DONE_MS_MAX, () => existsSync(runs) && lines(runs).length >= 3).catch(
    async (error: unknown) => {
      throw new Error(await explain(server, commandId), { cause: error });
    },
  );
  await server.kill();
  await server.start();
  const command = await finishedCommand(server, commandId, DONE_MS_MAX);
  assert.deepEqual(
    [command['Status'], command['TargetCount'], command['CompletedCount'], command['ErrorCount']],
    ['Success', AGENTS, AGENTS, 0],
    await explain(server, commandId),
  );
  assert.deepEqual(lines(runs).toSorted(), fleet.agents.map(({ nodeId }) => nodeId).toSorted());
});

function lines(file: string): string[] {
  return readFileSync(file, 'utf8').trim().split('\n');
}
