// Reads of people and tools take turns with everything else that the one thread does: a few in each turn of the event loop, the rest waits, first come
// first served. So a thousand impatient readers slow each other down, not the commands under way. What changes something does not wait here.
import { nextTurn } from '../time/turn.ts';
import { ApiError } from './errors.ts';

/** Some milliseconds of a turn: a read takes less than half of one. */
export const READS_PER_TURN_MAX = 16;
/** Those that wait hold their head and a socket, no body yet. Behind so many a caller had better ask again. */
export const READS_WAITING_MAX = 5_000;

export interface Pace {
  readonly waiting: number;
  /** Resolves when it is this read's turn; undefined: at once. Throws ServiceUnavailable when too many wait. */
  turn(): Promise<void> | undefined;
  /** The server stops: whoever waits, and whoever comes, is sent away. */
  drain(): void;
}

export function createPace(perTurn = READS_PER_TURN_MAX, waitingMax = READS_WAITING_MAX): Pace {
  const waiting: PromiseWithResolvers<void>[] = [];
  let draining = false;
  let admitted = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    nextTurn(() => {
      scheduled = false;
      const next = waiting.splice(0, perTurn);
      admitted = next.length;
      if (admitted > 0) schedule();
      for (const { resolve } of next) resolve();
    });
  }

  return {
    get waiting() {
      return waiting.length;
    },
    turn() {
      if (draining) throw stopping();
      schedule();
      if (admitted < perTurn && waiting.length === 0) {
        admitted++;
        return undefined;
      }
      if (waiting.length >= waitingMax)
        throw new ApiError('ServiceUnavailable', 'The server has too many requests waiting. Try again.');
      const place = Promise.withResolvers<void>();
      waiting.push(place);
      return place.promise;
    },
    drain() {
      draining = true;
      for (const { reject } of waiting.splice(0)) reject(stopping());
    },
  };
}

function stopping(): ApiError {
  return new ApiError('ServiceUnavailable', 'The server stops. Try again.');
}
