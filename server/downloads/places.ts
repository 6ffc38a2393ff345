// So many at once, the others in line, first come first served; one peer has a part of the places only, so that a node that reads slowly, many
// times, does not keep all others waiting. Whoever goes away leaves the line.

export interface Places {
  /** `gone`: the signal was aborted before there was a place. Whoever `entered` has to leave. */
  enter(peer: string, signal: AbortSignal): Promise<'entered' | 'gone' | 'full'>;
  leave(peer: string): void;
}

export interface PlacesOptions {
  readonly max: number;
  /** Of one peer. */
  readonly eachMax: number;
  readonly waitingMax: number;
}

export function createPlaces({ max, eachMax, waitingMax }: PlacesOptions): Places {
  let taken = 0;
  /** Of peers that have any. */
  const takenBy = new Map<string, number>();
  const line = new Set<{ readonly peer: string; readonly call: () => void }>();

  const isFree = (peer: string): boolean => taken < max && (takenBy.get(peer) ?? 0) < eachMax;
  const take = (peer: string): void => {
    taken += 1;
    takenBy.set(peer, (takenBy.get(peer) ?? 0) + 1);
  };

  return {
    async enter(peer, signal) {
      if (signal.aborted) return 'gone';
      if (isFree(peer)) {
        take(peer);
        return 'entered';
      }
      if (line.size >= waitingMax) return 'full';
      const { promise, resolve } = Promise.withResolvers<'entered' | 'gone'>();
      const next = { peer, call: () => resolve('entered') };
      const goAway = (): void => {
        // Called at the same time as the place came: then it is taken, and given back by whoever asked.
        if (line.delete(next)) resolve('gone');
      };
      line.add(next);
      signal.addEventListener('abort', goAway, { once: true });
      return promise.finally(() => signal.removeEventListener('abort', goAway));
    },
    leave(peer) {
      taken -= 1;
      const left = (takenBy.get(peer) ?? 0) - 1;
      if (left > 0) takenBy.set(peer, left);
      else takenBy.delete(peer);
      for (const next of line) {
        if (!isFree(next.peer)) continue;
        line.delete(next);
        take(next.peer);
        next.call();
        return;
      }
    },
  };
}
