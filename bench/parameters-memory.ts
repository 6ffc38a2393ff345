// Whether memory grows with the number of calls: secrets read and parameters put for a while, in windows of equal length; of each the lowest heap (just
// after a collection, so what lives) and the largest resident memory.
import { setTimeout as pause } from 'node:timers/promises';
import { give, type Callers } from './parameters-rates.ts';
import { type ParameterServer, readings } from './parameters-server.ts';
import { residentBytes } from './process-readings.ts';
import type { Bar } from './verdict.ts';

/** The first warm up: compiled code, caches, the database's pages. */
const WARM_WINDOWS = 3;
const WINDOWS = 6;
const WINDOW_SECONDS = 6;
const SAMPLE_MS = 100;
/** Of the last window above the largest of the warm-up: a leak of 100 bytes a call is seen after 80,000 calls. */
const HEAP_MB_MAX = 8;
/** Garbage between two collections, and buffers: it goes up and down by some 30 MB. */
const RESIDENT_MB_MAX = 40;
const MB = 1024 * 1024;

export async function measureMemory(
  { callers }: Callers,
  target: ParameterServer,
  requests: () => readonly Buffer[],
  clients: number,
): Promise<readonly Bar[]> {
  const heaps: number[] = [];
  const residents: number[] = [];
  let calls = 0;
  for (let window = 0; window < WINDOWS; window++) {
    const [request = '', ...others] = requests().map((bytes) => bytes.toString('base64'));
    const ended = new AbortController();
    const samples: { heap: number; resident: number }[] = [];
    const sample = async (): Promise<void> => {
      while (!ended.signal.aborted) {
        const heap = (await readings(target.server)).get('nodejs_heap_used_bytes') ?? Number.NaN;
        samples.push({ heap, resident: residentBytes(target.server.pid) });
        await pause(SAMPLE_MS);
      }
    };
    const order = { request, others, clients, seconds: WINDOW_SECONDS, port: target.port };
    const [report] = await Promise.all([give(callers, order).finally(() => ended.abort()), sample()]);
    if (report.refused > 0) throw new Error(`${report.refused} calls were refused`);
    if (window >= WARM_WINDOWS) calls += report.answers;
    heaps.push(Math.min(...samples.map(({ heap }) => heap)) / MB);
    residents.push(Math.max(...samples.map(({ resident }) => resident)) / MB);
  }
  const list = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(', ');
  process.stdout.write(
    `  memory over ${calls} calls after the warm-up, windows of ${WINDOW_SECONDS} s   lowest heap ${list(heaps)} MB   largest resident ${list(residents)} MB\n`,
  );
  const growth = (values: readonly number[]) =>
    Math.max(0, (values.at(-1) ?? Number.NaN) - Math.max(...values.slice(0, WARM_WINDOWS)));
  return [
    { what: 'heap that lives, last window above the warm-up', measured: growth(heaps), atMost: HEAP_MB_MAX, unit: 'MB' },
    {
      what: 'resident memory, last window above the warm-up',
      measured: growth(residents),
      atMost: RESIDENT_MB_MAX,
      unit: 'MB',
    },
  ];
}
