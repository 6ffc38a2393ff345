// The reconciler that tells the world: reads the oldest events, hands them to every sink, deletes what all sinks took. At least once:
// a sink that fails gets its page again, and so do the others, which know an event by its id.
// It has one key and looks once a second, so its work never competes with the hot path: bounded per look, in small units.
import type { Database } from '../store/database.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Clock } from '../time/clock.ts';
import type { OutboxEvent, OutboxSink } from './outbox.ts';
import { deleteEvents, deleteOldest, findOldestAt, oldestEvents, type OutboxRow } from './store.ts';

export interface OutboxRelayOptions {
  readonly database: Database;
  readonly sinks: readonly OutboxSink[];
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly metrics: Metrics;
}

const RELAY_NAME = 'outbox-relay';
/** How late an event may be told; also the debounce: a burst of commits is one look. */
const LOOK_MS = 1_000;
/** One read of a few milliseconds. */
const PAGE_EVENTS_MAX = 500;
/** Per look: 4,000 events a second, more than a fan-out makes in the long run. */
const PAGES_PER_LOOK_MAX = 8;
/** Without sinks rows are only deleted: a unit of a few milliseconds each. */
const DISCARD_EVENTS_MAX = 2_000;
const DISCARDS_PER_LOOK_MAX = 3;
const ONLY_KEY = 'events';

export function createOutboxRelay({ database, sinks, clock, metrics }: OutboxRelayOptions): Reconciler {
  let oldestAt: number | undefined;
  metrics.gauge('muster_outbox_oldest_seconds', 'Age of the oldest event that waits for its relay, at the last look.', () =>
    oldestAt === undefined ? 0 : Math.max(0, clock.nowMs() - oldestAt) / 1000,
  );

  async function relayPage(): Promise<boolean> {
    const rows = await database.read((tx) => oldestEvents(tx, PAGE_EVENTS_MAX));
    if (rows.length === 0) return false;
    const events = rows.map(toEvent);
    const outcomes = await Promise.allSettled(sinks.map((sink) => sink.deliver(events)));
    const failures = outcomes.flatMap((outcome, at) =>
      outcome.status === 'rejected' ? [new Error(`sink ${sinks[at]?.name} did not take events`, { cause: outcome.reason })] : [],
    );
    if (failures.length > 0)
      throw failures.length === 1 ? failures[0] : new AggregateError(failures, 'sinks did not take events');
    await database.write('outbox.delete', (tx) =>
      deleteEvents(
        tx,
        rows.map(({ id }) => id),
      ),
    );
    return rows.length === PAGE_EVENTS_MAX;
  }

  const discardPage = (): Promise<boolean> => database.write('outbox.discard', (tx) => deleteOldest(tx, DISCARD_EVENTS_MAX));

  return {
    name: RELAY_NAME,
    periodMs: LOOK_MS,
    async due() {
      oldestAt = await database.read(findOldestAt);
      return oldestAt === undefined ? [] : [ONLY_KEY];
    },
    async reconcile() {
      const [onePage, pagesMax] = sinks.length === 0 ? [discardPage, DISCARDS_PER_LOOK_MAX] : [relayPage, PAGES_PER_LOOK_MAX];
      for (let pages = 0; pages < pagesMax && (await onePage()); pages++);
      return undefined;
    },
  };
}

function toEvent({
  account,
  region,
  id,
  source,
  detail_type: detailType,
  ...row
}: OutboxRow): OutboxEvent & { readonly id: string } {
  // Written by `put` from exactly these types.
  const detail: Record<string, unknown> = JSON.parse(row.detail);
  const resources: string[] = JSON.parse(row.resources);
  return { account, region, id, source, detailType, detail, resources, at: new Date(row.at) };
}
