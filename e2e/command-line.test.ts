// The command line for people against a real server with three real agents: what is printed, the exit codes, following, steering, a
// server that is restarted meanwhile, Ctrl-C, and a real terminal (tmux). Needs: aws (to enrol the agents); one test needs tmux.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { AgentFleet } from './agent-fleet.ts';
import { withoutAwsCli } from './aws-cli.ts';
import { eventually } from './eventually.ts';
import { LAUNCHER, RunningServer, spawnLauncher } from './running-server.ts';

const AGENTS = 3;
const DONE_MS_MAX = 60_000;
const BY_TAG = ['--targets', 'tag:role=web'];
const options = { skip: withoutAwsCli };
const withoutTmux = spawnSync('tmux', ['-V']).status === 0 ? false : 'not run: tmux is not installed';
let server: RunningServer;
let fleet: AgentFleet;
let nodeIds: readonly string[];

before(async () => {
  if (withoutAwsCli !== false) return;
  server = await RunningServer.start({ command: 'server' });
  fleet = await AgentFleet.start(server, AGENTS, { key: 'role', value: 'web' });
  nodeIds = fleet.agents.map((agent) => agent.nodeId).toSorted();
});
after(async () => {
  await fleet?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function muster(...args: readonly string[]): Promise<Ended> {
  return ended(spawnLauncher(args, server.environment));
}

async function ended(child: ChildProcess): Promise<Ended> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('its streams are not read');
  const [[code], out, err] = await Promise.all([once(child, 'exit') as Promise<[number | null]>, text(stdout), text(stderr)]);
  return { code, out, err };
}

/** A command that is not waited for; its id. */
async function sent(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await muster('run', ...BY_TAG, '--no-wait', ...args);
  assert.equal(code, 0, err);
  return out.trim();
}

test('nodes are listed, as a table and as JSON', options, async () => {
  const table = await muster('nodes', '--targets', 'tag:role=web');
  assert.equal(table.code, 0, table.err);
  for (const nodeId of nodeIds) assert.match(table.out, new RegExp(`${nodeId}  Online  `));
  const json = await muster('nodes', '--status', 'online', '--json');
  const ids = json.out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { instanceId: string }).instanceId);
  assert.deepEqual(ids.toSorted(), nodeIds);
});

test('a command by tag: a line of each node, and exit code 0', options, async () => {
  const { code, out, err } = await muster('run', ...BY_TAG, '--', 'echo', 'a  b', '$HOME');
  assert.equal(code, 0, err);
  assert.deepEqual(
    out
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\S+: /, '')),
    Array.from({ length: AGENTS }, () => 'a  b $HOME'),
  );
  assert.match(err, /Success: 3 ok of 3 nodes in [\d.]+ s\n$/);
});

test('equal results are one group, different ones are not', options, async () => {
  const same = await muster('run', ...BY_TAG, '--group', '--', 'echo same');
  assert.match(same.out, /^3 nodes \(mi-\w+, mi-\w+, mi-\w+\) exit 0\n {2}same\n$/);
  const script = `echo same; [ "$AWS_SSM_INSTANCE_ID" != ${nodeIds[0]} ]`;
  const different = await muster('run', ...BY_TAG, '--max-errors', '3', '--group', '--', script);
  assert.equal(different.code, 1);
  assert.match(different.out, /^2 nodes \(.*\) exit 0\n {2}same\n1 node \(.*\) exit 1\n {2}same\n/);
});

test('exit codes: nothing matched, timed out, refused, wrong use', options, async () => {
  for (const [args, code, sentence] of [
    [['--targets', 'tag:role=nobody', '--', 'true'], 3, /nothing matched/],
    [[...BY_TAG, '--timeout', '5', '--max-errors', '3', '--', 'sleep 30'], 4, /3 timed out of 3 nodes/],
    [[...BY_TAG, '--document', 'Nowhere'], 2, /^muster: InvalidDocument: /],
    [['--', 'true'], 2, /^muster: on which nodes\?/],
  ] as const) {
    const said = await muster('run', ...args);
    assert.equal(said.code, code, said.err);
    assert.match(said.err, sentence);
  }
  const stranger = await ended(spawnLauncher(['nodes'], { ...server.environment, AWS_CA_BUNDLE: '', HOME: '/' }));
  assert.equal(stranger.code, 5);
  assert.match(stranger.err, /certificate is not trusted here; set AWS_CA_BUNDLE/);
  const nowhere = await ended(spawnLauncher(['nodes', '--data-dir', '/nowhere']));
  assert.deepEqual([nowhere.code, nowhere.err.trim().split('\n').length], [2, 1]);
});

