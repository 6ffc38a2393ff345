// The deeds of the dispatcher and of CancelCommand: each moves a chunk of invocations, and writes the letters, events and counters that
// follow from it in the same unit of work.
import type { Letter } from '../platform/channels/ports.ts';
import type { NodeId, Scope } from '../platform/ids.ts';
import type { Tx } from '../platform/store/index.ts';
import { announceChange } from './changes.ts';
import { type CommandKey, CountChanges, type FinalState, type InvocationState, isFinal, mayMove } from './command.ts';
import type { RunCommand } from './domain.ts';
import { invocationEvent } from './events.ts';
import { cancelJobId, commandJobId } from './job-ids.ts';
import * as store from './store.ts';
import type { CommandRow, InvocationRow } from './tables.ts';

/** Sends to the next `limit` waiting nodes: InProgress where the node is connected, Delayed where it is not; a letter for each. */
export async function dispatchNext(
  run: RunCommand,
  tx: Tx,
  key: CommandKey,
  command: CommandRow,
  limit: number,
  now: Date,
): Promise<void> {
  const rows = await store.nextInvocations(tx, key, ['Pending'], limit);
  const connected = (row: InvocationRow) => run.presence.isConnected(key, row.node_id as NodeId);
  const counts = new CountChanges();
  for (const state of ['InProgress', 'Delayed'] as const) {
    const moving = rows.filter((row) => connected(row) === (state === 'InProgress'));
    if (moving.length === 0) continue;
    await store.changeInvocations(tx, key, nodeIdsOf(moving), { state, dispatched_at: now.getTime() });
    counts.move('Pending', state, moving.length);
    await run.outbox.put(
      tx,
      moving.map((row) => invocationEvent(command, key, row.node_id as NodeId, state, now)),
    );
  }
  await run.mailbox.put(
    tx,
    rows.map((row) => letterOf(key, command, row.node_id as NodeId, 'command', now)),
  );
  await store.changeCommand(tx, key, counts.entries(), {});
  announceChange(run, tx, key);
}

/** Moves invocations to a final state; those that may not move (they are final already) are left alone. */
export async function closeInvocations(
  run: RunCommand,
  tx: Tx,
  key: CommandKey,
  command: CommandRow,
  rows: readonly InvocationRow[],
  target: (state: InvocationState) => FinalState,
  trace: string,
  now: Date,
  cancelledBy?: string,
): Promise<void> {
  const counts = new CountChanges();
  const closing = rows.filter((row) => !isFinal(row.state) && mayMove(row.state, target(row.state)));
  for (const [state, group] of Map.groupBy(closing, (row) => target(row.state))) {
    await store.changeInvocations(tx, key, nodeIdsOf(group), {
      state,
      finished_at: now.getTime(),
      trace,
      final_epoch: command.epoch,
      ...(state === 'Cancelled' && cancelledBy !== undefined ? { cancelled_by: cancelledBy } : {}),
    });
    for (const row of group) counts.move(row.state, state);
    await run.outbox.put(
      tx,
      group.map((row) => invocationEvent(command, key, row.node_id as NodeId, state, now)),
    );
  }
  const lettersOut = closing.filter((row) => row.state !== 'Pending').flatMap((row) => letterKeys(key, row.node_id as NodeId));
  if (lettersOut.length > 0) await run.mailbox.settle(tx, lettersOut, key);
  await store.changeCommand(tx, key, counts.entries(), { due_at: now.getTime() });
  announceChange(run, tx, key);
}

/**
 * Asks the nodes of in-flight invocations to stop. One that was never delivered, to a node that is not connected, is Cancelled at once;
 * for the others the job's letter is taken out (it must not be sent again) and a cancel letter goes out.
 */
export async function cancelInFlight(
  run: RunCommand,
  tx: Tx,
  key: CommandKey,
  command: CommandRow,
  rows: readonly InvocationRow[],
  now: Date,
  cancelledBy?: string,
): Promise<void> {
  const unreached = rows.filter((row) => row.delivered_at === null && !run.presence.isConnected(key, row.node_id as NodeId));
  await closeInvocations(run, tx, key, command, unreached, () => 'Cancelled', '', now, cancelledBy);

  const reached = rows.filter((row) => !unreached.includes(row) && mayMove(row.state, 'Cancelling'));
  if (reached.length === 0) return;
  await store.changeInvocations(tx, key, nodeIdsOf(reached), {
    state: 'Cancelling',
    ...(cancelledBy === undefined ? {} : { cancelled_by: cancelledBy }),
  });
  await run.mailbox.settle(
    tx,
    reached
      .filter((row) => row.delivered_at === null)
      .map((row) => ({ nodeId: row.node_id as NodeId, jobId: commandJobId(key.commandId, row.node_id as NodeId) })),
    key,
  );
  await run.mailbox.put(
    tx,
    reached.map((row) => letterOf(key, command, row.node_id as NodeId, 'cancel', now)),
  );
  await run.outbox.put(
    tx,
    reached.map((row) => invocationEvent(command, key, row.node_id as NodeId, 'Cancelling', now)),
  );
  announceChange(run, tx, key);
}

function letterOf(scope: Scope, command: CommandRow, nodeId: NodeId, kind: Letter['kind'], now: Date): Letter {
  const commandId = command.command_id as CommandKey['commandId'];
  return {
    account: scope.account,
    region: scope.region,
    nodeId,
    jobId: kind === 'cancel' ? cancelJobId(commandId, nodeId) : commandJobId(commandId, nodeId),
    kind,
    reference: commandId,
    createdAt: now,
    expiresAt: new Date(command.expires_at),
  };
}

function letterKeys(key: CommandKey, nodeId: NodeId): { nodeId: NodeId; jobId: string }[] {
  return [
    { nodeId, jobId: commandJobId(key.commandId, nodeId) },
    { nodeId, jobId: cancelJobId(key.commandId, nodeId) },
  ];
}

function nodeIdsOf(rows: readonly InvocationRow[]): string[] {
  return rows.map((row) => row.node_id);
}
