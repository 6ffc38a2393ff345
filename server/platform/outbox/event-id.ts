// Ids of events: UUIDs of version 7, whose text sorts by the time of making, and strictly so within one process. Hence no sequence
// is needed to deliver in order, and replicas never collide.
import type { Ids } from '../ids.ts';
import type { Clock } from '../time/clock.ts';

/** Twelve bits count the events of one millisecond; what is above borrows from the next one. */
const COUNTER_MAX = 0xfff;

export function createEventIds({
  clock,
  ids,
}: {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ids: Pick<Ids, 'hex'>;
}): () => string {
  let lastMs = 0;
  let counter = 0;
  return () => {
    const nowMs = clock.nowMs();
    if (nowMs > lastMs) {
      lastMs = nowMs;
      counter = 0;
    } else if (counter < COUNTER_MAX) counter++;
    else {
      lastMs++;
      counter = 0;
    }
    const time = lastMs.toString(16).padStart(12, '0');
    const random = ids.hex(15);
    // Version 7, then the variant's two bits (one of 8, 9, a, b: 8 is as good as any, 60 random bits are left).
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-8${random.slice(0, 3)}-${random.slice(3)}`;
  };
}
