// Sends what the mailbox holds. A wake-up names nodes and costs a set entry; one pass looks up hundreds of nodes with one query,
// renders each command once, and sends. Every job that goes out comes from a row read just before, so a letter that was settled,
// expired or acknowledged is never sent again, and resending is nothing but another look.
import { encodeAgentMessage } from '@muster/protocol/agent-message.ts';
import { agentJobText, MESSAGE_TYPE } from '@muster/protocol/channel.ts';
import type { Bus, Subscription } from '../bus/bus.ts';
import type { Ids, NodeId, Scope } from '../ids.ts';
import type { Database } from '../store/index.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Counter, Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import { nextTurn } from '../time/turn.ts';
import type { Alarms } from './alarms.ts';
import type { Connection, SentJob } from './connection.ts';
import { DRAIN_NODES_MAX, RESEND_AFTER_MS, UNFINISHED_COMMANDS_MAX, WAKE_NODES_MAX } from './limits.ts';
import type { ChannelLimits } from './limits.ts';
import type { PolledJob, PollingNode } from './polling-node.ts';
import type { Letter } from './ports.ts';
import type { Registry, ScopeNodes } from './registry.ts';
import type { RenderedJobs, SendableJob } from './rendered-jobs.ts';
import * as store from './store.ts';

const WAKE_SUBJECT = 'channels.wake';
export const SEND_OPTIONS = { binary: true, compress: false } as const;
/** After a query or a rendering that failed. */
const FAILED_AGAIN_MS = 5_000;
const SENT = { type: MESSAGE_TYPE.job, direction: 'out' } as const;

export interface OutboundOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly bus: Bus;
  readonly limits: ChannelLimits;
  readonly registry: Registry;
  readonly rendered: RenderedJobs;
  readonly alarms: Alarms<Connection | PollingNode>;
}

type Target = Connection | PollingNode;
interface Sending {
  readonly target: Target;
  readonly letter: Letter;
}

export function isConnection(target: Target): target is Connection {
  return 'socket' in target;
}

export class Outbound {
  readonly #options: OutboundOptions;
  readonly #frames: Counter;
  readonly #subscription: Subscription;
  #pass: Promise<void> | undefined;
  #stopped = false;

  constructor(options: OutboundOptions) {
    this.#options = options;
    this.#frames = options.metrics.counter('muster_channels_frames_total', 'Messages on control channels.');
    this.#subscription = options.bus.subscribe(`${WAKE_SUBJECT}.>`, (payload, subject) => this.#receiveWake(payload, subject));
  }

  /** Asks for a look at the mailboxes of these nodes, here or on the replica that holds them. Cheap, coalesced. */
  wake(scope: Scope, nodeIds: readonly NodeId[]): void {
    const nodes = this.#options.registry.of(scope);
    const elsewhere: NodeId[] = [];
    for (const nodeId of nodeIds) if (!this.#wakeHere(nodes, nodeId)) elsewhere.push(nodeId);
    for (let from = 0; from < elsewhere.length; from += WAKE_NODES_MAX)
      this.#options.bus.publish(
        `${WAKE_SUBJECT}.${scope.account}.${scope.region}`,
        Buffer.from(JSON.stringify(elsewhere.slice(from, from + WAKE_NODES_MAX))),
      );
  }

  wakeNode(target: Target): void {
    this.#wakeHere(this.#options.registry.of(target.scope), target.nodeId);
  }

