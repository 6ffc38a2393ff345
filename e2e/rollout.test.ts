// A rollout to real agents by tag, steered while it runs: paused (nothing new starts), slowed, resumed to its end, and again where it failed. What
// ran, and when, is read from a file that the scripts themselves append to. MUSTER_ROLLOUT_AGENTS=200 asks for a larger fleet
// (npm run test:rollout; some 30 MB of memory an agent). Needs: aws (to enrol the agents).
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { AgentFleet } from './agent-fleet.ts';
import { withoutAwsCli } from './aws-cli.ts';
import type { Json } from './aws-cli.ts';
import { eventually } from './eventually.ts';
import { muster } from './muster-call.ts';
import { RunningServer, spawnLauncher } from './running-server.ts';

const AGENTS = Number(process.env['MUSTER_ROLLOUT_AGENTS'] ?? 20);
/** A tenth of the fleet at a time, then a twentieth. */
const QUICK = Math.ceil(AGENTS / 10);
const SLOW = Math.ceil(AGENTS / 20);
/** Nodes on which the script fails the first time. */
const FAILING = 3;
/** Of a script. */
const RUN_SECONDS = 1;
/** Starting is the slow part: a Node process each, a few at a time. */
const START_MS_MAX = 60_000 + AGENTS * 3_000;
const DONE_MS_MAX = 60_000 + AGENTS * 1_000;
let server: RunningServer;
let fleet: AgentFleet;

before(
  async () => {
    if (withoutAwsCli !== false) return;
    server = await RunningServer.start({ command: 'server' });
    const begun = performance.now();
    fleet = await AgentFleet.start(server, AGENTS, { key: 'role', value: 'web' });
    told('agents are online', begun);
  },
  { timeout: START_MS_MAX },
);
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

function told(what: string, sinceMs: number): void {
  process.stdout.write(`${AGENTS} nodes: ${what} after ${((performance.now() - sinceMs) / 1_000).toFixed(1)} s\n`);
}

async function cli(...args: readonly string[]): Promise<string> {
  const child: ChildProcess = spawnLauncher(args, server.environment);
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('its streams are not read');
  const [[code], out, err] = await Promise.all([once(child, 'exit') as Promise<[number | null]>, text(stdout), text(stderr)]);
  assert.equal(code, 0, `muster ${args.join(' ')}: ${out}${err}`);
  return out + err;
}

async function describe(commandId: string): Promise<Json> {
  return (await muster(server, 'DescribeCommand', { CommandId: commandId }))['Command'] as Json;
}

interface Runs {
  readonly started: readonly string[];
  /** Most at the same time, from a line on. */
  mostAtOnce(fromLine: number): number;
  readonly lines: number;
}

function readRuns(file: string): Runs {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const running: number[] = [];
  for (const line of lines) running.push((running.at(-1) ?? 0) + (line.startsWith('start ') ? 1 : -1));
  return {
    started: lines.filter((line) => line.startsWith('start ')).map((line) => line.slice('start '.length)),
    mostAtOnce: (fromLine) => Math.max(0, ...running.slice(fromLine)),
    lines: lines.length,
  };
}

test(
  `a rollout to ${AGENTS} agents is paused, slowed, resumed, and run again where it failed`,
  { skip: withoutAwsCli, timeout: DONE_MS_MAX },
  async () => {
    const directory = join(server.dataDir, '..', 'rollout');
    const file = join(directory, 'runs');
    mkdirSync(directory);
    const failing = fleet.agents.slice(0, FAILING).map(({ nodeId }) => nodeId);
    for (const nodeId of failing) writeFileSync(join(directory, nodeId), '');
    const script =
      `cd ${directory}; echo "start $AWS_SSM_INSTANCE_ID" >> runs; sleep ${RUN_SECONDS}; ` +
      `echo "end $AWS_SSM_INSTANCE_ID" >> runs; ! rm "$AWS_SSM_INSTANCE_ID" 2>/dev/null`;
    const limits = ['--max-concurrency', String(QUICK), '--max-errors', String(FAILING)];
    const begun = performance.now();
    const commandId = (await cli('run', '--targets', 'tag:role=web', ...limits, '--no-wait', '--', script)).trim();

    await eventually('a part of the nodes has started', DONE_MS_MAX, () => readRuns(file).started.length >= QUICK + 1);
    await cli('commands', 'pause', commandId, '--reason', 'the database is slow');
    const drained = await eventually('what runs has ended', DONE_MS_MAX, async () => {
      const { InFlight } = (await describe(commandId))['Counts'] as Json;
      return InFlight === 0 ? readRuns(file) : undefined;
    });
    assert.ok(drained.started.length < AGENTS, 'some are left');
    assert.ok(drained.mostAtOnce(0) <= QUICK, `${drained.mostAtOnce(0)} at once`);
    told(`paused, ${drained.started.length} have run`, begun);
    await cli('run', '--targets', 'tag:role=web', '--max-concurrency', '100%', '--', 'true');
    told('another command has run on all of them meanwhile', begun);
    assert.equal(readRuns(file).lines, drained.lines, 'nothing starts while it is paused');
    const held = await describe(commandId);
    assert.deepEqual([held['Paused'], held['PausedReason']], [true, 'the database is slow']);

    await cli('commands', 'update', commandId, '--max-concurrency', String(SLOW));
    await cli('commands', 'resume', commandId);
    const slow = await eventually('some more have started', DONE_MS_MAX, () => {
      const runs = readRuns(file);
      return runs.started.length >= drained.started.length + SLOW + 1 ? runs : undefined;
    });
    assert.ok(slow.mostAtOnce(drained.lines) <= SLOW, `${slow.mostAtOnce(drained.lines)} at once`);
    told('slowed', begun);
    await cli('commands', 'update', commandId, '--max-concurrency', '100%');
    const ended = await eventually('the rollout ends', DONE_MS_MAX, async () => {
      const now = await describe(commandId);
      return now['Status'] === 'Failed' ? now : undefined;
    });
    told('ended', begun);
    const runs = readRuns(file);
    assert.equal(runs.started.length, AGENTS);
    assert.equal(new Set(runs.started).size, AGENTS, 'a script ran twice');
    const { Success, Failed } = ended['Counts'] as Json;
    assert.deepEqual([Success, Failed], [AGENTS - FAILING, FAILING]);

    const said = await cli('commands', 'rerun', commandId);
    assert.match(said, new RegExp(`Success: ${FAILING} ok of ${FAILING} nodes`));
    const again = readRuns(file).started.slice(AGENTS);
    assert.deepEqual(again.toSorted(), failing.toSorted());
    told('run again where it failed', begun);
  },
);
