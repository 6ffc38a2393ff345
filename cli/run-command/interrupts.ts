// Ctrl-C while a command is followed. Somebody who leaves the screen must not stop a rollout by it, and somebody who wants to stop it
// has no time to look up how:
//   1st   says how to come back, and leaves after some seconds
//   2nd   cancels the command, and waits until every node has answered
//   3rd   leaves at once
import type { Clock } from '../clock.ts';
import type { Host } from '../host.ts';
import type { CommandApi } from './command-api.ts';

export interface Interrupts {
  /** Aborts when it is time to leave. */
  readonly left: AbortSignal;
  readonly interrupted: boolean;
  readonly cancelled: boolean;
  close(): void;
}

export interface InterruptOptions {
  readonly host: Pick<Host, 'onInterrupt'>;
  readonly clock: Clock;
  readonly api: CommandApi;
  readonly commandId: string;
  readonly notice: (text: string) => void;
}

/** Long enough to read the sentence and decide. */
const DECISION_MS = 5_000;

export function watchInterrupts({ host, clock, api, commandId, notice }: InterruptOptions): Interrupts {
  const leave = new AbortController();
  const decided = new AbortController();
  let presses = 0;

  const cancel = async (): Promise<void> => {
    try {
      await api.cancel(commandId);
      notice('cancelling: waiting for the nodes (Ctrl-C leaves at once)');
    } catch (error) {
      notice(`not cancelled: ${(error as Error).message}`);
      leave.abort();
    }
  };
  const stop = host.onInterrupt(() => {
    presses++;
    if (presses === 1) {
      notice(
        `the command goes on: muster logs ${commandId} --follow; press Ctrl-C again within ${DECISION_MS / 1000} s to cancel it`,
      );
      void clock.wait(DECISION_MS, decided.signal).then(() => (presses === 1 ? leave.abort() : undefined));
    } else if (presses === 2) {
      decided.abort();
      void cancel();
    } else {
      leave.abort();
    }
  });
  return {
    left: leave.signal,
    get interrupted() {
      return presses > 0;
    },
    get cancelled() {
      return presses > 1;
    },
    close: () => {
      decided.abort();
      stop();
    },
  };
}
