// What every process tells about itself at scrape time: memory, CPU time, and how long the event loop was held up since the last
// scrape. The delay sampler (a timer of its own) starts with the first scrape, so that a process nobody scrapes pays nothing.
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface ProcessReading {
  readonly name: string;
  readonly help: string;
  readonly read: () => number;
}

/** How often the loop is probed: fine enough to see a 20 ms stall, cheap enough to forget. */
const DELAY_RESOLUTION_MS = 10;
const NANOSECONDS_PER_SECOND = 1e9;

export function createProcessReadings(): ProcessReading[] {
  let sampler: ReturnType<typeof monitorEventLoopDelay> | undefined;
  const delay = (percentile: number): number => {
    if (sampler === undefined) {
      sampler = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
      sampler.enable();
    }
    // The sampler counts its own period as delay.
    const beyondPeriod = sampler.percentile(percentile) / NANOSECONDS_PER_SECOND - DELAY_RESOLUTION_MS / 1000;
    return sampler.count === 0 ? 0 : Math.max(0, beyondPeriod);
  };
  return [
    { name: 'process_resident_memory_bytes', help: 'Resident memory.', read: () => process.memoryUsage.rss() },
    { name: 'nodejs_heap_used_bytes', help: 'JavaScript heap in use.', read: () => process.memoryUsage().heapUsed },
    { name: 'process_cpu_seconds', help: 'CPU time used, user and system.', read: cpuSeconds },
    { name: 'nodejs_eventloop_delay_p50_seconds', help: 'Median event loop delay since the last scrape.', read: () => delay(50) },
    {
      name: 'nodejs_eventloop_delay_p99_seconds',
      help: 'Event loop delay since the last scrape, 99th percentile.',
      read: () => {
        const value = delay(99);
        sampler?.reset();
        return value;
      },
    },
  ];
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
