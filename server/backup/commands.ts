// `muster backup` and `muster restore`: options in, one or two lines out. Exit codes: 0 done, 1 not done (one line says why), 2 wrong use.
import { join, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { systemClock } from '../platform/time/clock.ts';
import { backup } from './backup.ts';
import { BackupUnusable } from './manifest.ts';
import { restore } from './restore.ts';

type Given = Readonly<Record<string, string | undefined>>;
type Environment = Readonly<Record<string, string | undefined>>;

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const DATA_DIR = './muster-data';
const BACKUP_USAGE = 'muster backup --to DIR [--data-dir DIR] [--without-master-key]';
const RESTORE_USAGE = 'muster restore --from DIR [--data-dir DIR]';

export async function backupCommand(argv: readonly string[], env: Environment): Promise<number> {
  const given = parse(argv, ['to'], ['without-master-key']);
  const target = given?.['to'];
  if (given === undefined || target === undefined) return wrongUse(BACKUP_USAGE);
  const dataDir = dataDirectory(given, env);
  return await told(async () => {
    const report = await backup({
      dataDir,
      target,
      withMasterKey: given['without-master-key'] === undefined,
      clock: systemClock,
    });
    process.stdout.write(`Backup of ${dataDir} in ${target}: ${report.files} files, ${report.sizeBytes} bytes.\n`);
    process.stdout.write(
      report.holdsMasterKey
        ? 'It holds the master key: who can read it can read every secret in it.\n'
        : 'It holds no master key: keep the key elsewhere, nothing sealed can be read without it.\n',
    );
  });
}

export async function restoreCommand(argv: readonly string[], env: Environment): Promise<number> {
  const given = parse(argv, ['from'], []);
  const source = given?.['from'];
  if (given === undefined || source === undefined) return wrongUse(RESTORE_USAGE);
  const dataDir = dataDirectory(given, env);
  return await told(async () => {
    const manifest = await restore({ source, dataDir });
    process.stdout.write(`${dataDir} is as it was at ${manifest.createdAt.toISOString()}: ${manifest.files.length} files.\n`);
    if (!existsSync(join(dataDir, 'master.key')))
      process.stdout.write('The backup held no master key: start the server with the key that was used then.\n');
  });
}

/** Undefined for wrong use. A flag that is set reads `true`. */
function parse(argv: readonly string[], names: readonly string[], flags: readonly string[]): Given | undefined {
  const options = Object.fromEntries([
    ...['data-dir', ...names].map((name) => [name, { type: 'string' as const }]),
    ...flags.map((name) => [name, { type: 'boolean' as const }]),
  ]);
  try {
    const { values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false });
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
  } catch {
    return undefined;
  }
}

function dataDirectory(given: Given, env: Environment): string {
  return resolve(given['data-dir'] ?? env['MUSTER_DATA_DIR'] ?? DATA_DIR);
}

function wrongUse(usage: string): number {
  process.stderr.write(`muster: usage: ${usage}\n`);
  return EXIT_USAGE;
}

async function told(run: () => Promise<void>): Promise<number> {
  try {
    await run();
    return 0;
  } catch (error) {
    const isOurs = error instanceof BackupUnusable || (error instanceof Error && 'code' in error);
    if (!isOurs) throw error;
    process.stderr.write(`muster: ${(error as Error).message}\n`);
    return EXIT_FAILED;
  }
}
