// Whether a node is registered, from memory: asked on every request that a node makes. A deregistration reaches every replica over the bus
// at once; an entry that lost such a message is believed for BELIEVED_MS at most. Only "yes" is kept: a "no" must end with the registration.
import type { Bus } from '../platform/bus/bus.ts';
import type { AccountId, NodeId, Region, Scope } from '../platform/ids.ts';
import type { Database } from '../platform/store/index.ts';
import type { Clock } from '../platform/time/clock.ts';
import * as store from './store.ts';

const BELIEVED_MS = 60_000;
/** Twice the largest fleet that one replica is meant for; an entry is about 150 bytes. */
const ENTRIES_MAX = 100_000;
const SUBJECT = 'nodes.deregistered';

export type DeregisteredListener = (scope: Scope, nodeId: NodeId) => void;

export interface RegistryOptions {
  readonly database: Database;
  readonly bus: Bus;
  readonly clock: Clock;
}

export class NodeRegistry implements Disposable {
  readonly #options: RegistryOptions;
  readonly #believedUntilMs = new Map<string, number>();
  readonly #listeners: DeregisteredListener[] = [];
  readonly #subscription: Disposable;
  /** Moves with every deregistration, so that an answer read before one is not kept after it. */
  #epoch = 0;

  constructor(options: RegistryOptions) {
    this.#options = options;
    const subscription = options.bus.subscribe(SUBJECT, (payload) => this.#receive(payload));
    this.#subscription = { [Symbol.dispose]: () => subscription.close() };
  }

  async isRegistered(scope: Scope, nodeId: NodeId): Promise<boolean> {
    const key = keyOf(scope, nodeId);
    const now = this.#options.clock.monotonicMs();
    if ((this.#believedUntilMs.get(key) ?? Number.NEGATIVE_INFINITY) > now) return true;
    const epoch = this.#epoch;
    const registered = await this.#options.database.read((tx) => store.isRegistered(tx, scope, nodeId));
    this.#believedUntilMs.delete(key);
    if (registered && epoch === this.#epoch) this.#remember(key, now + BELIEVED_MS);
    return registered;
  }

  onDeregistered(listener: DeregisteredListener): void {
    this.#listeners.push(listener);
  }

  /** After the commit. */
  deregistered(scope: Scope, nodeId: NodeId): void {
    this.#drop(keyOf(scope, nodeId));
    this.#options.bus.publish(SUBJECT, Buffer.from(keyOf(scope, nodeId), 'utf8'));
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  #remember(key: string, untilMs: number): void {
    const [oldest] = this.#believedUntilMs.keys();
    if (this.#believedUntilMs.size >= ENTRIES_MAX && oldest !== undefined) this.#believedUntilMs.delete(oldest);
    this.#believedUntilMs.set(key, untilMs);
  }

  #drop(key: string): void {
    this.#epoch += 1;
    this.#believedUntilMs.delete(key);
  }

  #receive(payload: Uint8Array): void {
    const key = Buffer.from(payload).toString('utf8');
    this.#drop(key);
    const [account, region, nodeId] = key.split('/');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own message, made of these
    const scope: Scope = { account: account as AccountId, region: region as Region };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    for (const listener of this.#listeners) listener(scope, nodeId as NodeId);
  }
}

function keyOf(scope: Scope, nodeId: string): string {
  return `${scope.account}/${scope.region}/${nodeId}`;
}
