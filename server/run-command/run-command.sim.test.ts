// Run Command under random calls (send, cancel, pause, resume, other limits, rerun, changing tags and groups), failing, silent and vanishing
// nodes, repeated frames and crashes at random statements. After every step the invariants are read from the store; at the end every
// invocation is final, no script ran twice, no answered call is lost, and every rerun took exactly what was final when it was asked for.
// MUSTER_SEED repeats a run; MUSTER_SIM_RUNS asks for more of them.
import assert from 'node:assert/strict';
import test from 'node:test';
import { simulationSeeds, withSeed } from '@muster/testkit/random.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import type { ReceivedJob, Script } from '@muster/testkit/fleet/simulated-node.ts';
import { tables } from '../platform/store/index.ts';
import { FINAL_STATES, LIVE_STATES } from './command.ts';
import { factsOf } from './facts.ts';
import { Watch } from './invariants.fixture.ts';
import { plan } from './plan.ts';
import type { CommandRow, RunCommandTables } from './tables.ts';

const NODES = 12;
const STEPS = 60;
const STEP_MS_MAX = 60_000;
/** Longer than a command lives: nodes that were off come back with reports of what has expired. */
const LONG_STEP_MS = 25 * 60_000;
/** After a restart: leases, reconnects, resends. */
const SETTLE_MS = 8_000;
const RUNS = 3;

/** A rerun that was answered: at least these nodes were final when it was asked for, and at most these. */
interface Rerun {
  readonly commandId: string;
  readonly atLeast: ReadonlySet<string>;
  readonly atMost: ReadonlySet<string>;
}

/** What callers were promised. */
interface Promised {
  readonly commands: Set<string>;
  readonly reruns: Rerun[];
}

function scriptOf(simulation: Simulation): Script {
  const { random } = simulation;
  return (_job: ReceivedJob) => {
    if (random.chance(0.05)) return 'silent';
    const status = random.pick(['Success', 'Success', 'Success', 'Failed', 'TimedOut'] as const);
    return {
      status,
      code: status === 'Success' ? 0 : 1,
      stdout: 'out',
      stderr: '',
      delayMs: random.chance(0.3) ? 0 : random.below(120_000),
    };
  };
}

async function run(seed: number): Promise<void> {
  const lines: string[] = [];
  const simulation = new Simulation({ seed, log: (line) => lines.push(line) });
  const { random, clock } = simulation;
  const promised: Promised = { commands: new Set(), reruns: [] };
  try {
    await simulation.start();
    await simulation.enrol(NODES, [{ Key: 'role', Value: 'web' }], scriptOf(simulation));
    for (const node of simulation.nodes) node.repeats = 0.05;
    await makeGroups(simulation);
    const watch = new Watch(simulation);

    for (let step = 0; step < STEPS; step++) {
      await takeStep(simulation, promised, watch);
      if (simulation.up) await watch.check();
      await clock.advance(random.chance(0.05) ? LONG_STEP_MS : random.below(STEP_MS_MAX));
      if (simulation.up) await watch.check();
    }

    await comeBack(simulation);
    await clock.advance(SETTLE_MS);
    await checkNothingIsStuck(simulation);
    await clock.advance(3 * 3_600_000);
    await watch.check();
    await checkEnd(simulation, promised);
  } catch (error) {
    throw new Error(`the server's last words:\n${lines.slice(-20).join('')}`, { cause: error });
  } finally {
    await simulation.stop();
  }
}

async function takeStep(simulation: Simulation, promised: Promised, watch: Watch): Promise<void> {
  const { random } = simulation;
  if (!simulation.up) {
    await comeBack(simulation);
    await simulation.clock.advance(SETTLE_MS);
    return checkNothingIsStuck(simulation);
  }
  const dice = random.fraction();
  if (dice < 0.28 || promised.commands.size === 0) return send(simulation, promised, watch);
  // Most commands have ended; one of the last three may still run.
  const commandId = random.pick([...promised.commands].slice(random.chance(0.8) ? -3 : 0));
  if (dice < 0.34) return cancel(simulation, commandId);
  if (dice < 0.46) return steer(simulation, commandId);
  if (dice < 0.58) return rerun(simulation, promised, commandId);
  if (dice < 0.63) return look(simulation, commandId);
  if (dice < 0.7) return regroup(simulation);
  if (dice < 0.86) {
    const node = random.pick(simulation.nodes);
    if (!node.connected) await node.connect();
    else if (random.chance(0.5)) node.drop();
    else node.leave();
    return;
  }
  if (dice < 0.96) {
    await simulation.crash();
    await simulation.start(1 + random.below(250));
    for (const node of simulation.nodes) node.reconnectLater();
  }
}

