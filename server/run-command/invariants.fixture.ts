// What must hold of every command at every moment of a simulation, read from the store after each step, and compared with what was seen
// before.
import assert from 'node:assert/strict';
import type { Simulation } from '@muster/testkit/simulation.ts';
import { tables } from '../platform/store/index.ts';
import { errorCount, isFinal } from './command.ts';
import { countsOf } from './facts.ts';
import { concurrencyLimit, errorTolerance, parseRate } from './rate.ts';
import type { CommandRow, InvocationRow, RunCommandTables } from './tables.ts';

/** What was seen of a command before, to compare with. */
interface Seen {
  readonly finals: Map<string, string>;
  readonly command: CommandRow;
  readonly dispatched: number;
  readonly inFlight: number;
  readonly tripped: boolean;
}

export class Watch {
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
    for (const node of this.#simulation.nodes)
      assert.deepEqual(node.simulated.sentAgain, [], 'what an agent has acknowledged, and was told so, is not sent again');
  }

  #checkCommand(command: CommandRow, rows: readonly InvocationRow[]): void {
    const before = this.#seen.get(command.command_id);
    const counts = countsOf(command);
    const inFlight = rows.filter((row) => ['Delayed', 'InProgress', 'Cancelling'].includes(row.state)).length;
    assert.equal(counts.inFlight, inFlight, 'the counter of invocations in flight tells the truth');
    assert.equal(counts.pending, rows.filter((row) => row.state === 'Pending').length, 'so does the one of those that wait');
    assert.equal(errorCount(counts), rows.filter((row) => row.state === 'Failed' || row.state === 'ExecutionTimedOut').length);

    const finals = before?.finals ?? new Map<string, string>();
    for (const row of rows) {
      const known = finals.get(row.node_id);
      if (known !== undefined) assert.equal(row.state, known, `a final state never changes: ${row.node_id}`);
      if (isFinal(row.state)) finals.set(row.node_id, row.state);
    }
    const dispatched = rows.filter((row) => row.dispatched_at !== null).length;
    const tripped = command.resolved === 1 && errorCount(counts) > errorTolerance(parseRate(command.max_errors), rows.length);
    const seen: Seen = { finals, command, dispatched, inFlight, tripped };
    this.#seen.set(command.command_id, seen);
    checkConcurrency(seen, rows.length, before);
    checkPause(seen, rows, before);
    if (before?.tripped === true && before.command.max_errors === command.max_errors)
      assert.equal(dispatched, before.dispatched, 'nothing is sent after MaxErrors is exceeded');
  }
}

/** A limit that was lowered binds what is sent from then on: what was in flight drains. */
function checkConcurrency({ command, dispatched, inFlight }: Seen, total: number, before: Seen | undefined): void {
  const limit = concurrencyLimit(parseRate(command.max_concurrency), total);
  if (before === undefined || before.command.max_concurrency === command.max_concurrency) {
    if (before === undefined || dispatched > before.dispatched)
      assert.ok(inFlight <= limit, `in flight ${inFlight} ≤ MaxConcurrency ${limit} when something is sent`);
    else assert.ok(inFlight <= Math.max(limit, before.inFlight), 'what is above a lowered limit only drains');
    return;
  }
  const earlier = concurrencyLimit(parseRate(before.command.max_concurrency), total);
  assert.ok(inFlight <= Math.max(limit, earlier, before.inFlight), 'in flight is within the limits of the time');
}

function checkPause({ command, dispatched }: Seen, rows: readonly InvocationRow[], before: Seen | undefined): void {
  if (command.paused === 0) return;
  const late = rows.filter((row) => (row.dispatched_at ?? 0) > (command.paused_at ?? 0)).map((row) => row.node_id);
  assert.deepEqual(late, [], 'nothing is sent after a pause');
  if (before?.command.paused === 1 && before.command.paused_at === command.paused_at)
    assert.equal(dispatched, before.dispatched, 'nothing is sent while the command is paused');
}
