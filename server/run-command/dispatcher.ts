// The reconciler of commands: load, plan, apply, one action a unit of work, until the plan says wait. A crash between two units loses
// nothing: the command stays due until a unit that ends in `wait` or `finish` says otherwise.
import type { Scope, NodeId } from '../platform/ids.ts';
import type { Reconciler } from '../platform/reconcile/reconciler.ts';
import type { Tx } from '../platform/store/index.ts';
import { cancelInFlight, closeInvocations, dispatchNext } from './apply.ts';
import { announceChange } from './changes.ts';
import { mayGoOn } from './steering/ask-alarms.ts';
import { IN_FLIGHT_STATES, LIVE_STATES, commandStatus, totalCount } from './command.ts';
import type { CommandKey } from './command.ts';
import { countsOf, factsOf } from './facts.ts';
import { DISPATCHER, parseWakeKey, type RunCommand, wakeKey } from './domain.ts';
import { commandEvent } from './events.ts';
import { type Action, plan } from './plan.ts';
import { alarmSentence } from './progress.ts';
import { resolveNextPage } from './sending/resolve-targets.ts';
import * as store from './store.ts';
import type { CommandRow } from './tables.ts';

/** How often commands are looked for that nobody woke. */
const PERIOD_MS = 5_000;
/** Units one pass may take before it lets other commands have a turn: 500 nodes each. */
const UNITS_PER_PASS_MAX = 200;

export function createDispatcher(run: RunCommand): Reconciler {
  return {
    name: DISPATCHER,
    periodMs: PERIOD_MS,
    due: async (now, limit) => (await run.database.read((tx) => store.dueCommands(tx, now.getTime(), limit))).map(wakeKey),
    reconcile: (key) => pass(run, parseWakeKey(key)),
  };
}

async function pass(run: RunCommand, key: CommandKey): Promise<Date | undefined> {
  let alarmsAsked = false;
  for (let units = 0; units < UNITS_PER_PASS_MAX; units++) {
    const next = await run.database.write('run-command.dispatch', (tx) => takeAction(run, tx, key, alarmsAsked));
    // Outside of the unit, and again before each chunk that is sent.
    alarmsAsked = next === 'ask-alarms' && (await mayGoOn(run, key));
    if (next !== 'again' && next !== 'ask-alarms') return next;
  }
  return run.clock.now();
}

/** One action in one unit. Returns when to look again (undefined: never), or `again` when there is more to do at once. */
async function takeAction(
  run: RunCommand,
  tx: Tx,
  key: CommandKey,
  alarmsAsked: boolean,
): Promise<'again' | 'ask-alarms' | Date | undefined> {
  const row = await store.lockCommand(tx, key, run.database.dialect);
  if (row === undefined || row.due_at === null) return undefined;
  const now = run.clock.now();
  const action = plan(factsOf(row), now, run.settings);
  if (action.do === 'dispatch' && row.alarms !== null && !alarmsAsked) return 'ask-alarms';
  switch (action.do) {
    case 'wait':
      await settleState(run, tx, key, row, action.until, now);
      return action.until;
    case 'finish':
      await store.changeCommand(tx, key, [], { state: action.state, due_at: null, finished_at: now.getTime() });
      await run.outbox.put(tx, [commandEvent(row, key, action.state, now)]);
      announceChange(run, tx, key);
      return undefined;
    default:
      await applyChunk(run, tx, key, row, action, now);
      return 'again';
  }
}

async function applyChunk(
  run: RunCommand,
  tx: Tx,
  key: CommandKey,
  row: CommandRow,
  action: Exclude<Action, { do: 'wait' | 'finish' }>,
  now: Date,
): Promise<void> {
  switch (action.do) {
    case 'resolve':
      return resolveNextPage(run, tx, key, row);
    case 'dispatch':
      return dispatchNext(run, tx, key, row, Math.min(action.count, store.CHUNK), now);
    case 'drop-pending': {
      const rows = await store.nextInvocations(tx, key, ['Pending'], store.CHUNK);
      const trace = action.to === 'Terminated' ? terminationReason(row) : '';
      return closeInvocations(run, tx, key, row, rows, () => action.to, trace, now);
    }
    case 'cancel-in-flight': {
      const rows = await store.nextInvocations(tx, key, ['Delayed', 'InProgress'], store.CHUNK);
      if (rows.length < store.CHUNK) await store.changeCommand(tx, key, [], { cancel_spread: 1 });
      return cancelInFlight(run, tx, key, row, rows, now);
    }
    case 'expire': {
      const rows = await store.nextInvocations(tx, key, LIVE_STATES, store.CHUNK);
      const trace = 'No final reply came from the node before the command expired.';
      return closeInvocations(
        run,
        tx,
        key,
        row,
        rows,
        (state) => (state === 'Cancelling' ? 'Cancelled' : 'DeliveryTimedOut'),
        trace,
        now,
      );
    }
  }
}

function terminationReason(row: CommandRow): string {
  return row.triggered_alarms === null
    ? 'Not sent: the command had more errors than MaxErrors allows.'
    : `Not sent. ${alarmSentence(row)}`;
}

/** A command that has begun reads InProgress (or Cancelling) from its first dispatch on. */
async function settleState(run: RunCommand, tx: Tx, key: CommandKey, row: CommandRow, until: Date, now: Date): Promise<void> {
  const state =
    row.cancel_requested === 1
      ? 'Cancelling'
      : row.in_flight > 0 || row.pending < totalCount(countsOf(row))
        ? 'InProgress'
        : row.state;
  const moved = state !== row.state;
  await store.changeCommand(tx, key, [], { due_at: until.getTime(), ...(moved ? { state } : {}) });
  if (moved && commandStatus(state) !== commandStatus(row.state)) await run.outbox.put(tx, [commandEvent(row, key, state, now)]);
}

/** A node was deregistered: what was on its way to it cannot be delivered any more. Bounded by what one node can have live. */
export async function abandonNode(run: RunCommand, scope: Scope, nodeId: NodeId): Promise<void> {
  for (;;) {
    const rows = await run.database.read((tx) =>
      store.liveInvocationsOfNode(tx, scope, nodeId, [...IN_FLIGHT_STATES, 'Pending'], store.CHUNK),
    );
    if (rows.length === 0) return;
    for (const row of rows) {
      const key = { ...scope, commandId: row.command_id } as CommandKey;
      await run.database.write('run-command.abandon', async (tx) => {
        const command = await store.lockCommand(tx, key, run.database.dialect);
        if (command === undefined) return;
        const current = await store.lockInvocations(tx, key, [nodeId], run.database.dialect);
        await closeInvocations(
          run,
          tx,
          key,
          command,
          current,
          () => 'Undeliverable',
          'The node was deregistered.',
          run.clock.now(),
        );
      });
      run.wakeups.wake(DISPATCHER, wakeKey(key));
    }
  }
}
