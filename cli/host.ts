// What a command of people is given of the process that it runs in.
import type { Clock } from './clock.ts';

export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  /** False: wait for `drain` before more is written. */
  write(data: string | Uint8Array): boolean;
  once(event: 'drain', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** One line that a person types, without its end; undefined when nobody can be asked. */
  readonly ask: (() => Promise<string>) | undefined;
  /** The same without what is typed being shown. */
  readonly askHidden?: (() => Promise<string>) | undefined;
  /** Standard input to its end; undefined where it is a terminal. */
  readonly readPiped?: (() => Promise<Buffer>) | undefined;
  /** Calls the listener at each Ctrl-C until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
}
