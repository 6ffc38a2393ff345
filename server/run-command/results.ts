// Accepts what agents report: acknowledgements and replies, in batches, inside the hub's unit of work. Idempotent on (command, node,
// step): everything may come twice, late or out of order. Costs a handful of statements a batch, whatever its size.
import type { JobAck, JobReply } from '../platform/channels/ports.ts';
import type { CommandId, NodeId } from '../platform/ids.ts';
import type { OutboxEvent } from '../platform/outbox/outbox.ts';
import { afterCommit, type Tx } from '../platform/store/index.ts';
import { byCommand } from './by-command.ts';
import { announceChange } from './changes.ts';
import { type CommandKey, CountChanges, type InvocationState, isFinal } from './command.ts';
import { DISPATCHER, type RunCommand, wakeKey } from './domain.ts';
import { invocationEvent } from './events.ts';
import { foldReply, isStepOver, type KnownStep, type StepReport } from './fold-reply.ts';
import { cancelJobId, commandIdOf, commandJobId } from './job-ids.ts';
import { stepOutputHash, streamsOf } from './output/output.ts';
import { takeOverStreams } from './output/accept.ts';
import { nextChange } from './output/output-store.ts';
import * as store from './store.ts';
import type { CommandRow, InvocationRow, StepRow } from './tables.ts';

/** One invocation while a batch is folded: as stored, and as it will be. */
interface Folding {
  readonly row: InvocationRow;
  state: InvocationState;
  trace: string;
  delivered: boolean;
  readonly known: Map<string, KnownStep>;
  /** Of the steps that are stored. */
  readonly heads: Map<string, store.StepHead>;
  readonly steps: Map<string, StepReport>;
}

export async function acceptAcknowledgements(run: RunCommand, tx: Tx, batch: readonly JobAck[]): Promise<void> {
  for (const [key, acks] of byCommand(batch, (ack) => ack.reference as CommandId)) {
    await acceptBatch(run, tx, key, acks, async (fold) => {
      for (const ack of acks) {
        const folding = fold.get(ack.nodeId);
        if (folding !== undefined) applyAcknowledgement(folding, ack);
      }
      const answered = acks.filter((ack) => ack.kind === 'cancel' || ack.verdict === 'refused');
      await run.mailbox.settle(tx, answered, key);
    });
  }
}

function applyAcknowledgement(folding: Folding, ack: JobAck): void {
  if (ack.kind === 'cancel') {
    // The cancel arrived, the job never did: it was taken out of the mailbox, so it never will.
    if (folding.state === 'Cancelling' && !folding.delivered) folding.state = 'Cancelled';
    return;
  }
  if (ack.verdict === 'refused') {
    if (isFinal(folding.state)) return;
    folding.state = 'Failed';
    folding.trace = `The agent refused the document: ${ack.errorMessage} (${ack.statusCode}).`;
    return;
  }
  folding.delivered = true;
  if (folding.state === 'Delayed') folding.state = 'InProgress';
}

export async function acceptReplies(run: RunCommand, tx: Tx, batch: readonly JobReply[]): Promise<void> {
  // A node tells about its own jobs only; what a cancel's reply says, the job's own reply says too.
  const relevant = batch.filter(
    (reply) => !reply.topic.startsWith('aws.ssm.cancelCommand') && reply.jobId.endsWith(`.${reply.nodeId}`),
  );
  for (const [key, replies] of byCommand(relevant, (reply) => commandIdOf(reply.jobId))) {
    await acceptBatch(run, tx, key, replies, async (fold) => {
      await loadKnownSteps(tx, key, fold);
      for (const reply of replies) {
        const folding = fold.get(reply.nodeId);
        if (folding !== undefined) applyReply(folding, reply);
      }
    });
  }
}

function applyReply(folding: Folding, reply: JobReply): void {
  const folded = foldReply(folding.state, folding.known, reply.content);
  folding.delivered = true;
  if (folded.state !== undefined) {
    folding.state = folded.state;
    folding.trace = folded.trace;
  }
  for (const step of folded.steps) {
    if (isKnownWhole(folding.heads.get(step.name), step)) continue;
    folding.steps.set(step.name, step);
    folding.known.set(step.name, { status: step.status, endedAt: step.endedAt });
  }
}

async function loadKnownSteps(tx: Tx, key: CommandKey, fold: ReadonlyMap<string, Folding>): Promise<void> {
  for (const head of await store.findStepHeads(tx, key, [...fold.keys()])) {
    const folding = fold.get(head.node_id);
    folding?.known.set(head.step_name, { status: head.status, endedAt: head.ended_at });
    folding?.heads.set(head.step_name, head);
  }
}

/** Agents tell a step when it ends and once more with the document: the same, output and all, is not written again. */
function isKnownWhole(head: store.StepHead | undefined, step: StepReport): boolean {
  return (
    head !== undefined &&
    isStepOver(step.status) &&
    head.status === step.status &&
    head.code === step.code &&
    head.ended_at === step.endedAt &&
    head.output_hash !== null &&
    head.output_hash === stepOutputHash(step, {})
  );
}

