// Which nodes are there. Signs of life (heartbeats, channels that open, close or stay open) are gathered in memory and written together: no
// row is written for a heartbeat of its own. Silence is judged elsewhere (silence.ts), from what stands in the store.
//
//   registered ──> ConnectionLost ──sign of life──> Online ──silent for SILENCE_MS──> ConnectionLost
//
// A channel that stays open is a sign of life every REPEAT_MS, so a connected node never becomes silent.
import type { ConnectionChannel, PresenceListener } from '../platform/channels/ports.ts';
import type { NodeId, Scope } from '../platform/ids.ts';
import type { Outbox } from '../platform/outbox/outbox.ts';
import type { Database } from '../platform/store/index.ts';
import type { Logger } from '../platform/telemetry/log.ts';
import type { Clock, Timer } from '../platform/time/clock.ts';
import { pingStatusEvent } from './ping-status-event.ts';
import * as store from './store.ts';

/** A node that comes back is shown within this. */
const URGENT_FLUSH_MS = 1000;
/** Heartbeats of nodes that are Online anyway; at 50,000 nodes and five minutes about 830 nodes a flush. */
const ROUTINE_FLUSH_MS = 5000;
/** The stock agent's heartbeat; half of what makes a node silent. */
const REPEAT_MS = 5 * 60 * 1000;
/** How often open channels are looked over; the look costs what is due, not what is open. */
const REPEAT_CHECK_MS = 30_000;
/** Nodes in one statement, far below the databases' limits of bound values; one unit each, so that others get their turn between. */
const FLUSH_CHUNK = 500;

interface Seen {
  readonly scope: Scope;
  readonly nodeId: NodeId;
}

interface Connected extends Seen {
  channels: Partial<Record<ConnectionChannel, number>>;
  markedAtMs: number;
}

export interface PresenceOptions {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly log: Logger;
}

export class NodePresence implements PresenceListener, AsyncDisposable {
  readonly #options: PresenceOptions;
  /** Oldest mark first: marking moves a node to the end. */
  readonly #connected = new Map<string, Connected>();
  #pending = new Map<string, Seen>();
  #flushTimer: { readonly timer: Timer; readonly dueMs: number } | undefined;
  #repeatTimer: Timer | undefined;
  #flushing: Promise<void> | undefined;
  #closed = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  get connectedCount(): number {
    return this.#connected.size;
  }

  isConnected(scope: Scope, nodeId: string): boolean {
    return this.#connected.has(keyOf(scope, nodeId));
  }

  opened(scope: Scope, nodeId: NodeId, channel: ConnectionChannel): void {
    const key = keyOf(scope, nodeId);
    const known = this.#connected.get(key) ?? {
      scope: { account: scope.account, region: scope.region },
      nodeId,
      channels: {},
      markedAtMs: 0,
    };
    known.channels[channel] = (known.channels[channel] ?? 0) + 1;
    this.#connected.set(key, known);
    this.seen(scope, nodeId, true);
    this.#armRepeat();
  }

  closed(scope: Scope, nodeId: NodeId, channel: ConnectionChannel): void {
    const key = keyOf(scope, nodeId);
    const known = this.#connected.get(key);
    if (known === undefined) return;
    const left = (known.channels[channel] ?? 0) - 1;
    if (left > 0) known.channels[channel] = left;
    else delete known.channels[channel];
    this.seen(scope, nodeId, false);
    if (Object.keys(known.channels).length === 0) this.#connected.delete(key);
  }

  /** A sign of life. `urgent`: the node may not be Online in the store. */
  seen(scope: Scope, nodeId: NodeId, urgent: boolean): void {
    const key = keyOf(scope, nodeId);
    const connected = this.#connected.get(key);
    if (connected !== undefined) {
      connected.markedAtMs = this.#options.clock.nowMs();
      this.#connected.delete(key);
      this.#connected.set(key, connected);
    }
    this.#pending.set(key, { scope: { account: scope.account, region: scope.region }, nodeId });
    this.#armFlush(urgent ? URGENT_FLUSH_MS : ROUTINE_FLUSH_MS);
  }

  /** The node is gone: nothing of it is written any more. */
  forget(scope: Scope, nodeId: NodeId): void {
    this.#pending.delete(keyOf(scope, nodeId));
  }

  /** Writes what was seen. Resolves when everything seen before the call is in the store. */
  async flush(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing.catch(() => undefined);
    if (this.#pending.size === 0) return;
    const seen = [...this.#pending.values()];
    this.#pending = new Map();
    this.#flushTimer?.timer.cancel();
    this.#flushTimer = undefined;
    this.#flushing = this.#write(seen).finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#repeatTimer?.cancel();
    await this.flush();
    this.#flushTimer?.timer.cancel();
  }

  async #write(seen: readonly Seen[]): Promise<void> {
    for (const [scope, nodeIds] of byScope(seen)) {
      for (let start = 0; start < nodeIds.length; start += FLUSH_CHUNK)
        await this.#writeChunk(scope, nodeIds.slice(start, start + FLUSH_CHUNK));
    }
  }

  async #writeChunk(scope: Scope, nodeIds: readonly NodeId[]): Promise<void> {
    const at = this.#options.clock.now();
    await this.#options.database.write('nodes.presence', async (tx) => {
      const back = await store.findSilent(tx, scope, nodeIds);
      await store.markSeen(tx, scope, nodeIds, at);
      if (back.length > 0)
        await this.#options.outbox.put(
          tx,
          back.map((nodeId) => pingStatusEvent(scope, nodeId, 'Online', at)),
        );
    });
  }

  #armFlush(delayMs: number): void {
    if (this.#closed) return;
    const dueMs = this.#options.clock.nowMs() + delayMs;
    if (this.#flushTimer !== undefined && this.#flushTimer.dueMs <= dueMs) return;
    this.#flushTimer?.timer.cancel();
    const timer = this.#options.clock.setTimer(delayMs, () => {
      this.#flushTimer = undefined;
      this.flush().catch((error: unknown) => {
        // The next heartbeat says the same again.
        this.#options.log.warn('signs of life could not be written', {
          reason: error instanceof Error ? error.message : String(error),
        });
      });
    });
    this.#flushTimer = { timer, dueMs };
  }

  #armRepeat(): void {
    if (this.#closed || this.#repeatTimer !== undefined) return;
    this.#repeatTimer = this.#options.clock.setTimer(REPEAT_CHECK_MS, () => {
      this.#repeatTimer = undefined;
      const before = this.#options.clock.nowMs() - REPEAT_MS;
      const due: Connected[] = [];
      for (const node of this.#connected.values()) {
        if (node.markedAtMs > before) break;
        due.push(node);
      }
      for (const { scope, nodeId } of due) this.seen(scope, nodeId, false);
      if (this.#connected.size > 0) this.#armRepeat();
    });
  }
}

function keyOf(scope: Scope, nodeId: string): string {
  return `${scope.account}/${scope.region}/${nodeId}`;
}

/** Statements are for one scope each. */
export function byScope(nodes: readonly Seen[]): [Scope, NodeId[]][] {
  const groups = new Map<string, [Scope, NodeId[]]>();
  for (const { scope, nodeId } of nodes) {
    const key = `${scope.account}/${scope.region}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [scope, [nodeId]]);
    else group[1].push(nodeId);
  }
  return [...groups.values()];
}
