// Gives memory back after a burst. A fan-out to thousands of nodes grows the heap by what was in flight; when it is over nothing allocates,
// so V8 sees no reason to collect, and what the dead buffers hold stays resident for hours. Once the loop is idle, one full collection is cheap
// and costs nobody anything.
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock, Timer } from '../time/clock.ts';

export interface HeapReading {
  /** Of the time since the last look, how much the loop was busy: 0 to 1. */
  readonly utilization: number;
  /** Heap and buffers together, in bytes. */
  readonly usedBytes: number;
  readonly heapTotalBytes: number;
  /** `usedBytes` just after the last collection. */
  readonly liveBytes: number;
}

const LOOK_MS = 5_000;
/** A collection of a heap of 100 MB takes about 50 ms: only when the loop has next to nothing to do. */
const IDLE_UTILIZATION_MAX = 0.05;
/** Less than this is not worth a collection. */
const GARBAGE_BYTES_MIN = 16 * 1024 * 1024;
/** Room that V8 holds beyond what lives. */
const SLACK_BYTES_MIN = 32 * 1024 * 1024;

export function isWorthCollecting(reading: HeapReading): boolean {
  if (reading.utilization > IDLE_UTILIZATION_MAX) return false;
  return (
    reading.usedBytes - reading.liveBytes > GARBAGE_BYTES_MIN || reading.heapTotalBytes - reading.liveBytes > SLACK_BYTES_MIN
  );
}

export function collectWhenIdle(clock: Clock): { stop(): void } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let timer: Timer | undefined;
  let liveBytes = 0;
  let before = performance.eventLoopUtilization();
  const look = (): void => {
    const since = performance.eventLoopUtilization(before);
    before = performance.eventLoopUtilization();
    const { heapUsed, heapTotal, external } = process.memoryUsage();
    if (
      isWorthCollecting({ utilization: since.utilization, usedBytes: heapUsed + external, heapTotalBytes: heapTotal, liveBytes })
    ) {
      collect();
      const after = process.memoryUsage();
      // Where V8 keeps its room all the same, asking again would change nothing: count it as alive.
      liveBytes = Math.max(after.heapUsed + after.external, after.heapTotal - SLACK_BYTES_MIN);
    }
    timer = clock.setTimer(LOOK_MS, look);
  };
  timer = clock.setTimer(LOOK_MS, look);
  return { stop: () => timer?.cancel() };
}
