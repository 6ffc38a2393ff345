// So many at once, the others in line, first come first served. Whoever goes away leaves the line.

export interface Places {
  /** `gone`: the signal was aborted before there was a place. Whoever `entered` has to leave. */
  enter(signal: AbortSignal): Promise<'entered' | 'gone' | 'full'>;
  leave(): void;
}

export function createPlaces(max: number, waitingMax: number): Places {
  let taken = 0;
  const line = new Set<() => void>();

  return {
    async enter(signal) {
      if (signal.aborted) return 'gone';
      if (taken < max) {
        taken += 1;
        return 'entered';
      }
      if (line.size >= waitingMax) return 'full';
      const { promise, resolve } = Promise.withResolvers<'entered' | 'gone'>();
      const next = (): void => resolve('entered');
      const goAway = (): void => {
        // Called at the same time as the place came: then it is taken, and given back by whoever asked.
        if (line.delete(next)) resolve('gone');
      };
      line.add(next);
      signal.addEventListener('abort', goAway, { once: true });
      return promise.finally(() => signal.removeEventListener('abort', goAway));
    },
    leave() {
      const [next] = line;
      if (next === undefined) taken -= 1;
      else {
        line.delete(next);
        next();
      }
    },
  };
}