async function comeBack(simulation: Simulation): Promise<void> {
  await simulation.crash();
  await simulation.start();
  for (const node of simulation.nodes) await node.connect();
}

async function send(simulation: Simulation, promised: Promised, watch: Watch): Promise<void> {
  const { random } = simulation;
  const targets = random.pick([
    { Targets: [{ Key: 'tag:role', Values: ['web'] }] },
    { Targets: [{ Key: 'tag:role', Values: ['web', 'db'] }] },
    { Targets: [{ Key: 'resource-groups:Name', Values: ['web'] }] },
    { Targets: [{ Key: 'resource-groups:Name', Values: ['picked'] }] },
    { InstanceIds: someNodes(simulation) },
  ]);
  const { status, body } = await simulation.call('SendCommand', {
    DocumentName: 'AWS-RunShellScript',
    Parameters: { commands: ['true'], executionTimeout: ['600'] },
    MaxConcurrency: random.pick(['1', '2', '3', '25%', '50%', '100%']),
    MaxErrors: random.pick(['0', '1', '3', '20%', '100%']),
    TimeoutSeconds: 600,
    ...targets,
  });
  // A crash in the middle answers an error, or nothing: then nothing was promised.
  if (status !== 200) return;
  const { CommandId } = body['Command'] as { CommandId: string };
  promised.commands.add(CommandId);
  // While most of it waits. What was sent until now went out under the limit that the command was sent with.
  if (simulation.up && random.chance(0.4)) {
    await watch.check();
    await steer(simulation, CommandId);
  }
}

function someNodes({ random, nodes }: Simulation): string[] {
  return random
    .shuffle(nodes)
    .slice(0, 1 + random.below(NODES))
    .map((node) => node.registered.nodeId);
}

async function steer(simulation: Simulation, CommandId: string): Promise<void> {
  const { random } = simulation;
  const MaxConcurrency = random.pick(['1', '2', '5', '10%', '75%', '100%']);
  const pause = () => simulation.callOf('muster', 'PauseCommand', { CommandId, Reason: 'dice' });
  await random.pick([
    pause,
    pause,
    () => simulation.callOf('muster', 'ResumeCommand', { CommandId }),
    () => simulation.callOf('muster', 'UpdateCommand', { CommandId, MaxConcurrency }),
    () => simulation.callOf('muster', 'UpdateCommand', { CommandId, MaxErrors: random.pick(['0', '2', '50%', '100%']) }),
  ])();
}

