// `muster params exec PATH… -- CMD ARGS`: CMD as a child with its parameters in its environment and nowhere else. Signals go on to it, its exit code
// is ours. Everything is read and judged before it starts.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Host } from '../host.ts';
import { readOptions, SERVER_OPTIONS } from '../options.ts';
import { withServer } from '../server-session.ts';
import { UsageError } from '../usage-error.ts';
import { readPath } from './arguments.ts';
import { ParameterApi } from './parameter-api.ts';
import { readVariables, VARIABLES_MAX } from './variables.ts';

const OPTIONS = { 'data-dir': SERVER_OPTIONS['data-dir'], 'one-level': { type: 'boolean' } } as const;

/** As shells say it. */
const EXIT_NOT_FOUND = 127;
const EXIT_NOT_RUNNABLE = 126;
const EXIT_SIGNAL_BASE = 128;

/** What is sent to us is meant for the command. */
const PASSED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];
/** Keys of a terminal, which sends these to the command itself as well. */
const OF_THE_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

export async function execWithParameters(argv: readonly string[], host: Host): Promise<number> {
  const dashes = argv.indexOf('--');
  const [command, ...args] = dashes === -1 ? [] : argv.slice(dashes + 1);
  const { values, positionals } = readOptions('params', dashes === -1 ? argv : argv.slice(0, dashes), OPTIONS);
  if (command === undefined || positionals.length === 0)
    throw new UsageError('muster params exec PATH… -- CMD ARGS; muster params --help');
  const paths = positionals.map(readPath);
  let environment: Record<string, string> = {};
  const code = await withServer(host, values['data-dir'], async ({ client, screen }) => {
    const api = new ParameterApi(client);
    for (const path of paths) {
      const parameters = await api.allBelow(path, values['one-level'] !== true, VARIABLES_MAX + 1);
      if (parameters.length === 0) screen.note(`no parameters below ${path}`);
      const variables = readVariables(path, parameters);
      const odd = variables.find(({ value }) => value.includes('\0'));
      if (odd !== undefined) throw new UsageError(`${odd.name} has a NUL in its value, which no variable may have`);
      environment = { ...environment, ...Object.fromEntries(variables.map(({ variable, value }) => [variable, value])) };
    }
    return 0;
  });
  return code === 0 ? runWith(host, command, args, environment) : code;
}

async function runWith(
  host: Host,
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const refuse = (error: NodeJS.ErrnoException): number => {
    const why = error.code === 'E2BIG' ? 'the parameters are more than an environment takes here' : (error.code ?? error.message);
    host.stderr.write(`muster: cannot run ${command}: ${why}\n`);
    return error.code === 'ENOENT' ? EXIT_NOT_FOUND : EXIT_NOT_RUNNABLE;
  };
  let child: ChildProcess;
  try {
    child = spawn(command, args, { stdio: 'inherit', env: { ...host.env, ...environment } });
  } catch (error) {
    return refuse(error as NodeJS.ErrnoException);
  }
  const stopPassing = passSignals(child);
  child.once('error', (error) => resolve(refuse(error)));
  child.once('exit', (code, signal) => resolve(code ?? EXIT_SIGNAL_BASE + (signal === null ? 0 : constants.signals[signal])));
  try {
    return await promise;
  } finally {
    stopPassing();
  }
}

function passSignals(child: ChildProcess): () => void {
  const isAtTerminal = process.stdin.isTTY;
  const listeners = PASSED_ON.map((signal) => {
    const pass = (): void => {
      if (!(isAtTerminal && OF_THE_TERMINAL.includes(signal))) child.kill(signal);
    };
    process.on(signal, pass);
    return () => process.off(signal, pass);
  });
  return () => {
    for (const stop of listeners) stop();
  };
}
