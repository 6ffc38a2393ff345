// `muster keys rotate-master`, with the server stopped: options in, some lines out. Exit codes: 0 done, 1 not done (one line says why; the same command
// goes on where it was), 2 wrong use.
import { existsSync, renameSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { CommandPage, OptionTable } from '@muster/protocol/command-page.ts';
import { syncDirectoryNow } from './platform/sync-directory.ts';
import { MIGRATIONS } from './compose.ts';
import { readVault } from './config.ts';
import { rotateMasterKey } from './master-key/index.ts';
import { DATA_DIR, OPTIONS, VAULT_OPTIONS } from './options.ts';
import { systemIds } from './platform/ids.ts';
import { SIGNING_PURPOSE } from './platform/journal/index.ts';
import {
  currentWrappedMasterKey,
  endRotation,
  endWrappedRotation,
  hasWrappedMasterKey,
  loadMasterKey,
  type MasterKeySource,
  MasterKeyUnusable,
  nextWrappedMasterKey,
  openRotation,
  PrivateFileUnusable,
  SealError,
  sealWith,
  type VaultOptions,
  vaultTransit,
} from './platform/seal/index.ts';
import {
  DATABASE_FILE,
  DatabaseUnusable,
  DataDirectoryLocked,
  DataTooNew,
  lockDataDirectory,
  openDatabase,
} from './platform/store/index.ts';
import { createLogger, createMetrics, standardErrorWriter } from './platform/telemetry/index.ts';
import { systemClock } from './platform/time/clock.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';
import { UsageError } from './usage-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const USAGE =
  'muster keys rotate-master [--data-dir DIR] [--database-url URL] [--master-key-file FILE] [--new-master-key-file FILE] ' +
  '[--vault-address URL --vault-token-file FILE [--vault-key NAME] [--vault-mount PATH] [--vault-ca-file FILE]] ' +
  '(or the keys themselves in MUSTER_MASTER_KEY and MUSTER_NEW_MASTER_KEY)';
const ROTATION_OPTIONS = {
  'data-dir': { ...DATA_DIR, meaning: "the stopped server's" },
  'database-url': OPTIONS['database-url'],
  'master-key-file': {
    ...OPTIONS['master-key-file'],
    meaning: 'the key so far; goes with --new-master-key-file; unless given, DIR/master.key',
  },
  'new-master-key-file': {
    type: 'string',
    value: 'FILE',
    meaning: 'the key from now on (64 hex digits, 0600); unless given, one is made',
    group: OPTIONS['master-key-file'].group,
  },
  ...VAULT_OPTIONS,
} as const satisfies OptionTable;

export const KEYS_PAGE: CommandPage = {
  command: 'keys',
  what: "a new master key for a stopped server's secrets",
  forms: [['muster keys rotate-master [OPTION]…', 'seals every secret anew; killed at any moment, the same command goes on']],
  examples: [
    ['muster keys rotate-master --data-dir /var/lib/muster', 'a key of its own making, in the data directory'],
    ['muster keys rotate-master --master-key-file old.key --new-master-key-file new.key', 'from one file to another'],
    ['muster keys rotate-master --vault-address https://vault.example.org:8200 --vault-token-file token', 'under Vault'],
  ],
  options: ROTATION_OPTIONS,
  environment: [
    ['MUSTER_…', 'every option: --data-dir is MUSTER_DATA_DIR'],
    ['MUSTER_MASTER_KEY, MUSTER_NEW_MASTER_KEY', 'the keys themselves, 64 hex digits, instead of files'],
  ],
  exits: [
    ['0', 'done'],
    ['1', 'not done: one line says why'],
    ['2', 'wrong use'],
  ],
  notes: [
    'The former key stays as DIR/master.key.<id>: backups from before open with it alone. More: server/master-key/README.md',
  ],
};

const TOLD_IN_ONE_LINE = [
  UsageError,
  MasterKeyUnusable,
  PrivateFileUnusable,
  SealError,
  DataDirectoryLocked,
  DatabaseUnusable,
  DataTooNew,
];

interface Given {
  readonly dataDir: string;
  readonly url: string | undefined;
  readonly from: MasterKeySource | undefined;
  readonly to: MasterKeySource | undefined;
  /** Wraps the new key, and the old one if it is wrapped. */
  readonly vault: VaultOptions | undefined;
}

export async function keysCommand(argv: readonly string[], env: Environment): Promise<number> {
  try {
    const given = argv[0] === 'rotate-master' ? parse(argv.slice(1), env) : undefined;
    if (given === undefined) {
      process.stderr.write(`muster: usage: ${USAGE}; muster keys --help\n`);
      return EXIT_USAGE;
    }
    await rotate(given);
    return 0;
  } catch (error) {
    if (!TOLD_IN_ONE_LINE.some((kind) => error instanceof kind)) throw error;
    process.stderr.write(`muster: ${(error as Error).message}\n`);
    return error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED;
  }
}

async function rotate(given: Given): Promise<void> {
  const { dataDir, url } = given;
  if (url === undefined && !existsSync(join(dataDir, DATABASE_FILE)))
    throw new MasterKeyUnusable(`${dataDir} holds no ${DATABASE_FILE}: name the data directory with --data-dir`);
  // A server that runs would go on sealing with the old key.
  const lock = lockDataDirectory(dataDir);
  try {
    const { current, next } = await keysOf(given);
    const [from, to] = [sealWith(current, systemIds), sealWith(next, systemIds)];
    if (from.keyId === to.keyId) throw new MasterKeyUnusable('the new master key is the old one');
    const count = await sealAnew(given, lock, from, to);
    process.stdout.write(`${count} sealed values are under the new master key ${to.keyId}.\n`);
    tellWhere(given, from.keyId);
  } finally {
    lock.release();
  }
}

/** Without names both lie in the data directory, in the clear or wrapped by Vault. */
async function keysOf({ dataDir, from, to, vault }: Given): Promise<{ readonly current: Buffer; readonly next: Buffer }> {
  const sourceOf = (source: MasterKeySource | undefined): { source?: MasterKeySource } =>
    source === undefined ? {} : { source };
  if (vault !== undefined) {
    const wrapped = { dataDir, wrapper: vaultTransit(vault, { clock: systemClock }), ids: systemIds };
    const isWrapped = hasWrappedMasterKey(dataDir);
    const current = isWrapped
      ? await currentWrappedMasterKey(wrapped)
      : loadMasterKey({ dataDir, ids: systemIds, mayCreate: false, ...sourceOf(from) });
    return { current, next: await nextWrappedMasterKey(wrapped) };
  }
  if (from === undefined && to === undefined) return openRotation(dataDir, systemIds);
  const load = (source: MasterKeySource | undefined): Buffer =>
    loadMasterKey({ dataDir, ids: systemIds, mayCreate: false, ...sourceOf(source) });
  return { current: load(from), next: load(to) };
}

async function sealAnew(
  { dataDir, url }: Given,
  lock: ReturnType<typeof lockDataDirectory>,
  from: ReturnType<typeof sealWith>,
  to: ReturnType<typeof sealWith>,
): Promise<number> {
  const log = createLogger({ write: standardErrorWriter(), clock: systemClock, level: 'warn', format: 'text' });
  const database = await openDatabase({
    dataDir,
    lock,
    ...(url === undefined ? {} : { url }),
    clock: systemClock,
    log,
    metrics: createMetrics(),
    migrations: MIGRATIONS,
  });
  try {
    const keptPurposes = [SIGNING_PURPOSE];
    return await rotateMasterKey({ database, from, to, columns: SEALED_COLUMNS, keptPurposes, clock: systemClock });
  } finally {
    await database.close();
  }
}

function tellWhere({ dataDir, from, to, vault }: Given, formerKeyId: string): void {
  const path = join(dataDir, 'master.key');
  if (vault !== undefined) {
    const kept = endWrappedRotation(dataDir, formerKeyId) ?? retire(from, path, formerKeyId);
    if (kept !== undefined)
      process.stdout.write(`Backups from before need the former key, ${kept}: remove it when there are none left.\n`);
    process.stdout.write('Start the server with the same --vault options.\n');
    return;
  }
  if (from === undefined && to === undefined) {
    const kept = endRotation(dataDir, formerKeyId);
    process.stdout.write(
      `The key is in ${path}. Backups from before need the former one, ${kept}: remove it when there are none left.\n`,
    );
    return;
  }
  const kept = retire(from, path, formerKeyId);
  if (kept !== undefined)
    process.stdout.write(`Backups from before need the former key, ${kept}: remove it when there are none left.\n`);
  process.stdout.write('Start the server with the new key (--master-key-file FILE, or MUSTER_MASTER_KEY).\n');
}

/** What the server would take by itself is the wrong key now. */
function retire(from: MasterKeySource | undefined, path: string, formerKeyId: string): string | undefined {
  if (from !== undefined || !existsSync(path)) return undefined;
  const kept = `${path}.${formerKeyId}`;
  renameSync(path, kept);
  syncDirectoryNow(dirname(path));
  return kept;
}

/** Undefined for wrong use. */
function parse(argv: readonly string[], env: Environment): Given | undefined {
  let values: Readonly<Record<string, unknown>>;
  try {
    ({ values } = parseArgs({ args: [...argv], options: ROTATION_OPTIONS, strict: true, allowPositionals: false }));
  } catch {
    return undefined;
  }
  const valueOf = (name: keyof typeof ROTATION_OPTIONS): string | undefined => {
    const value = values[name] ?? env[`MUSTER_${name.toUpperCase().replaceAll('-', '_')}`];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const source = (key: string | undefined, file: string | undefined): MasterKeySource | undefined =>
    key !== undefined && key !== '' ? { env: key } : file === undefined ? undefined : { file: resolve(file) };
  const from = source(env['MUSTER_MASTER_KEY'], valueOf('master-key-file'));
  const to = source(env['MUSTER_NEW_MASTER_KEY'], valueOf('new-master-key-file'));
  const vault = readVault(valueOf);
  if (vault === undefined ? from !== undefined && to === undefined : to !== undefined) return undefined;
  return { vault, dataDir: resolve(valueOf('data-dir') ?? DATA_DIR.otherwise), url: valueOf('database-url'), from, to };
}
