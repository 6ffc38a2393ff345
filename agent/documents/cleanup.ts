// Removes what finished commands left in the orchestration directory after 14 days, as the stock agent (336 hours).
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJobId } from '@muster/protocol/channel.ts';
import type { Journal } from '../journal/journal.ts';
import { pause } from '../machine/clock.ts';
import type { Clock } from '../machine/clock.ts';
import { describeError } from '../machine/log.ts';
import type { Log } from '../machine/log.ts';

const KEPT_MS = 14 * 24 * 3600_000;
const PERIOD_MS = 6 * 3600_000;

export interface CleanupOptions {
  readonly orchestrationDir: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Starts the loop; it ends with `signal`. */
export function startOrchestrationCleanup(options: CleanupOptions): void {
  const { clock, log, signal } = options;
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        await removeOldOrchestration(options);
      } catch (error) {
        log.warn('old command directories could not be removed', { cause: describeError(error) });
      }
      await pause(clock, PERIOD_MS, signal);
    }
  };
  void loop();
}

export async function removeOldOrchestration(options: Omit<CleanupOptions, 'log' | 'signal'>): Promise<void> {
  const { orchestrationDir, journal, clock } = options;
  const live = new Set([...journal.state.jobs.keys()].map((jobId) => parseJobId(jobId)?.commandUuid));
  for (const name of await readdir(orchestrationDir)) {
    const path = join(orchestrationDir, name);
    if (live.has(name) || clock.nowMs() - (await stat(path)).mtimeMs < KEPT_MS) continue;
    await rm(path, { recursive: true, force: true });
  }
}
