// Runs reconcilers: takes their leases, renews them, brings wake-ups to whichever replica holds the lease. Invariant: a reconciler
// runs on one replica at a time; a lease that is lost or runs out stops its passes from starting. The carrier of a fact is always a
// row that `due` finds: a wake-up only makes it quick.
//
// NOTE: `replica` must be unique among living processes. One that never changes (the embedded server's, whose data directory is
// locked) gets its leases back at once after a crash; with a new name per start they first have to run out.
import type { Bus, Subscription } from '../bus/bus.ts';
import type { Ids } from '../ids.ts';
import type { Database } from '../store/database.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock, Timer } from '../time/clock.ts';
import { nextTurn } from '../time/turn.ts';
import { Lane } from './lane.ts';
import { FORWARDED_KEYS_MAX, KEY_CHARACTERS_MAX, LEASE_MARGIN_MS, LEASE_MS, PENDING_KEYS_MAX } from './limits.ts';
import { RENEW_AGAIN_MS, RENEW_MS, STOP_WAIT_MS } from './limits.ts';
import type { Reconciler, ReconcilerStatus, Wakeups } from './reconciler.ts';
import { acquireLeases, releaseLeases, renewLeases } from './store.ts';

export interface ReconcileDriverOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly bus: Bus;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly replica: string;
  readonly reconcilers: readonly Reconciler[];
}

export interface ReconcileDriver extends Wakeups {
  /** Takes what leases it can get and begins. After the migrations. */
  start(): void;
  /** Starts no more passes, waits for those that run, gives its leases back. */
  stop(): Promise<void>;
  status(): ReconcilerStatus[];
  /** Resolves when nothing is pending or running on this replica; what waits for a moment in the future does not count. */
  settle(): Promise<void>;
}

const WAKE_SUBJECT = 'muster.reconcile.wake';
const RELEASED_SUBJECT = 'muster.reconcile.released';
/** A reconciler's name is the tail of a subject and a label of metrics. */
const NAME = /^(?=.{1,64}$)[a-z0-9-]+(\.[a-z0-9-]+)*$/;

export function createReconcileDriver(options: ReconcileDriverOptions): ReconcileDriver {
  return new Driver(options);
}

class Driver implements ReconcileDriver {
  readonly #options: ReconcileDriverOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #forwards = new Map<string, Set<string>>();
  readonly #dropped: (name: string, count: number) => void;
  #state: 'new' | 'started' | 'stopped' = 'new';
  #subscriptions: Subscription[] = [];
  #timer: Timer | undefined;
  /** The round over the leases that runs now. */
  #round: Promise<void> | undefined;
  #roundAgain = false;
  #quiet: (() => void)[] = [];

  constructor(options: ReconcileDriverOptions) {
    this.#options = options;
    const { metrics, reconcilers } = options;
    const passes = metrics.counter('muster_reconcile_passes_total', 'Passes of reconcilers, by outcome.');
    const seconds = metrics.histogram('muster_reconcile_pass_seconds', 'How long a pass takes.');
    const dropped = metrics.counter('muster_reconcile_dropped_keys_total', 'Keys above a limit, left to the next periodic look.');
    this.#dropped = (reconciler, count) => dropped.inc({ reconciler }, count);
    for (const reconciler of reconcilers) {
      const { name } = reconciler;
      if (!NAME.test(name) || this.#lanes.has(name))
        throw new Error(`A reconciler's name must be unique and match ${NAME}: '${name}'`);
      this.#lanes.set(
        name,
        new Lane({
          ...options,
          reconciler,
          log: options.log.child({ reconciler: name }),
          measure: (outcome, took) => {
            passes.inc({ reconciler: name, outcome });
            seconds.observe(took, { reconciler: name });
          },
          dropped: (count) => this.#dropped(name, count),
          changed: () => this.#changed(),
        }),
      );
    }
    const gauge = (read: (status: ReconcilerStatus) => number) => () =>
      this.status().map((status) => ({ labels: { reconciler: status.name }, value: read(status) }));
    metrics.gauge(
      'muster_reconcile_pending_keys',
      'Keys that wait for a pass or have one now.',
      gauge(({ pending }) => pending),
    );
    metrics.gauge(
      'muster_reconcile_leased',
      'Whether this replica runs the reconciler.',
      gauge(({ leased }) => (leased ? 1 : 0)),
    );
  }

