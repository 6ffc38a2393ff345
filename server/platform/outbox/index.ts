// The public face of the outbox.
export type { Outbox, OutboxEvent, OutboxSink } from './outbox.ts';
export { createOutbox } from './create-outbox.ts';
export { createOutboxRelay } from './relay.ts';
export type { OutboxRelayOptions } from './relay.ts';
export { migrations } from './migrations/index.ts';
