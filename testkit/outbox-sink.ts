// Somebody who listens to events: with them the outbox writes what it is given, which tests of domains then read.
import type { OutboxSink } from '@muster/server/platform/outbox/index.ts';

export const listener: OutboxSink = { name: 'listener', deliver: () => Promise.resolve() };
