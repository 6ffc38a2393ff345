// The bus of a single process: what NATS is in a cluster, with the same promises and no more: at most once, never synchronously,
// payloads are copied, a subscriber that throws hurts nobody else. Subscribers are those at the moment of delivery.
import type { Logger } from '../telemetry/log.ts';
import { nextTurn } from '../time/turn.ts';
import type { Bus, Subscription } from './bus.ts';
import { assertSubject, hasWildcard, matches, parsePattern } from './subject.ts';

/** Keeps one message from stalling the others; half of what NATS takes. */
export const PAYLOAD_BYTES_MAX = 256 * 1024;
/** Messages that wait for the next turn. What is above is lost, which the bus may do: a periodic pass finds what it meant. */
const WAITING_MAX = 100_000;

type Receive = (payload: Uint8Array, subject: string) => void;
interface Subscriber {
  readonly pattern: readonly string[];
  readonly receive: Receive;
}
interface Message {
  readonly subject: string;
  readonly payload: Uint8Array;
}

export interface InProcessBusOptions {
  readonly log: Logger;
}

class InProcessBus implements Bus {
  readonly #log: Logger;
  /** Most subscriptions name one subject: found without walking the others. */
  readonly #exact = new Map<string, Set<Subscriber>>();
  readonly #wild = new Set<Subscriber>();
  #waiting: Message[] = [];
  #delivery: Promise<void> | undefined;
  #lost = 0;
  #closed = false;

  constructor(options: InProcessBusOptions) {
    this.#log = options.log;
  }

  publish(subject: string, payload: Uint8Array): void {
    assertSubject(subject);
    if (payload.byteLength > PAYLOAD_BYTES_MAX) {
      throw new Error(`A message of ${payload.byteLength} bytes on ${subject}: the bus carries at most ${PAYLOAD_BYTES_MAX}`);
    }
    if (this.#closed) return;
    if (this.#waiting.length >= WAITING_MAX) {
      this.#lost++;
      return;
    }
    // NOTE: `slice` of a Buffer shares its memory; the constructor copies.
    this.#waiting.push({ subject, payload: new Uint8Array(payload) });
    this.#delivery ??= new Promise((resolve) => {
      nextTurn(() => {
        this.#deliver();
        resolve();
      });
    });
  }

  subscribe(subject: string, receive: Receive): Subscription {
    const subscriber: Subscriber = { pattern: parsePattern(subject), receive };
    if (hasWildcard(subscriber.pattern)) {
      this.#wild.add(subscriber);
      return { close: () => void this.#wild.delete(subscriber) };
    }
    const group = this.#exact.get(subject) ?? new Set<Subscriber>();
    this.#exact.set(subject, group.add(subscriber));
    return {
      close: () => {
        group.delete(subscriber);
        if (group.size === 0 && this.#exact.get(subject) === group) this.#exact.delete(subject);
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#delivery;
    this.#exact.clear();
    this.#wild.clear();
  }

  #deliver(): void {
    const messages = this.#waiting;
    this.#waiting = [];
    // What subscribers publish meanwhile waits for a turn of its own, so that I/O gets its chance.
    this.#delivery = undefined;
    if (this.#lost > 0) this.#log.warn('bus: messages lost, too many in one turn', { lost: this.#lost });
    this.#lost = 0;
    for (const message of messages) {
      const tokens = message.subject.split('.');
      for (const subscriber of this.#exact.get(message.subject) ?? []) this.#hand(subscriber, message);
      for (const subscriber of this.#wild) if (matches(subscriber.pattern, tokens)) this.#hand(subscriber, message);
    }
  }

  #hand(subscriber: Subscriber, { subject, payload }: Message): void {
    try {
      subscriber.receive(payload, subject);
    } catch (cause) {
      this.#log.error('bus: a subscriber threw', { subject }, cause);
    }
  }
}

export function createInProcessBus(options: InProcessBusOptions): Bus {
  return new InProcessBus(options);
}
