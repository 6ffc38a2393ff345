// `muster backup` and `muster restore`: options in, one or two lines out. Exit codes: 0 done, 1 not done (one line says why), 2 wrong use.
import { join, resolve } from 'node:path';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { CommandPage, Explained, OptionTable } from '@muster/protocol/command-page.ts';
import { systemClock } from '../platform/time/clock.ts';
import { backup } from './backup.ts';
import { BackupUnusable } from './manifest.ts';
import { restore } from './restore.ts';

type Given = Readonly<Record<string, string | undefined>>;
type Environment = Readonly<Record<string, string | undefined>>;

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const DATA_DIR = { type: 'string', value: 'DIR', otherwise: './muster-data' } as const;
const BACKUP_OPTIONS = {
  to: { type: 'string', value: 'DIR', required: true, meaning: 'the backup: a directory that is not there yet' },
  'data-dir': { ...DATA_DIR, meaning: 'what is copied; its server may run' },
  'without-master-key': { type: 'boolean', meaning: 'the secrets in the backup cannot be read with the backup alone' },
} as const satisfies OptionTable;
const RESTORE_OPTIONS = {
  from: { type: 'string', value: 'DIR', required: true, meaning: 'a backup; every byte is compared with its list first' },
  'data-dir': { ...DATA_DIR, meaning: 'the data directory that is made; it is not there yet, or empty' },
} as const satisfies OptionTable;
const BACKUP_USAGE = 'muster backup --to DIR [--data-dir DIR] [--without-master-key]; muster backup --help';
const RESTORE_USAGE = 'muster restore --from DIR [--data-dir DIR]; muster restore --help';

const ENVIRONMENT: readonly Explained[] = [['MUSTER_DATA_DIR', 'for --data-dir']];
const EXITS: readonly Explained[] = [
  ['0', 'done'],
  ['1', 'not done, and nothing was left behind: one line says why'],
  ['2', 'wrong use'],
];

export const BACKUP_PAGE: CommandPage = {
  command: 'backup',
  what: 'a consistent copy of a data directory, also of a running server',
  forms: [['muster backup --to DIR [OPTION]…', '']],
  examples: [
    ['muster backup --to /backups/monday --data-dir /var/lib/muster', 'whole: who can read it can read every secret'],
    ['muster backup --to /backups/monday --without-master-key', 'with the key kept elsewhere'],
  ],
  options: BACKUP_OPTIONS,
  environment: ENVIRONMENT,
  exits: EXITS,
  notes: ['State in PostgreSQL is backed up there: docs/postgresql.md'],
};

export const RESTORE_PAGE: CommandPage = {
  command: 'restore',
  what: 'a data directory of a backup',
  forms: [['muster restore --from DIR [OPTION]…', '']],
  examples: [
    ['muster restore --from /backups/monday --data-dir /var/lib/muster', ''],
    ['muster restore --from /backups/monday --data-dir ./look && muster server --data-dir ./look', 'to look into one'],
  ],
  options: RESTORE_OPTIONS,
  environment: ENVIRONMENT,
  exits: EXITS,
};

export async function backupCommand(argv: readonly string[], env: Environment): Promise<number> {
  const given = parse(argv, BACKUP_OPTIONS);
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
        : 'It holds no master key: keep the key elsewhere, nothing sealed can be read without it.\n' +
            "It holds the administrator's credentials: who can read it can call the running server.\n",
    );
  });
}

export async function restoreCommand(argv: readonly string[], env: Environment): Promise<number> {
  const given = parse(argv, RESTORE_OPTIONS);
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
function parse(argv: readonly string[], options: OptionTable): Given | undefined {
  try {
    const { values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false });
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
  } catch {
    return undefined;
  }
}

function dataDirectory(given: Given, env: Environment): string {
  return resolve(given['data-dir'] ?? env['MUSTER_DATA_DIR'] ?? DATA_DIR.otherwise);
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
