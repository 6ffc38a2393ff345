// Twenty real agents on this machine, addressed by tag: --max-concurrency 25% and --max-errors 2 hold as documented. Needs: aws.
// What really ran, and when, is read from a file that the scripts themselves append to.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AgentFleet } from './agent-fleet.ts';
import { withoutAwsCli } from './aws-cli.ts';
import { finishedCommand, listInvocations, sendShellCommand } from './commands.ts';
import { RunningServer } from './running-server.ts';

const AGENTS = 20;
/** 25 % of twenty. */
const CONCURRENCY = 5;
const MAX_ERRORS = 2;
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

test('a command that succeeds everywhere runs on all twenty, never on more than five at a time', options, async () => {
  const { command, runs } = await runByTag('all-succeed', 0);
  assert.deepEqual(
    [command['Status'], command['TargetCount'], command['CompletedCount'], command['ErrorCount']],
    ['Success', AGENTS, AGENTS, 0],
  );
  assert.equal(runs.started.length, AGENTS);
  assert.equal(new Set(runs.started).size, AGENTS, 'a script ran twice');
  assert.ok(runs.mostAtOnce <= CONCURRENCY, `${runs.mostAtOnce} ran at once`);
});

test('two failures are within --max-errors 2: the others still run', options, async () => {
  const { command, runs, states } = await runByTag('two-fail', 2);
  assert.deepEqual([command['Status'], command['StatusDetails'], command['ErrorCount']], ['Failed', 'Incomplete', 2]);
  assert.equal(runs.started.length, AGENTS);
  assert.deepEqual(states, { 'Failed/Failed': 2, 'Success/Success': AGENTS - 2 });
});

test('the third failure stops the command: what was sent ends, the rest is never sent', options, async () => {
  const { command, runs, states } = await runByTag('all-fail', AGENTS);
  const failed = runs.started.length;
  assert.deepEqual([command['Status'], command['StatusDetails']], ['Failed', 'Failed']);
  assert.ok(failed > MAX_ERRORS && failed < MAX_ERRORS + 1 + CONCURRENCY, `${failed} scripts ran`);
  assert.equal(new Set(runs.started).size, failed, 'a script ran twice');
  assert.equal(command['ErrorCount'], failed);
  assert.equal(states['Failed/Failed'], failed);
  const terminated = Object.entries(states).filter(([state]) => state.endsWith('/Terminated'));
  assert.equal(
    terminated.reduce((sum, [, count]) => sum + count, 0),
    AGENTS - failed,
  );
});

async function runByTag(name: string, failing: number) {
  const dir = join(server.dataDir, '..', name);
  mkdirSync(dir);
  for (const agent of fleet.agents.slice(0, failing)) writeFileSync(join(dir, agent.nodeId), '');
  const script = [
    `cd ${dir}`,
    'echo "start $AWS_SSM_INSTANCE_ID" >> runs',
    'sleep 0.5',
    'echo "end $AWS_SSM_INSTANCE_ID" >> runs',
    '[ ! -e "$AWS_SSM_INSTANCE_ID" ]',
  ];
  const targets = ['--targets', 'Key=tag:Role,Values=web', '--max-concurrency', '25%', '--max-errors', String(MAX_ERRORS)];
  const commandId = await sendShellCommand(server, script, ...targets);
  const command = await finishedCommand(server, commandId, DONE_MS_MAX);
  const states: Record<string, number> = {};
  for (const { Status, StatusDetails } of await listInvocations(server, commandId)) {
    const state = `${String(Status)}/${String(StatusDetails)}`;
    states[state] = (states[state] ?? 0) + 1;
  }
  return { command, states, runs: readRuns(join(dir, 'runs')) };
}

function readRuns(file: string): { started: string[]; mostAtOnce: number } {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  let running = 0;
  let mostAtOnce = 0;
  const started: string[] = [];
  for (const line of lines) {
    const [what, nodeId] = line.split(' ');
    running += what === 'start' ? 1 : -1;
    mostAtOnce = Math.max(mostAtOnce, running);
    if (what === 'start') started.push(nodeId ?? '');
  }
  return { started, mostAtOnce };
}