  start(): void {
    if (this.#state !== 'new') throw new Error('A reconcile driver is started once');
    this.#state = 'started';
    const { bus } = this.#options;
    this.#subscriptions = [
      bus.subscribe(`${WAKE_SUBJECT}.>`, (payload, subject) => this.#receive(payload, subject)),
      bus.subscribe(RELEASED_SUBJECT, () => this.#look()),
    ];
    this.#look();
  }

  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    const { bus, database, log, replica } = this.#options;
    this.#timer?.cancel();
    for (const subscription of this.#subscriptions) subscription.close();
    await this.#round;
    const lanes = [...this.#lanes.values()];
    for (const lane of lanes) lane.lose();
    await this.#passesEnded();
    // A pass that still runs keeps others from its keys until its lease runs out.
    const free = lanes.filter(({ running }) => running === 0).map(({ name }) => name);
    if (free.length < lanes.length)
      log.error('reconcile: passes still run at the stop', { reconcilers: lanes.length - free.length });
    try {
      if (free.length > 0) await database.write('reconcile.release', (tx) => releaseLeases(tx, free, replica));
      bus.publish(RELEASED_SUBJECT, new Uint8Array());
    } catch (cause) {
      log.error('reconcile: giving leases back failed; they run out by themselves', {}, cause);
    }
  }

  wake(reconciler: string, key: string): void {
    const lane = this.#lanes.get(reconciler);
    if (lane === undefined || key.length > KEY_CHARACTERS_MAX)
      throw new Error(`wake('${reconciler}', '${key.slice(0, KEY_CHARACTERS_MAX)}'): no such reconciler, or no key`);
    if (lane.epoch !== undefined) {
      lane.wake(key);
      return;
    }
    // Until the first answer about the lease nobody may hold it: keep the key, it is dropped if somebody else does.
    if (this.#round !== undefined) lane.wake(key);
    this.#forward(reconciler, key);
  }

  status(): ReconcilerStatus[] {
    return [...this.#lanes.values()].map((lane) => lane.status());
  }

  async settle(): Promise<void> {
    while (!this.#idle()) await new Promise<void>((resolve) => void this.#quiet.push(resolve));
  }

  #idle(): boolean {
    return this.#round === undefined && this.#forwards.size === 0 && [...this.#lanes.values()].every(({ idle }) => idle);
  }

  #changed(): void {
    if (this.#quiet.length === 0 || !this.#idle()) return;
    const waiting = this.#quiet;
    this.#quiet = [];
    for (const resolve of waiting) resolve();
  }

  /** Looks after the leases: now, or once more after the round that runs. */
  #look(): void {
    if (this.#state !== 'started') return;
    if (this.#round !== undefined) {
      this.#roundAgain = true;
      return;
    }
    this.#timer?.cancel();
    this.#roundAgain = false;
    this.#round = this.#oneRound();
  }

  async #oneRound(): Promise<void> {
    const nextMs = await this.#leaseRound();
    this.#round = undefined;
    if (this.#state === 'started') {
      this.#timer = this.#options.clock.setTimer(this.#roundAgain ? 0 : nextMs, () => this.#look());
    }
    this.#changed();
  }

  /** Renews and takes leases in one unit. Answers when to look again. */
  async #leaseRound(): Promise<number> {
    const { clock, database, log, replica } = this.#options;
    const lanes = [...this.#lanes.values()];
    const held = lanes.filter(({ epoch }) => epoch !== undefined).map(({ name }) => name);
    const others = lanes.filter(({ epoch }) => epoch === undefined).map(({ name }) => name);
    const validUntilMs = clock.monotonicMs() + LEASE_MS - LEASE_MARGIN_MS;
    const now = clock.now();
    const terms = { holder: replica, now, expiresAt: new Date(now.getTime() + LEASE_MS) };
    try {
      const epochs = await database.write('reconcile.leases', async (tx) => {
        const renewed = held.length === 0 ? [] : await renewLeases(tx, held, terms);
        const taken = others.length === 0 ? [] : await acquireLeases(tx, others, terms);
        return new Map([...renewed, ...taken]);
      });
      if (this.#state === 'started') for (const lane of lanes) this.#settleLease(lane, epochs.get(lane.name), validUntilMs);
      return RENEW_MS;
    } catch (cause) {
      log.error('reconcile: renewing leases failed; they run out unless it succeeds soon', {}, cause);
      return RENEW_AGAIN_MS;
    }
  }

  #settleLease(lane: Lane, epoch: number | undefined, validUntilMs: number): void {
    if (epoch !== undefined && (lane.epoch === undefined || lane.epoch === epoch)) {
      lane.hold(epoch, validUntilMs);
      return;
    }
    if (lane.epoch !== undefined)
      this.#options.log.warn('reconcile: lease lost', { reconciler: lane.name, running: lane.running });
    lane.lose();
  }

  /** Keys for whoever holds the lease: gathered for a turn, so that a burst of wake-ups is one message. */
  #forward(reconciler: string, key: string): void {
    if (this.#forwards.size === 0) nextTurn(() => this.#sendForwards());
    const keys = this.#forwards.get(reconciler) ?? new Set<string>();
    if (keys.size >= PENDING_KEYS_MAX) this.#dropped(reconciler, 1);
    else this.#forwards.set(reconciler, keys.add(key));
  }

  #sendForwards(): void {
    for (const [reconciler, keys] of this.#forwards) {
      const all = [...keys];
      for (let from = 0; from < all.length; from += FORWARDED_KEYS_MAX) {
        this.#options.bus.publish(
          `${WAKE_SUBJECT}.${reconciler}`,
          Buffer.from(JSON.stringify(all.slice(from, from + FORWARDED_KEYS_MAX))),
        );
      }
    }
    this.#forwards.clear();
    this.#changed();
  }

  #receive(payload: Uint8Array, subject: string): void {
    const lane = this.#lanes.get(subject.slice(WAKE_SUBJECT.length + 1));
    if (lane?.epoch === undefined) return;
    const keys: unknown = JSON.parse(Buffer.from(payload).toString());
    if (!Array.isArray(keys)) throw new Error(`${subject}: not a list of keys`);
    for (const key of keys) if (typeof key === 'string' && key.length <= KEY_CHARACTERS_MAX) lane.wake(key);
  }

  /** Resolves when no pass runs, at the latest after STOP_WAIT_MS. */
  async #passesEnded(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = this.#options.clock.setTimer(STOP_WAIT_MS, late.resolve);
    await Promise.race([late.promise, this.settle()]);
    timer.cancel();
  }
}