test('--json is one object a line, from the id to the summary', options, async () => {
  const { code, out, err } = await muster('run', ...BY_TAG, '--json', '--', 'echo out; echo err >&2');
  assert.deepEqual([code, err], [0, '']);
  const objects = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const ofType = (type: string) => objects.filter((object) => object['type'] === type);
  assert.deepEqual([objects[0]?.['type'], objects.at(-1)?.['type'], objects.at(-1)?.['exitCode']], ['command', 'summary', 0]);
  assert.deepEqual(
    ofType('output')
      .map(({ instanceId, stream, text }) => `${String(instanceId)} ${String(stream)} ${String(text)}`)
      .toSorted(),
    nodeIds.flatMap((nodeId) => [`${nodeId} stderr err`, `${nodeId} stdout out`]),
  );
  const successes = ofType('state').filter(({ statusDetails }) => statusDetails === 'Success');
  assert.deepEqual(successes.map(({ instanceId }) => String(instanceId)).toSorted(), nodeIds);
});

test('a running command is followed to its end, and read again afterwards', options, async () => {
  const commandId = await sent('--', 'echo begun; sleep 1; echo ended');
  const followed = await muster('logs', commandId, '--follow');
  assert.equal(followed.out.match(/: ended$/gm)?.length, AGENTS, followed.err);
  assert.match(followed.err, /Success: 3 ok of 3 nodes/);
  assert.deepEqual((await muster('logs', commandId, nodeIds[0] ?? '')).out, 'begun\nended\n');
  assert.equal((await muster('logs', commandId, '--tail', '1')).out.trim().split('\n').length, AGENTS);
  assert.match((await muster('logs', commandId, '--group')).out, /^3 nodes .* exit 0\n {2}begun\n {2}ended\n$/);
});

test('a rollout is previewed, paused, changed, resumed, and explained', options, async () => {
  const preview = await muster('run', ...BY_TAG, '--max-concurrency', '1', '--preview', '--', 'true');
  assert.match(preview.out, /^3 nodes match: 3 run[^]*At most 1 at a time, in 3 waves/);
  const commandId = await sent('--max-concurrency', '1', '--', 'sleep 1');
  const paused = await muster('commands', 'pause', commandId, '--reason', 'night');
  assert.equal(paused.code, 0, paused.err);
  assert.match(paused.out, /^Status +\w+ \(paused\)$/m);
  assert.match(paused.out, /^Held +.*night/m);
  const changed = await muster('commands', 'update', commandId, '--max-concurrency', '3');
  assert.match(changed.out, /^Rates +at most 3 at a time/m);
  assert.equal((await muster('commands', 'resume', commandId)).code, 0);
  assert.match((await muster('logs', commandId, '--follow')).err, /Success: 3 ok of 3 nodes/);
  assert.match((await muster('commands', '--max', '5')).out, new RegExp(`^${commandId}  .*Success`, 'm'));
  assert.match((await muster('commands', 'explain', commandId, nodeIds[0] ?? '')).out, /^Success: /);
  const late = await muster('commands', 'pause', commandId);
  assert.equal(late.code, 2);
  assert.match(late.err, /^muster: CommandEnded: /);
});

test('what failed is run again as a new command', options, async () => {
  const marker = join(server.dataDir, '..', 'repaired');
  const script = `[ "$AWS_SSM_INSTANCE_ID" != ${nodeIds[0]} ] || [ -e ${marker} ]`;
  const first = await muster('run', ...BY_TAG, '--max-errors', '3', '--json', '--', script);
  assert.equal(first.code, 1);
  const { commandId } = JSON.parse(first.out.split('\n')[0] ?? '') as { commandId: string };
  writeFileSync(marker, '');
  const again = await muster('commands', 'rerun', commandId);
  assert.equal(again.code, 0, again.err);
  assert.match(again.err, /Success: 1 ok of 1 node /);
});

test('a server that is restarted meanwhile is waited for', { ...options, timeout: 120_000 }, async () => {
  const marker = join(server.dataDir, '..', 'go-on');
  const child = spawnLauncher(
    ['run', ...BY_TAG, '--', `echo begun; while [ ! -e ${marker} ]; do sleep 0.2; done; echo ended`],
    server.environment,
  );
  const seen = { err: '' };
  child.stderr?.on('data', (data: Buffer) => {
    seen.err += data.toString();
  });
  const end = ended(child);
  await eventually('the command is sent', DONE_MS_MAX, () => seen.err.includes('command '));
  await server.kill();
  await eventually('the loss is said', DONE_MS_MAX, () => seen.err.includes('no connection'));
  writeFileSync(marker, '');
  await server.start();
  const { code, out } = await end;
  assert.equal(code, 0, seen.err);
  assert.equal(out.match(/: ended$/gm)?.length, AGENTS);
  assert.equal(out.match(/: begun$/gm)?.length, AGENTS);
});