  /** Starts no more passes and waits for the one that runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#subscription.close();
    await this.#pass;
  }

  #wakeHere(nodes: ScopeNodes, nodeId: NodeId): boolean {
    if (!nodes.connections.has(nodeId) && !nodes.polling.has(nodeId)) return false;
    nodes.dirty.add(nodeId);
    if (this.#pass === undefined && !this.#stopped)
      this.#pass = new Promise((resolve) => {
        nextTurn(() => void this.#run().finally(resolve));
      });
    return true;
  }

  #receiveWake(payload: Uint8Array, subject: string): void {
    const [account, region] = subject.slice(WAKE_SUBJECT.length + 1).split('.');
    const nodeIds: unknown = JSON.parse(Buffer.from(payload).toString());
    if (account === undefined || region === undefined || !Array.isArray(nodeIds)) return;
    const nodes = this.#options.registry.of({ account, region } as Scope);
    for (const nodeId of nodeIds) this.#wakeHere(nodes, nodeId as NodeId);
  }

  async #run(): Promise<void> {
    for (let nodes = this.#nextDirty(); nodes !== undefined && !this.#stopped; nodes = this.#nextDirty()) {
      const nodeIds = [...nodes.dirty.values().take(DRAIN_NODES_MAX)];
      for (const nodeId of nodeIds) nodes.dirty.delete(nodeId);
      try {
        await this.#drain(nodes, nodeIds);
      } catch (error) {
        this.#options.log.error('could not look into mailboxes', { nodes: nodeIds.length }, error);
        const againMs = this.#options.clock.nowMs() + FAILED_AGAIN_MS;
        for (const nodeId of nodeIds) this.#lookAgain(nodes, nodeId, againMs);
      }
      // Acknowledgements get their chance between two chunks.
      await new Promise<void>((resolve) => void nextTurn(resolve));
    }
    this.#pass = undefined;
  }

  #nextDirty(): ScopeNodes | undefined {
    for (const nodes of this.#options.registry.all()) if (nodes.dirty.size > 0) return nodes;
    return undefined;
  }

  #lookAgain(nodes: ScopeNodes, nodeId: NodeId, atMs: number): void {
    const target = nodes.connections.get(nodeId) ?? nodes.polling.get(nodeId);
    if (target !== undefined) this.#lookAt(target, atMs);
  }

  #lookAt(target: Target, atMs: number): void {
    target.lookAtMs = Math.min(target.lookAtMs, atMs);
    if (target.lookAtMs !== Infinity) this.#options.alarms.atLatest(target, target.lookAtMs);
  }

  async #drain(nodes: ScopeNodes, nodeIds: readonly NodeId[]): Promise<void> {
    const { clock, database, rendered } = this.#options;
    const nowMs = clock.nowMs();
    const rows = await database.read((tx) => store.sendableLetters(tx, nodes.scope, nodeIds, UNFINISHED_COMMANDS_MAX, nowMs));
    const byNode = Map.groupBy(rows, (row) => row.node_id);
    const sendings = nodeIds.flatMap((nodeId) => this.#due(nodes, nodeId, byNode.get(nodeId) ?? [], nowMs));
    if (sendings.length === 0) return;
    const jobs = await rendered.render(sendings.map(({ letter }) => letter));
    const polled = new Map<PollingNode, PolledJob[]>();
    const dropped: Letter[] = [];
    for (const [index, { target, letter }] of sendings.entries()) {
      const job = jobs[index];
      if (job instanceof Error) this.#renderFailed(target, letter, job);
      else if (job === undefined) dropped.push(letter);
      else if (isConnection(target)) this.#send(target, letter, job);
      else polled.set(target, [...(polled.get(target) ?? []), { letter, job }]);
    }
    for (const [node, handedOut] of polled) this.#handOut(node, handedOut);
    if (dropped.length > 0) await this.#drop(nodes.scope, dropped);
  }

  /** What of these rows goes out now, and where: on the control channel, else on a poll that waits. Never on both. */
  #due(nodes: ScopeNodes, nodeId: NodeId, rows: readonly store.SendableRow[], nowMs: number): Sending[] {
    const connection = nodes.connections.get(nodeId);
    const polling = nodes.polling.get(nodeId);
    if (connection !== undefined) this.#forgetSettled(connection, rows);
    const target = connection ?? (polling?.poll === undefined ? undefined : polling);
    if (target === undefined) return [];
    if (polling?.handedOut !== undefined) this.#lookAt(target, polling.nextVisibleMs(nowMs));
    return rows.flatMap((row) => {
      if (polling?.isHandedOut(row.job_id, nowMs) === true) return [];
      const sent = connection?.sentJob(row.job_id);
      if (sent !== undefined && (sent.acknowledging || sent.nextAtMs > nowMs)) return [];
      return [{ target, letter: letterOf(nodes.scope, row) }];
    });
  }

  /** Jobs that the mailbox holds no more for sending: settled or expired. */
  #forgetSettled(connection: Connection, rows: readonly store.SendableRow[]): void {
    if (connection.sent === undefined) return;
    const rest = connection.sent.filter((job) => job.acknowledging || rows.some((row) => row.job_id === job.jobId));
    connection.sent = rest.length === 0 ? undefined : rest;
  }

  #send(connection: Connection, letter: Letter, job: SendableJob): void {
    const { alarms, clock, ids, limits } = this.#options;
    const nowMs = clock.nowMs();
    const { socket } = connection;
    if (connection.phase !== 'open') return;
    if (socket.bufferedAmount > limits.slowBytes) {
      // The alarm looks whether it reads again, and then sends.
      if (connection.slowSinceMs === 0) connection.slowSinceMs = nowMs;
      alarms.atLatest(connection, nowMs + RESEND_AFTER_MS[0]);
      return;
    }
    const known = connection.sentJob(letter.jobId);
    if (known?.acknowledging === true) return;
    const sent = known ?? addSentJob(connection, letter);
    sent.attempts++;
    sent.nextAtMs = nowMs + resendAfterMs(sent.attempts);
    alarms.atLatest(connection, sent.nextAtMs);
    const frame = encodeAgentMessage({
      messageType: MESSAGE_TYPE.job,
      schemaVersion: 1,
      createdDate: nowMs,
      sequenceNumber: 0,
      flags: 0,
      messageId: ids.uuid(),
      payloadType: 0,
      payload: agentJobText(letter.jobId, job.tail),
    });
    socket.send(frame, SEND_OPTIONS);
    this.#frames.inc(SENT);
  }

  #handOut(node: PollingNode, jobs: readonly PolledJob[]): void {
    const nowMs = this.#options.clock.nowMs();
    const { poll } = node;
    if (poll === undefined) return;
    const handedOut = new Map([...(node.handedOut ?? [])].filter(([, until]) => until > nowMs));
    for (const { letter } of jobs) handedOut.set(letter.jobId, nowMs + poll.visibilityMs);
    node.handedOut = handedOut;
    poll.finish(jobs);
  }

  #renderFailed(target: Target, letter: Letter, error: Error): void {
    this.#options.log.error('could not render a job', { jobId: letter.jobId, reference: letter.reference }, error);
    this.#lookAt(target, this.#options.clock.nowMs() + FAILED_AGAIN_MS);
  }

  async #drop(scope: Scope, letters: readonly Letter[]): Promise<void> {
    this.#options.log.info('letters may not be sent any more and are dropped', { letters: letters.length });
    await this.#options.database.write('mailbox.drop', (tx) =>
      store.deleteLetters(
        tx,
        scope,
        letters.map(({ jobId }) => jobId),
      ),
    );
    // Their places are free for what waits behind them.
    this.wake(
      scope,
      letters.map(({ nodeId }) => nodeId),
    );
  }
}

function addSentJob(connection: Connection, letter: Letter): SentJob {
  const known = connection.sentJob(letter.jobId);
  if (known !== undefined) return known;
  const sent = { jobId: letter.jobId, kind: letter.kind, attempts: 0, refusals: 0, nextAtMs: 0, acknowledging: false };
  connection.sent = [...(connection.sent ?? []), sent];
  return sent;
}

export function resendAfterMs(attempts: number): number {
  return RESEND_AFTER_MS[Math.min(attempts, RESEND_AFTER_MS.length) - 1] ?? RESEND_AFTER_MS[0];
}

function letterOf(scope: Scope, row: store.SendableRow): Letter {
  return {
    account: scope.account,
    region: scope.region,
    nodeId: row.node_id as NodeId,
    jobId: row.job_id,
    kind: row.kind,
    reference: row.reference,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
  };
}