/** Loads the invocations that a batch is about, lets `apply` change them, and writes what changed. */
async function acceptBatch(
  run: RunCommand,
  tx: Tx,
  key: CommandKey,
  items: readonly { readonly nodeId: NodeId }[],
  apply: (fold: ReadonlyMap<string, Folding>) => Promise<void>,
): Promise<void> {
  // The command first, as the dispatcher does: two replicas that lock in one order cannot deadlock.
  const command = await store.lockCommand(tx, key, run.database.dialect);
  if (command === undefined) return;
  const nodeIds = [...new Set(items.map((item) => item.nodeId))];
  const rows = await store.lockInvocations(tx, key, nodeIds, run.database.dialect);
  const fold = new Map(rows.map((row) => [row.node_id, folding(row)]));
  await apply(fold);
  await writeFold(run, tx, key, command, [...fold.values()]);
}

function folding(row: InvocationRow): Folding {
  return {
    row,
    state: row.state,
    trace: row.trace,
    delivered: row.delivered_at !== null,
    known: new Map(),
    heads: new Map(),
    steps: new Map(),
  };
}

async function writeFold(
  run: RunCommand,
  tx: Tx,
  key: CommandKey,
  command: CommandRow,
  folded: readonly Folding[],
): Promise<void> {
  const now = run.clock.now();
  const isChange = folded.some((item) => item.steps.size > 0 || item.state !== item.row.state);
  const seq = isChange ? await nextChange(tx, key) : 0;
  await writeSteps(tx, key, folded, seq);

  const counts = new CountChanges();
  const events: OutboxEvent[] = [];
  const settled: NodeId[] = [];
  const cancelled = new Set<NodeId>();
  let acknowledged = 0;
  const groups = new Map<string, { change: store.InvocationChange; nodeIds: string[] }>();
  for (const item of folded) {
    const nodeId = item.row.node_id as NodeId;
    const delivered = item.delivered && item.row.delivered_at === null;
    const moved = item.state !== item.row.state;
    if (delivered) acknowledged++;
    if (moved) {
      counts.move(item.row.state, item.state);
      events.push(invocationEvent(command, key, nodeId, item.state, now));
      if (isFinal(item.state)) settled.push(nodeId);
      if (item.row.state === 'Cancelling') cancelled.add(nodeId);
    }
    const told = moved || item.steps.size > 0;
    if (!told && !delivered) continue;
    const change: store.InvocationChange = {
      ...(told ? { change_seq: seq } : {}),
      ...(moved ? { state: item.state, trace: item.trace } : {}),
      ...(delivered ? { delivered_at: now.getTime() } : {}),
      ...(moved && isFinal(item.state) ? { finished_at: now.getTime(), final_epoch: command.epoch } : {}),
    };
    const groupKey = JSON.stringify(change);
    const group = groups.get(groupKey);
    if (group === undefined) groups.set(groupKey, { change, nodeIds: [nodeId] });
    else group.nodeIds.push(nodeId);
  }
  for (const { change, nodeIds } of groups.values()) await store.changeInvocations(tx, key, nodeIds, change);
  if (isChange) announceChange(run, tx, key);

  const letters = settled.flatMap((nodeId) => [
    { nodeId, jobId: commandJobId(key.commandId, nodeId) },
    ...(cancelled.has(nodeId) ? [{ nodeId, jobId: cancelJobId(key.commandId, nodeId) }] : []),
  ]);
  if (letters.length > 0) await run.mailbox.settle(tx, letters, key);
  if (events.length > 0) await run.outbox.put(tx, events);
  const changed = counts.entries();
  if (changed.length === 0 && acknowledged === 0) return;
  const needsLook = changed.length > 0 || run.settings.slowStart;
  // Due now: should the process die before the wake-up, the next one finds that this command wants a look.
  await store.changeCommand(tx, key, [...changed, ['acknowledged', acknowledged]], needsLook ? { due_at: now.getTime() } : {});
  if (needsLook) afterCommit(tx, () => run.wakeups.wake(DISPATCHER, wakeKey(key)));
}

async function writeSteps(tx: Tx, key: CommandKey, folded: readonly Folding[], seq: number): Promise<void> {
  const rows: StepRow[] = [];
  for (const item of folded) {
    const steps = [...item.steps.values()];
    const streams = item.row.streamed === 1 && steps.length > 0 ? await takeOverStreams(tx, key, item.row.node_id, steps) : [];
    for (const step of steps)
      rows.push({
        account: key.account,
        region: key.region,
        command_id: key.commandId,
        node_id: item.row.node_id,
        step_name: step.name,
        plugin: step.plugin,
        status: step.status,
        code: step.code,
        started_at: step.startedAt,
        ended_at: step.endedAt,
        output: step.output,
        stdout: step.stdout,
        stderr: step.stderr,
        output_hash: isStepOver(step.status) ? stepOutputHash(step, streamsOf(streams, step.name)) : null,
        change_seq: seq,
      });
  }
  if (rows.length > 0) await store.putSteps(tx, rows);
}
