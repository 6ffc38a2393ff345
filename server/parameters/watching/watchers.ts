// Who waits for a change of parameters. A change wakes those whom it touches, after its commit; those on other replicas look again by themselves.
// A waiter enters before it looks, so that no change falls between the look and the wait.
import type { Scope } from '../../platform/ids.ts';
import { afterCommit } from '../../platform/store/index.ts';
import type { Tx } from '../../platform/store/index.ts';
import type { Clock } from '../../platform/time/clock.ts';

/** Held calls. Each change looks at all of them, and each holds one of the front door's places. */
const WATCHERS_MAX = 500;

export interface Watcher extends Disposable {
  /** Resolves at the next change since this was called or since it entered, at the latest after `ms`, and when `signal` is aborted. */
  next(ms: number, signal: AbortSignal): Promise<void>;
}

interface Entered {
  readonly scope: Scope;
  readonly touches: (key: string) => boolean;
  changed: boolean;
  wake: (() => void) | undefined;
}

export class Watchers {
  readonly #clock: Pick<Clock, 'setTimer'>;
  readonly #entered = new Set<Entered>();

  constructor(clock: Pick<Clock, 'setTimer'>) {
    this.#clock = clock;
  }

  /** Undefined when too many wait. */
  enter({ account, region }: Scope, touches: (key: string) => boolean): Watcher | undefined {
    if (this.#entered.size >= WATCHERS_MAX) return undefined;
    const entered: Entered = { scope: { account, region }, touches, changed: false, wake: undefined };
    this.#entered.add(entered);
    return {
      next: (ms, signal) => this.#next(entered, ms, signal),
      [Symbol.dispose]: () => void this.#entered.delete(entered),
    };
  }

  changed(tx: Tx, { account, region }: Scope, key: string): void {
    afterCommit(tx, () => {
      for (const one of this.#entered) {
        if (one.scope.account !== account || one.scope.region !== region || !one.touches(key)) continue;
        one.changed = true;
        one.wake?.();
      }
    });
  }

  async #next(entered: Entered, ms: number, signal: AbortSignal): Promise<void> {
    if (!entered.changed && !signal.aborted)
      await new Promise<void>((resolve) => {
        const timer = this.#clock.setTimer(ms, () => entered.wake?.());
        const wake = (): void => {
          entered.wake = undefined;
          timer.cancel();
          signal.removeEventListener('abort', wake);
          resolve();
        };
        entered.wake = wake;
        signal.addEventListener('abort', wake);
      });
    entered.changed = false;
  }
}
