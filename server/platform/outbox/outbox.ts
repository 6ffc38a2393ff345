// Things to tell the world (EventBridge events, notifications), written in the transaction of the deed and relayed afterwards, at
// least once, by a leased reconciler to every sink; deleted when all sinks took them.
import type { Scope } from '../ids.ts';
import type { Tx } from '../store/database.ts';

export interface OutboxEvent extends Scope {
  /** EventBridge `source`, such as `aws.ssm`. */
  readonly source: string;
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** ARNs. */
  readonly resources: readonly string[];
  readonly at: Date;
}

export interface Outbox {
  /** Whether anybody listens: without, events that cost something to make need not be made. */
  readonly isHeard: boolean;
  put(tx: Tx, events: readonly OutboxEvent[]): Promise<void>;
}

export interface OutboxSink {
  readonly name: string;
  deliver(events: readonly (OutboxEvent & { readonly id: string })[]): Promise<void>;
}
