// Run Command under random calls, failing, silent and vanishing nodes, repeated frames and crashes at random statements. After every step the
// dispatcher's invariants are read from the store; at the end every invocation is final, no script ran twice, and no answered call is lost.
// MUSTER_SEED repeats a run; MUSTER_SIM_RUNS asks for more of them.
import assert from 'node:assert/strict';
import test from 'node:test';
import { simulationSeeds, withSeed } from '@muster/testkit/random.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import type { ReceivedJob, Script } from '@muster/testkit/fleet/simulated-node.ts';
import { tables } from '../platform/store/index.ts';
import { errorCount, isFinal, LIVE_STATES } from './command.ts';
import { countsOf, factsOf } from './facts.ts';
import { plan } from './plan.ts';
import { concurrencyLimit, errorTolerance, parseRate } from './rate.ts';
import type { CommandRow, InvocationRow, RunCommandTables } from './tables.ts';

const NODES = 12;
const STEPS = 60;
const STEP_MS_MAX = 60_000;
/** Longer than a command lives: nodes that were off come back with reports of what has expired. */
const LONG_STEP_MS = 25 * 60_000;
/** After a restart: leases, reconnects, resends. */
const SETTLE_MS = 8_000;
const RUNS = 6;

/** What was seen of a command before, to compare with. */
interface Seen {
  readonly finals: Map<string, string>;
  dispatchedWhenTripped: number | undefined;
}

class Watch {
  readonly #simulation: Simulation;
  readonly #seen = new Map<string, Seen>();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  async check(): Promise<void> {
    const { commands, invocations } = await this.#simulation.database.read(async (tx) => ({
      commands: await tables<RunCommandTables>(tx).selectFrom('run_command_command').selectAll().execute(),
      invocations: await tables<RunCommandTables>(tx).selectFrom('run_command_invocation').selectAll().execute(),
    }));
    const byCommand = Map.groupBy(invocations, (row) => row.command_id);
    for (const command of commands) this.#checkCommand(command, byCommand.get(command.command_id) ?? []);
  }

  #checkCommand(command: CommandRow, rows: readonly InvocationRow[]): void {
    const counts = countsOf(command);
    const inFlight = rows.filter((row) => ['Delayed', 'InProgress', 'Cancelling'].includes(row.state)).length;
    assert.equal(counts.inFlight, inFlight, 'the counter of invocations in flight tells the truth');
    assert.equal(counts.pending, rows.filter((row) => row.state === 'Pending').length, 'so does the one of those that wait');
    assert.equal(errorCount(counts), rows.filter((row) => row.state === 'Failed' || row.state === 'ExecutionTimedOut').length);
    const limit = concurrencyLimit(parseRate(command.max_concurrency), rows.length);
    assert.ok(inFlight <= limit, `in flight ${inFlight} ≤ MaxConcurrency ${limit}`);

    const seen = this.#seen.get(command.command_id) ?? { finals: new Map<string, string>(), dispatchedWhenTripped: undefined };
    this.#seen.set(command.command_id, seen);
    for (const row of rows) {
      const before = seen.finals.get(row.node_id);
      if (before !== undefined) assert.equal(row.state, before, `a final state never changes: ${row.node_id}`);
      if (isFinal(row.state)) seen.finals.set(row.node_id, row.state);
    }
    const dispatched = rows.filter((row) => row.dispatched_at !== null).length;
    const tripped = command.resolved === 1 && errorCount(counts) > errorTolerance(parseRate(command.max_errors), rows.length);
    if (seen.dispatchedWhenTripped !== undefined)
      assert.equal(dispatched, seen.dispatchedWhenTripped, 'nothing is sent after MaxErrors is exceeded');
    if (tripped) seen.dispatchedWhenTripped ??= dispatched;
  }
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
  const answered = new Set<string>();
  try {
    await simulation.start();
    await simulation.enrol(NODES, [{ Key: 'role', Value: 'web' }], scriptOf(simulation));
    for (const node of simulation.nodes) node.repeats = 0.05;
    const watch = new Watch(simulation);

    for (let step = 0; step < STEPS; step++) {
      await takeStep(simulation, answered);
      if (simulation.up) await watch.check();
      await clock.advance(random.chance(0.05) ? LONG_STEP_MS : random.below(STEP_MS_MAX));
      if (simulation.up) await watch.check();
    }

    await comeBack(simulation);
    await clock.advance(SETTLE_MS);
    await checkNothingIsStuck(simulation);
    await clock.advance(3 * 3_600_000);
    await watch.check();
    await checkEnd(simulation, answered);
  } catch (error) {
    throw new Error(`the server's last words:\n${lines.slice(-20).join('')}`, { cause: error });
  } finally {
    await simulation.stop();
  }
}

async function takeStep(simulation: Simulation, answered: Set<string>): Promise<void> {
  const { random } = simulation;
  if (!simulation.up) {
    await comeBack(simulation);
    await simulation.clock.advance(SETTLE_MS);
    return checkNothingIsStuck(simulation);
  }
  const dice = random.fraction();
  if (dice < 0.45) return send(simulation, answered);
  if (dice < 0.6 && answered.size > 0) return cancel(simulation, random.pick([...answered]));
  if (dice < 0.8) {
    const node = random.pick(simulation.nodes);
    if (node.connected) node.drop();
    else await node.connect();
    return;
  }
  if (dice < 0.95) {
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

async function send(simulation: Simulation, answered: Set<string>): Promise<void> {
  const { random } = simulation;
  const targets = random.chance(0.7)
    ? { Targets: [{ Key: 'tag:role', Values: ['web'] }] }
    : {
        InstanceIds: random
          .shuffle(simulation.nodes)
          .slice(0, 1 + random.below(NODES))
          .map((node) => node.registered.nodeId),
      };
  const { status, body } = await simulation.call('SendCommand', {
    DocumentName: 'AWS-RunShellScript',
    Parameters: { commands: ['true'], executionTimeout: ['600'] },
    MaxConcurrency: random.pick(['1', '3', '25%', '50%', '100%', '50']),
    MaxErrors: random.pick(['0', '1', '3', '20%', '100%']),
    TimeoutSeconds: 600,
    ...targets,
  });
  // A crash in the middle answers an error, or nothing: then nothing was promised.
  if (status === 200) answered.add((body['Command'] as { CommandId: string }).CommandId);
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

async function checkEnd(simulation: Simulation, answered: ReadonlySet<string>): Promise<void> {
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
  for (const commandId of answered) assert.ok(stored.has(commandId), `the answered command ${commandId} is not lost`);
  for (const node of simulation.nodes) {
    for (const [jobId, starts] of node.simulated.starts) assert.equal(starts, 1, `${jobId} was started once`);
    assert.equal(node.simulated.unacknowledged, 0, 'every reply was acknowledged');
  }
}

for (const seed of simulationSeeds(RUNS)) {
  test(`nothing is lost, doubled or sent against the limits (seed ${seed})`, () => withSeed(seed, run));
}
