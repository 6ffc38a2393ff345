// The writing half of the outbox: one multi-row insert into the caller's transaction. The relay is the other half. Where nobody listens nothing is
// written: two rows in and out again were a tenth of what a put costs.
import type { Ids } from '../ids.ts';
import type { Clock } from '../time/clock.ts';
import { createEventIds } from './event-id.ts';
import type { Outbox, OutboxEvent, OutboxSink } from './outbox.ts';
import { appendEvents } from './store.ts';

/** As EventBridge: an entry has at most 256 KiB. Whoever puts more made a mistake. */
const DETAIL_CHARACTERS_MAX = 256 * 1024;

export interface OutboxOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  /** The relay's. */
  readonly sinks: readonly OutboxSink[];
}

export function createOutbox(options: OutboxOptions): Outbox {
  const nextId = createEventIds(options);
  const isHeard = options.sinks.length > 0;
  return {
    isHeard,
    async put(tx, events) {
      if (events.length === 0 || !isHeard) return;
      await appendEvents(
        tx,
        events.map((event) => ({
          account: event.account,
          region: event.region,
          id: nextId(),
          source: event.source,
          detail_type: event.detailType,
          detail: detailText(event),
          resources: JSON.stringify(event.resources),
          at: event.at.getTime(),
        })),
      );
    },
  };
}

function detailText({ source, detailType, detail }: OutboxEvent): string {
  const text = JSON.stringify(detail);
  if (text.length > DETAIL_CHARACTERS_MAX) {
    throw new Error(`The detail of ${source} '${detailType}' has ${text.length} characters, more than ${DETAIL_CHARACTERS_MAX}`);
  }
  return text;
}
