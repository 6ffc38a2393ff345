// The channels: how agents are reached, and how they report. A durable mailbox per node; a hub of control channels (`ssmmessages`) and
// the long poll (`ec2messages`) under it. Made by the composition root, which brings authenticated upgrades here.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { bindOperations } from '../api/operation.ts';
import type { BoundOperation } from '../api/operation.ts';
import type { Bus } from '../bus/bus.ts';
import type { Ids, NodeId, Scope } from '../ids.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Database } from '../store/index.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import { Alarms } from './alarms.ts';
import { createComplaints } from './complaints.ts';
import type { Connection } from './connection.ts';
import { CLOSE, ControlChannel } from './control-channel.ts';
import { Handshake } from './handshake.ts';
import { Inbound } from './inbound.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import type { ChannelLimits } from './limits.ts';
import { LongPolls } from './long-polls.ts';
import { createMailbox, createMailboxExpiry } from './mailbox.ts';
import acknowledgeMessage from './operations/acknowledge-message.ts';
import createControlChannel from './operations/create-control-channel.ts';
import deleteMessage from './operations/delete-message.ts';
import failMessage from './operations/fail-message.ts';
import getEndpoint from './operations/get-endpoint.ts';
import getMessages from './operations/get-messages.ts';
import sendReply from './operations/send-reply.ts';
import { isConnection, Outbound } from './outbound.ts';
import type { PollingNode } from './polling-node.ts';
import type { JobHandler, Mailbox, Presence, PresenceListener } from './ports.ts';
import { Registry } from './registry.ts';
import { RenderedJobs } from './rendered-jobs.ts';
import { ChannelTokens } from './tokens.ts';

export { controlChannelNode } from './handshake.ts';
export type { ChannelLimits } from './limits.ts';
export { migrations } from './migrations/index.ts';
export type * from './ports.ts';

/** The operations that only agents call. */
export const operations = [
  acknowledgeMessage,
  createControlChannel,
  deleteMessage,
  failMessage,
  getEndpoint,
  getMessages,
  sendReply,
];

export interface ChannelSettings {
  /** What GetEndpoint answers, without a trailing slash. */
  readonly publicUrl?: string;
  readonly limits?: Partial<ChannelLimits>;
}

export interface ChannelsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly bus: Bus;
  readonly handler: JobHandler;
  readonly presenceListener: PresenceListener;
  readonly settings?: ChannelSettings;
}

export interface Channels {
  readonly presence: Presence;
  readonly mailbox: Mailbox;
  readonly operations: readonly BoundOperation[];
  readonly reconcilers: readonly Reconciler[];
  /**
   * Takes a socket over, after the signature was verified (signing name `ssmmessages`, empty body) and the principal may act for this
   * node, the one of the path. Answers its own refusals.
   */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, scope: Scope, nodeId: NodeId): void;
  /** Closes what a node has open: it was deregistered. */
  disconnect(scope: Scope, nodeId: NodeId): void;
  /** Refuses what is new, stores what arrived, closes every channel. The database must still be open. */
  stop(): Promise<void>;
}

export function createChannels(options: ChannelsOptions): Channels {
  const { bus, clock, database, handler, ids, log, metrics } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.settings?.limits };
  const complain = createComplaints({ clock, log, metrics });
  const registry = new Registry(options.presenceListener);
  const alarms = new Alarms<Connection | PollingNode>(clock, (key, nowMs) => {
    if (isConnection(key)) control.ring(key, nowMs);
    else polls.ring(key, nowMs);
  });
  const tokens = new ChannelTokens({ clock, ids, lifeMs: limits.tokenMs, tokensMax: limits.connectionsMax });
  const rendered = new RenderedJobs({ handler, ...limits });
  const outbound = new Outbound({ database, clock, ids, log, metrics, bus, limits, registry, rendered, alarms });
  const inbound = new Inbound({ database, clock, log, limits, handler, complain, drained: () => control.resume() });
  const control = new ControlChannel({ clock, ids, metrics, limits, registry, tokens, inbound, outbound, alarms, complain });
  const polls = new LongPolls({ clock, limits, registry, inbound, outbound, alarms });
  const handshake = new Handshake({ clock, metrics, limits, registry, control });
  metrics.gauge('muster_channels_connections', 'Control channels that are open.', () => registry.count);
  metrics.gauge('muster_channels_polling_nodes', 'Nodes that poll for their messages.', () => registry.pollCount);
  metrics.gauge('muster_channels_waiting_messages', 'Messages of agents that wait to be written.', () => inbound.length);

  return {
    presence: registry,
    mailbox: createMailbox({ clock, wake: (scope, nodeIds) => outbound.wake(scope, nodeIds) }),
    operations: bindOperations({ tokens, polls, complain, publicUrl: options.settings?.publicUrl }, operations),
    reconcilers: [createMailboxExpiry(database)],
    upgrade: (request, socket, head, scope, nodeId) => handshake.upgrade(request, socket, head, scope, nodeId),
    disconnect(scope, nodeId) {
      tokens.forget(scope, nodeId);
      control.disconnect(scope, nodeId);
      polls.end(scope, nodeId);
    },
    async stop() {
      handshake.stop();
      polls.stop();
      control.pauseAll();
      await outbound.stop();
      await inbound.settle();
      control.closeAll(CLOSE.goingAway);
      alarms.stop();
    },
  };
}
