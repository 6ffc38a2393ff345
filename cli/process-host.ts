// The process that a command of people runs in: its streams, its terminal, its Ctrl-C.
import { buffer } from 'node:stream/consumers';
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
    askHidden: stdin.isTTY ? () => readHiddenLine(stdin) : undefined,
    readPiped: stdin.isTTY ? undefined : () => buffer(stdin),
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

/** The terminal gives keys instead of lines, so it shows none; what edits a line is done here. Ctrl-C ends the process as it would. */
async function readHiddenLine(stdin: NodeJS.ReadStream): Promise<string> {
  let line = '';
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  try {
    for await (const data of stdin.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
      // A paste comes as a whole, with carriage returns.
      for (const key of data) {
        if (key === '\r' || key === '\n' || key === '\x04') return line;
        if (key === '\x03') {
          stdin.setRawMode(false);
          process.kill(process.pid, 'SIGINT');
          return '';
        }
        line = key === '\x7f' || key === '\b' ? line.replace(/.$/su, '') : key === '\x15' ? '' : line + key;
      }
    }
    return line;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
  }
}
