// What /healthz and /readyz answer. Live: the process turns its event loop. Ready: every named check passes and nobody has begun
// to drain. The answer holds names only; why a check failed goes to the log, since strangers may ask.
import type { Clock } from '../time/clock.ts';
import type { Logger } from './log.ts';

/** Passes by returning, fails by throwing. */
export type HealthCheck = () => void | Promise<void>;

export interface Readiness {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean }[];
}

export interface Health {
  live(): { readonly ok: true };
  ready(): Promise<Readiness>;
  addCheck(name: string, check: HealthCheck): void;
  /** From now on not ready: load balancers take this replica out while it finishes its work. */
  drain(): void;
}

/** A check that hangs is a check that fails; load balancers commonly wait 5 s. */
const CHECK_MS_MAX = 2_000;

export function createHealth(options: { readonly clock: Pick<Clock, 'setTimer'>; readonly log: Logger }): Health {
  const checks = new Map<string, HealthCheck>();
  let draining = false;

  const outcome = async (name: string, check: HealthCheck): Promise<{ name: string; ok: boolean }> => {
    const late = Promise.withResolvers<never>();
    const timer = options.clock.setTimer(CHECK_MS_MAX, () => late.reject(new Error(`no answer within ${CHECK_MS_MAX} ms`)));
    try {
      await Promise.race([check(), late.promise]);
      return { name, ok: true };
    } catch (error) {
      options.log.error('readiness check failed', { check: name }, error);
      return { name, ok: false };
    } finally {
      timer.cancel();
    }
  };

  return {
    live: () => ({ ok: true }),
    async ready() {
      const results = await Promise.all([...checks].map(([name, check]) => outcome(name, check)));
      if (draining) results.push({ name: 'draining', ok: false });
      return { ok: results.every(({ ok }) => ok), checks: results };
    },
    addCheck(name, check) {
      if (checks.has(name)) throw new Error(`health check ${name} is registered twice`);
      checks.set(name, check);
    },
    drain() {
      draining = true;
    },
  };
}