test('Ctrl-C leaves the command alone, Ctrl-C twice cancels it', options, async () => {
  const interrupted = async (presses: number): Promise<Ended & { commandId: string }> => {
    const child = spawnLauncher(['run', ...BY_TAG, '--', 'sleep 20'], server.environment);
    const seen = { err: '' };
    child.stderr?.on('data', (data: Buffer) => {
      seen.err += data.toString();
    });
    const end = ended(child);
    await eventually('the command is sent', DONE_MS_MAX, () => /command [0-9a-f-]{36} /.test(seen.err));
    for (let press = 1; press <= presses; press++) {
      child.kill('SIGINT');
      const sentence = press === 1 ? 'press Ctrl-C again' : 'cancelling';
      await eventually(sentence, DONE_MS_MAX, () => seen.err.includes(sentence));
    }
    const { code, out } = await end;
    return { code, out, err: seen.err, commandId: /command ([0-9a-f-]{36}) /.exec(seen.err)?.[1] ?? '' };
  };
  const left = await interrupted(1);
  assert.equal(left.code, 130);
  assert.match((await muster('commands', 'describe', left.commandId)).out, /^Status +InProgress$/m);
  assert.equal((await muster('commands', 'cancel', left.commandId)).code, 0);
  const cancelled = await interrupted(2);
  assert.equal(cancelled.code, 130);
  assert.match(cancelled.err, /Cancelled: 3 cancelled of 3 nodes/);
});

test('a file is uploaded', options, async () => {
  const file = join(server.dataDir, '..', 'package.zip');
  writeFileSync(file, 'x'.repeat(100_000));
  const { code, out, err } = await muster('upload', file);
  assert.equal(code, 0, err);
  assert.match(out, /^https:\/\/\S+\nsha256 [0-9a-f]{64}\n$/);
});

test(
  'at a terminal: colours, a bar below the lines, nothing of the bar left behind',
  { skip: withoutAwsCli || withoutTmux },
  async () => {
    const socket = `muster-e2e-${process.pid}`;
    const tmux = (...args: readonly string[]) => spawnSync('tmux', ['-L', socket, ...args], { encoding: 'utf8' }).stdout;
    const pane = (...how: readonly string[]) => tmux('capture-pane', '-p', '-t', 'it', ...how);
    const marker = join(server.dataDir, '..', 'terminal');
    // The first node ends at once, the second one waits.
    const first = join(server.dataDir, '..', 'first');
    const wait = `mkdir ${first} 2>/dev/null || while [ ! -e ${marker} ]; do sleep 0.1; done`;
    const script = `printf 'begun \\033[32mgreen\\033[0m\\033[2J\\n'; ${wait}; echo ended`;
    const file = join(server.dataDir, '..', 'terminal.sh');
    const exports = Object.entries(server.environment).map(([name, value]) => `export ${name}='${value}'\n`);
    const quoted = script.replaceAll("'", `'\\''`);
    const line = `'${process.execPath}' '${LAUNCHER}' run ${BY_TAG.join(' ')} --max-concurrency 1 -- '${quoted}'`;
    writeFileSync(file, `${exports.join('')}unset NO_COLOR\n${line}\necho "exit code $?"\nexec cat\n`);
    tmux('new-session', '-d', '-s', 'it', '-x', '100', '-y', '30', `sh ${file}`);
    try {
      const bar = /: ended\n([^[]*\n)*1\/3 \[#+-+\] +33% +1 ok +1 running +1 waiting +0:\d\d\n/;
      await eventually('lines and the bar below them', DONE_MS_MAX, () => bar.test(pane()));
      // oxlint-disable-next-line no-control-regex
      assert.match(pane('-e'), /\x1b\[32mgreen/);
      writeFileSync(marker, '');
      await eventually('its end', DONE_MS_MAX, () => pane().includes('exit code'));
      const shown = pane().trimEnd().split('\n');
      assert.equal(shown.at(-1), 'exit code 0');
      assert.equal(shown.filter((row) => /^\S+: begun green$/.test(row)).length, AGENTS, shown.join('\n'));
      assert.equal(shown.filter((row) => /^\S+: ended$/.test(row)).length, AGENTS);
      assert.ok(!shown.some((row) => /\[[#-]+\]/.test(row)), 'the bar is gone');
      assert.deepEqual(
        shown.slice(-5, -2).map((row) => row.replace(/\(.*\)/, '()')),
        ['3 nodes () exit 0', '  begun green', '  ended'],
      );
    } finally {
      tmux('kill-server');
    }
  },
);