/** Whatever state things are in, looking at them works. */
async function look(simulation: Simulation, CommandId: string): Promise<void> {
  const InstanceId = simulation.random.pick(simulation.nodes).registered.nodeId;
  const answer = await simulation.random.pick([
    () => simulation.callOf('muster', 'DescribeCommand', { CommandId }),
    () => simulation.callOf('muster', 'ExplainInvocation', { CommandId, InstanceId }),
    () =>
      simulation.callOf('muster', 'PreviewCommand', {
        DocumentName: 'AWS-RunShellScript',
        Parameters: { commands: ['true'] },
        Targets: [{ Key: 'resource-groups:Name', Values: ['web'] }],
      }),
  ])();
  if (simulation.up) assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

async function finals(simulation: Simulation, commandId: string, states: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await simulation.database.read((tx) =>
    tables<RunCommandTables>(tx).selectFrom('run_command_invocation').selectAll().where('command_id', '=', commandId).execute(),
  );
  return new Set(rows.filter((row) => states.includes(row.state)).map((row) => row.node_id));
}

async function rerun(simulation: Simulation, promised: Promised, CommandId: string): Promise<void> {
  const { random } = simulation;
  const StatusDetails = random.pick([undefined, ['Success'], ['Failed', 'Terminated'], ['Cancelled', 'DeliveryTimedOut']]);
  const states = StatusDetails ?? FINAL_STATES.filter((state) => state !== 'Success');
  const atLeast = await finals(simulation, CommandId, states);
  const { status, body } = await simulation.callOf('muster', 'RerunCommand', { CommandId, StatusDetails });
  if (status !== 200 || !simulation.up) return;
  const { CommandId: commandId } = body['Command'] as { CommandId: string };
  promised.commands.add(commandId);
  promised.reruns.push({ commandId, atLeast, atMost: await finals(simulation, CommandId, states) });
}

async function makeGroups(simulation: Simulation): Promise<void> {
  const TagFilters = [{ Key: 'role', Values: ['web'] }];
  const Query = JSON.stringify({ ResourceTypeFilters: ['AWS::AllSupported'], TagFilters });
  const ResourceQuery = { Type: 'TAG_FILTERS_1_0', Query };
  const Configuration = [{ Type: 'AWS::ResourceGroups::Generic' }];
  for (const group of [
    { Name: 'web', ResourceQuery },
    { Name: 'picked', Configuration },
  ])
    assert.equal((await simulation.callOf('resource-groups', 'CreateGroup', group)).status, 200);
}

/** Members of groups and tags change while commands look for their nodes. */
async function regroup(simulation: Simulation): Promise<void> {
  const { random } = simulation;
  const ids = someNodes(simulation);
  const ResourceArns = ids.map((id) => `arn:aws:ssm:us-east-1:000000000000:managed-instance/${id}`);
  const tag = { ResourceType: 'ManagedInstance', ResourceId: ids[0] ?? '' };
  await random.pick([
    () => simulation.callOf('resource-groups', 'GroupResources', { Group: 'picked', ResourceArns }),
    () => simulation.callOf('resource-groups', 'UngroupResources', { Group: 'picked', ResourceArns }),
    () => simulation.call('AddTagsToResource', { ...tag, Tags: [{ Key: 'role', Value: random.pick(['web', 'web', 'db']) }] }),
    () => simulation.call('RemoveTagsFromResource', { ...tag, TagKeys: ['role'] }),
  ])();
}

async function cancel(simulation: Simulation, commandId: string): Promise<void> {
  await simulation.call('CancelCommand', { CommandId: commandId });
}

/** No command waits although it could go on: what was woken before a crash is woken again after it. */
async function checkNothingIsStuck(simulation: Simulation): Promise<void> {
  const rows = await simulation.database.read((tx) =>
    tables<RunCommandTables>(tx).selectFrom('run_command_command').selectAll().where('finished_at', 'is', null).execute(),
  );
  for (const row of rows) {
    const action = plan(factsOf(row), simulation.clock.now(), { slowStart: false });
    assert.equal(action.do, 'wait', `command ${row.command_id} has nothing to do but wait`);
  }
}

async function checkEnd(simulation: Simulation, promised: Promised): Promise<void> {
  const { commands, live, letters } = await simulation.database.read(async (tx) => ({
    commands: await tables<RunCommandTables>(tx).selectFrom('run_command_command').selectAll().execute(),
    live: await tables<RunCommandTables>(tx)
      .selectFrom('run_command_invocation')
      .select(['command_id', 'node_id', 'state'])
      .where('state', 'in', [...LIVE_STATES])
      .execute(),
    letters: await tables<{ mailbox_letter: { job_id: string } }>(tx).selectFrom('mailbox_letter').selectAll().execute(),
  }));
  assert.deepEqual(live, [], 'every invocation is final by its deadline');
  assert.deepEqual(
    commands.filter((command) => command.finished_at === null).map((command) => command.command_id),
    [],
    'every command has ended',
  );
  assert.deepEqual(letters, [], 'no letter is left behind');
  assert.ok(
    commands.some((command) => command.success > 0),
    'work was done',
  );
  const stored = new Set(commands.map((command) => command.command_id));
  for (const commandId of promised.commands) assert.ok(stored.has(commandId), `the answered command ${commandId} is not lost`);
  await checkReruns(simulation, promised, commands);
  for (const node of simulation.nodes) {
    for (const [jobId, starts] of node.simulated.starts) assert.equal(starts, 1, `${jobId} was started once`);
    assert.equal(node.simulated.unacknowledged, 0, 'every reply was acknowledged');
  }
}

async function checkReruns(simulation: Simulation, promised: Promised, commands: readonly CommandRow[]): Promise<void> {
  const rows = await simulation.database.read((tx) =>
    tables<RunCommandTables>(tx).selectFrom('run_command_invocation').select(['command_id', 'node_id']).execute(),
  );
  for (const { commandId, atLeast, atMost } of promised.reruns) {
    const taken = new Set(rows.filter((row) => row.command_id === commandId).map((row) => row.node_id));
    assert.deepEqual(taken.difference(atMost), new Set(), 'a rerun takes nothing that was not final when it was asked for');
    // A server that is down for long may find a command expired before its nodes were looked up.
    if (commands.find((command) => command.command_id === commandId)?.resolved !== 1) continue;
    assert.deepEqual(atLeast.difference(taken), new Set(), 'a rerun takes everything that was final when it was asked for');
  }
}

for (const seed of simulationSeeds(RUNS)) {
  test(`nothing is lost, doubled or sent against the limits (seed ${seed})`, () => withSeed(seed, run));
}
