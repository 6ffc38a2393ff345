// The process that a command of people runs in: its streams, its terminal, its Ctrl-C.
import { systemClock } from './clock.ts';
import type { Host } from './host.ts';

export function processHost(env: Host['env']): Host {
  const { stdin, stdout, stderr } = process;
  return {
    env,
    clock: systemClock,
    stdout,
    stderr,
    ask: stdin.isTTY ? () => readLine(stdin) : undefined,
    onInterrupt(listener) {
      process.on('SIGINT', listener);
      return () => process.off('SIGINT', listener);
    },
  };
}

/** A terminal gives whole lines; its end is an empty answer. */
async function readLine(stdin: NodeJS.ReadStream): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  stdin.once('data', (data: Buffer) => resolve(data.toString()));
  stdin.once('end', () => resolve(''));
  const line = await promise;
  stdin.pause();
  return line.replace(/\r?\n$/, '');
}
