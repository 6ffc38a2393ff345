// Tells whoever waits that something happened to a command, on whichever replica, and waits for it. The message says only that: what happened is
// read from the store. It may be lost; then the wait ends with its time.
import type { Bus } from '../platform/bus/bus.ts';
import { afterCommit, type Tx } from '../platform/store/index.ts';
import type { RunCommand } from './domain.ts';
import type { CommandKey } from './command.ts';

/**
 * Long polls held at once, by one process; what is above is answered without waiting. Half of what the front door lets in (`platform/api/gate.ts`):
 * however many watch, there is room for who wants to send or to stop something.
 */
const WAITING_MAX = 500;
/** What comes within this is one look: a fan-out changes thousands of rows a second. */
const GATHER_MS = 50;

const waiting = new WeakMap<Bus, number>();
const NOTHING = new Uint8Array();

export function announceChange(run: Pick<RunCommand, 'bus'>, tx: Tx, key: CommandKey): void {
  afterCommit(tx, () => run.bus.publish(subjectOf(key), NOTHING));
}

function subjectOf(key: CommandKey): string {
  return `muster.run-command.${key.account}.${key.region}.${key.commandId}`;
}

export interface Wait {
  readonly seconds: number;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
}

/** Looks until there is something to tell, the time is over, or the client has gone; answers the last look. */
export async function lookUntil<Seen>(
  run: Pick<RunCommand, 'bus' | 'clock'>,
  key: CommandKey,
  wait: Wait,
  look: () => Promise<Seen>,
  enough: (seen: Seen) => boolean,
): Promise<Seen> {
  const count = waiting.get(run.bus) ?? 0;
  const deadlineMs = run.clock.monotonicMs() + (count >= WAITING_MAX ? 0 : wait.seconds * 1000);
  waiting.set(run.bus, count + 1);
  let changed = false;
  let wake: () => void = () => undefined;
  // Before the first look: what happens between a look and its wait must not be missed.
  const subscription = run.bus.subscribe(subjectOf(key), () => {
    changed = true;
    wake();
  });
  const pause = (ms: number, wakeable: boolean): Promise<void> =>
    new Promise((resolve) => {
      const timer = run.clock.setTimer(ms, end);
      function end(): void {
        timer.cancel();
        wait.signal.removeEventListener('abort', end);
        wake = () => undefined;
        resolve();
      }
      wait.signal.addEventListener('abort', end, { once: true });
      if (wakeable) wake = end;
    });
  try {
    for (;;) {
      changed = false;
      const seen = await look();
      const leftMs = deadlineMs - run.clock.monotonicMs();
      if (enough(seen) || leftMs <= 0 || wait.signal.aborted) return seen;
      if (!changed) await pause(leftMs, true);
      if (changed) await pause(Math.min(GATHER_MS, Math.max(0, deadlineMs - run.clock.monotonicMs())), false);
    }
  } finally {
    subscription.close();
    waiting.set(run.bus, (waiting.get(run.bus) ?? 1) - 1);
  }
}
