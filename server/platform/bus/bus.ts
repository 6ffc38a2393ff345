// Wake-ups and relays between replicas: at most once, unordered across subjects, never the only carrier of a fact (a periodic pass
// finds what a lost message meant). In-process now; NATS has the same interface (subjects are NATS subjects, payloads are bytes).

export interface Subscription {
  close(): void;
}

export interface Bus {
  /** Payload at most 256 KiB. Delivered to subscribers of every replica, this one included, not synchronously. */
  publish(subject: string, payload: Uint8Array): void;
  /** `subject` may end in `.>` (any tail) or hold `*` for one token. */
  subscribe(subject: string, receive: (payload: Uint8Array, subject: string) => void): Subscription;
  close(): Promise<void>;
}
