// Restarting the machine for a script that ended with 194. While a restart is under way nothing new starts, on any job.
import { execFile } from 'node:child_process';
import { pause } from './clock.ts';
import type { Clock } from './clock.ts';
import { describeError } from './log.ts';

/** `shutdown -r +1` gives a minute; a machine that is still the same after this was not restarted (somebody said `shutdown -c`). */
const RESTART_WITHIN_MS = 15 * 60_000;

export interface Rebooter {
  /** Why this agent may not restart the machine; undefined: it may. */
  readonly refusal: string | undefined;
  /** Asks for the restart. Resolves with a sentence when it did not come about; when the agent stops first, rejects. */
  reboot(signal: AbortSignal): Promise<string>;
  /** Resolves at once unless a restart is under way. */
  whenClear(signal: AbortSignal): Promise<void>;
}

export interface RebooterOptions {
  readonly clock: Clock;
  readonly command: readonly string[];
  /** Undefined: the platform has no such thing. */
  readonly userId: number | undefined;
}

export function createRebooter(options: RebooterOptions): Rebooter {
  const { clock, command, userId } = options;
  let underWay = 0;
  let clear = Promise.resolve();
  let setClear: (() => void) | undefined;
  return {
    refusal:
      userId === undefined || userId === 0
        ? undefined
        : 'the script asked for a restart of the machine (exit status 194), but the agent does not run as root and may not restart it',
    async reboot(signal) {
      underWay += 1;
      if (underWay === 1) ({ promise: clear, resolve: setClear } = Promise.withResolvers<void>());
      try {
        await run(command);
        await pause(clock, RESTART_WITHIN_MS, signal);
        signal.throwIfAborted();
        return 'the machine was asked to restart, but did not';
      } catch (error) {
        signal.throwIfAborted();
        return `the machine could not be restarted: ${describeError(error)}`;
      } finally {
        underWay -= 1;
        if (underWay === 0) setClear?.();
      }
    },
    async whenClear(signal) {
      await clear;
      signal.throwIfAborted();
    },
  };
}

export function defaultRebootCommand(platform: NodeJS.Platform): readonly string[] {
  return platform === 'win32' ? ['shutdown.exe', '/r', '/t', '60'] : ['/sbin/shutdown', '-r', '+1'];
}

function run(command: readonly string[]): Promise<void> {
  const [file, ...args] = command;
  if (file === undefined) throw new Error('no restart command');
  return new Promise((resolve, reject) => {
    execFile(file, args, { timeout: 60_000 }, (error) => (error === null ? resolve() : reject(error)));
  });
}
