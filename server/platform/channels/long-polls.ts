// The long poll of `ec2messages` over the same mailbox. A node has at most one poll held (a newer one ends the older); it is given jobs
// only while the node has no control channel, and a job that was handed out is not handed out again before its visibility timeout.
import type { NodeId, Scope } from '../ids.ts';
import type { Clock } from '../time/clock.ts';
import type { Alarms } from './alarms.ts';
import type { Connection } from './connection.ts';
import type { Arrived, Inbound } from './inbound.ts';
import type { ChannelLimits } from './limits.ts';
import type { Outbound } from './outbound.ts';
import { PollingNode } from './polling-node.ts';
import type { Poll, PolledJob } from './polling-node.ts';
import type { Registry } from './registry.ts';

export interface LongPollOptions {
  readonly clock: Clock;
  readonly limits: ChannelLimits;
  readonly registry: Registry;
  readonly inbound: Inbound;
  readonly outbound: Outbound;
  readonly alarms: Alarms<Connection | PollingNode>;
}

export class LongPolls {
  readonly #options: LongPollOptions;
  readonly #held = new Set<PollingNode>();
  #stopped = false;

  constructor(options: LongPollOptions) {
    this.#options = options;
  }

  /** Resolves with what the node may have, empty when there is nothing for so long; undefined when too many polls are held. */
  async poll(scope: Scope, nodeId: NodeId, visibilityMs: number, signal: AbortSignal): Promise<readonly PolledJob[] | undefined> {
    const { clock, limits, outbound, alarms } = this.#options;
    if (this.#stopped || signal.aborted) return [];
    const node = this.#node(scope, nodeId);
    node.poll?.finish([]);
    if (this.#held.size >= limits.pollsMax) return undefined;
    this.#held.add(node);
    return await new Promise((resolve) => {
      const gone = (): void => poll.finish([]);
      const poll: Poll = {
        endsAtMs: clock.nowMs() + limits.pollMs,
        visibilityMs,
        finish: (jobs) => {
          if (node.poll !== poll) return;
          node.poll = undefined;
          node.lastPollMs = clock.nowMs();
          this.#held.delete(node);
          signal.removeEventListener('abort', gone);
          alarms.atLatest(node, node.lastPollMs + limits.pollGapMs);
          resolve(jobs);
        },
      };
      node.poll = poll;
      signal.addEventListener('abort', gone);
      alarms.atLatest(node, poll.endsAtMs);
      outbound.wakeNode(node);
    });
  }

  /** Resolves when it is durable. */
  async report(what: Pick<Arrived, 'scope' | 'nodeId' | 'jobId' | 'bytes' | 'ack' | 'reply' | 'impliesAck'>): Promise<void> {
    const { clock, inbound, registry } = this.#options;
    await new Promise<void>((resolve, reject) => {
      inbound.push({
        ...what,
        receivedAtMs: clock.nowMs(),
        sender: { stored: () => resolve(), failed: (_, error) => reject(error) },
      });
    });
    const { connections, polling } = registry.of(what.scope);
    polling.get(what.nodeId)?.handedOut?.delete(what.jobId);
    connections.get(what.nodeId)?.forgetJob(what.jobId);
  }

  ring(node: PollingNode, nowMs: number): void {
    const { alarms, limits, outbound, registry } = this.#options;
    if (node.poll !== undefined && node.poll.endsAtMs <= nowMs) node.poll.finish([]);
    if (node.lookAtMs <= nowMs) {
      node.lookAtMs = Infinity;
      outbound.wakeNode(node);
    }
    const endsAtMs = node.poll?.endsAtMs ?? node.lastPollMs + limits.pollGapMs;
    if (endsAtMs <= nowMs) registry.removePolling(node);
    else alarms.atLatest(node, Math.min(endsAtMs, node.lookAtMs));
  }

  /** Ends every poll with an empty answer, now and from now on. */
  stop(): void {
    this.#stopped = true;
    for (const node of this.#held) node.poll?.finish([]);
  }

  end(scope: Scope, nodeId: NodeId): void {
    const node = this.#options.registry.of(scope).polling.get(nodeId);
    if (node === undefined) return;
    node.poll?.finish([]);
    this.#options.alarms.clear(node);
    this.#options.registry.removePolling(node);
  }

  #node(scope: Scope, nodeId: NodeId): PollingNode {
    const { clock, registry } = this.#options;
    const nodes = registry.of(scope);
    const known = nodes.polling.get(nodeId);
    if (known !== undefined) return known;
    const node = new PollingNode(nodes.scope, nodeId, clock.nowMs());
    registry.addPolling(node);
    return node;
  }
}
