// The process: reads the configuration, starts the server, says where it listens, and stops on SIGTERM or SIGINT. Everything a person sees
// on standard output is written here.
import { createServer as createProbe } from 'node:net';
import { accessSync, constants, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Config, readConfig } from './config.ts';
import { ListenError } from './platform/api/index.ts';
import { systemClock } from './platform/time/clock.ts';
import { readOperatorCertificate } from './platform/tls/index.ts';
import { type MusterServer, startServer } from './server.ts';
import { MasterKeyUnusable, PrivateFileUnusable, SealError } from './platform/seal/index.ts';
import {
  DatabaseUnusable,
  DataDirectoryLocked,
  DataTooNew,
  lockDataDirectory,
  makeNameDurable,
  probePostgres,
} from './platform/store/index.ts';
import { UsageError } from './usage-error.ts';

export type { CommandPage, Explained, OptionRow, OptionTable } from '@muster/protocol/command-page.ts';
export { BACKUP_PAGE, backupCommand, RESTORE_PAGE, restoreCommand } from './backup/commands.ts';
export { SERVER_PAGE } from './options.ts';
export { KEYS_PAGE, keysCommand } from './rotate-master.ts';

export interface LocalNode {
  stop(): Promise<void>;
}

export interface MainOptions {
  /** `npm start` enrols this machine: called when the server is ready, unless --no-local-node. */
  readonly startLocalNode?: (server: MusterServer) => Promise<LocalNode>;
  /** The shell words that print the credentials, for the line to paste. */
  readonly credentialsCommand?: readonly string[];
}

/** Wrong use: nothing was changed. */
const EXIT_USAGE = 2;
/** Errors whose message says what the operator can do. */
const TOLD_IN_ONE_LINE = [
  UsageError,
  DataDirectoryLocked,
  DataTooNew,
  DatabaseUnusable,
  MasterKeyUnusable,
  PrivateFileUnusable,
  SealError,
  ListenError,
];

/** Resolves with the exit code, after a signal or when starting failed. */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv, options: MainOptions = {}): Promise<number> {
  try {
    return await run(argv, env, options);
  } catch (error) {
    if (!TOLD_IN_ONE_LINE.some((kind) => error instanceof kind)) throw error;
    process.stderr.write(`muster: ${(error as Error).message}\n`);
    return EXIT_USAGE;
  }
}

async function run(argv: readonly string[], env: NodeJS.ProcessEnv, options: MainOptions): Promise<number> {
  const { config, secrets } = readConfig(argv, env, { localNode: options.startLocalNode !== undefined });
  await checkAddress(config);
  checkDataDirectory(config.dataDir);
  checkCertificate(config);
  // As the port: a database that cannot be used is told before anything is written.
  if (secrets.databaseUrl !== undefined) await probePostgres(secrets.databaseUrl);
  const signal = nextSignal();

  makeDataDirectory(config.dataDir);
  const lock = lockDataDirectory(config.dataDir);
  const pidFile = join(config.dataDir, 'server.pid');
  const server = await startServer(config, secrets, lock);
  let localNode: LocalNode | undefined;
  try {
    writeFileSync(pidFile, `${process.pid}\n`);
    announce(config, server, options.credentialsCommand ?? ['muster', 'credentials']);
    if (config.localNode) localNode = await options.startLocalNode?.(server);
    server.log.info('stopping', { signal: await signal });
  } finally {
    await localNode?.stop();
    await server.stop();
    rmSync(pidFile, { force: true });
    lock.release();
  }
  return 0;
}

/** A taken port must be told before anything is written. */
async function checkAddress(config: Config): Promise<void> {
  const probe = createProbe();
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    probe.once('error', resolve);
    probe.listen({ host: config.host, port: config.port, exclusive: true }, () => resolve(undefined));
  });
  if (failure !== undefined)
    throw new UsageError(`cannot listen on ${config.host}:${config.port}: ${reason(failure)}`, { cause: failure });
  await new Promise((resolve) => probe.close(resolve));
}

function checkCertificate({ tls, tlsCertificate }: Config): void {
  if (!tls || tlsCertificate === undefined) return;
  const { certFile: certificateFile, keyFile } = tlsCertificate;
  try {
    readOperatorCertificate({ certificateFile, keyFile }, systemClock.now());
  } catch (error) {
    throw new UsageError(`--tls-cert-file ${certificateFile} and --tls-key-file ${keyFile}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function checkDataDirectory(dataDir: string): void {
  const { existing } = missingDirectories(dataDir);
  if (!statSync(existing).isDirectory())
    throw new UsageError(`cannot write to the data directory ${dataDir}: ${existing} is not a directory.`);
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unwritable(dataDir, error);
  }
}

/** One by one: a recursive mkdir never returns where the file system says that a directory just made is not there, as /proc does. */
function makeDataDirectory(dataDir: string): void {
  try {
    for (const directory of missingDirectories(dataDir).missing) {
      mkdirSync(directory, { mode: 0o700 });
      makeNameDurable(directory);
    }
  } catch (error) {
    throw unwritable(dataDir, error);
  }
}

/** From the outermost that is missing inwards, and the one that is there. */
function missingDirectories(path: string): { readonly existing: string; readonly missing: readonly string[] } {
  const missing: string[] = [];
  let existing = path;
  while (!existsSync(existing)) {
    missing.unshift(existing);
    existing = dirname(existing);
  }
  return { existing, missing };
}

function unwritable(dataDir: string, error: unknown): UsageError {
  return new UsageError(`cannot write to the data directory ${dataDir}: ${reason(error as NodeJS.ErrnoException)}`, {
    cause: error,
  });
}

function reason(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return 'the port is taken; stop what listens there, or choose another with --listen.';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'permission denied.';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address.';
    default:
      return error.message;
  }
}

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(name, () => resolve(name));
  });
}

function announce(config: Config, server: MusterServer, credentialsCommand: readonly string[]): void {
  const command = [...credentialsCommand, '--data-dir', config.dataDir].map(quote).join(' ');
  const lines = [
    `Muster listens on ${server.endpoint} (data in ${config.dataDir}).`,
    'To make the AWS CLI talk to it, paste:',
    '',
    `  eval "$(${command})"`,
    '',
    'and then, for example:',
    '',
    '  aws ssm describe-instance-information',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
