// The options of `muster server` and `muster start`: one table that the parser, the defaults and the help page are made of. The command line wins
// over the environment (MUSTER_LISTEN for --listen), which wins over the file (JSON, keys as the options: "listen", "data-dir").
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { CommandPage, OptionTable } from '@muster/protocol/command-page.ts';
import { UsageError } from './usage-error.ts';

const ADDRESS = 'Address and certificate';
const STATE = 'State';
const SECRETS = 'Master key';
const BEHAVIOUR = 'What it does';
const AUDIT = 'Audit';
const TRYING_OUT = 'For trying out, on loopback only';

/** A hundred years: whoever says more means something else. */
const AUDIT_DAYS_MAX = 36_500;
/** 10 GB: more than a busy fleet writes in the default retention. */
const AUDIT_BYTES = String(10 * 1024 ** 3);

export const DATA_DIR = {
  type: 'string',
  value: 'DIR',
  otherwise: './muster-data',
  meaning: 'where everything is kept',
  group: STATE,
} as const;

/** Where the master key is, for the server and for a rotation. */
export const VAULT_OPTIONS = {
  'vault-address': {
    type: 'string',
    value: 'URL',
    meaning: 'Vault, whose Transit engine wraps the master key; https (http on loopback only)',
    group: SECRETS,
  },
  'vault-token-file': { type: 'string', value: 'FILE', meaning: 'holds the token for --vault-address (0600)', group: SECRETS },
  'vault-key': { type: 'string', value: 'NAME', otherwise: 'muster', meaning: "Transit's key", group: SECRETS },
  'vault-mount': { type: 'string', value: 'PATH', otherwise: 'transit', meaning: 'where Transit is mounted', group: SECRETS },
  'vault-ca-file': { type: 'string', value: 'FILE', meaning: "PEM of the authority of Vault's certificate", group: SECRETS },
} as const satisfies OptionTable;

export const OPTIONS = {
  listen: {
    type: 'string',
    value: 'HOST:PORT',
    otherwise: '127.0.0.1:8443',
    meaning: 'where it listens; 0.0.0.0:8443 for other machines',
    group: ADDRESS,
  },
  'public-url': {
    type: 'string',
    value: 'URL',
    meaning: 'what links given to others begin with; unless given, the address of --listen',
    group: ADDRESS,
  },
  'tls-name': {
    type: 'string',
    multiple: true,
    value: 'NAME',
    meaning: 'a name or address in its certificate, besides those of loopback',
    group: ADDRESS,
  },
  'tls-cert-file': {
    type: 'string',
    value: 'FILE',
    meaning: 'a certificate of your own (PEM), with --tls-key-file; unless given, one of its own authority',
    group: ADDRESS,
  },
  'tls-key-file': { type: 'string', value: 'FILE', meaning: 'the key of --tls-cert-file (PEM)', group: ADDRESS },
  'data-dir': DATA_DIR,
  'database-url': {
    type: 'string',
    value: 'URL',
    meaning: 'state in PostgreSQL, 13 or newer, instead of SQLite in the data directory (docs/postgresql.md)',
    group: STATE,
  },
  'nats-url': { type: 'string', value: 'URL', meaning: 'refused: there are no clusters yet', group: STATE },
  config: {
    type: 'string',
    value: 'FILE',
    meaning: 'JSON with these options as keys, for what neither the command line nor the environment says',
    group: STATE,
  },
  'master-key-file': {
    type: 'string',
    value: 'FILE',
    meaning: 'holds the key that secrets are sealed under (64 hex digits, 0600); unless given, DIR/master.key',
    group: SECRETS,
  },
  ...VAULT_OPTIONS,
  account: {
    type: 'string',
    value: 'ID',
    otherwise: '000000000000',
    meaning: 'the account that everything belongs to: twelve digits',
    group: BEHAVIOUR,
  },
  region: {
    type: 'string',
    multiple: true,
    value: 'R',
    otherwise: 'us-east-1',
    meaning: 'a region that there is (a-z, 0-9, hyphens), the main one first',
    group: BEHAVIOUR,
  },
  'no-local-node': { type: 'boolean', meaning: 'of muster start: this machine is not enrolled as a node', group: BEHAVIOUR },
  'slow-start': {
    type: 'boolean',
    meaning: 'a command begins with few nodes and takes more as they answer, as in AWS',
    group: BEHAVIOUR,
  },
  'command-retention-days': {
    type: 'string',
    value: 'DAYS',
    otherwise: '30',
    // Ten years: beyond, 0 says what is meant.
    range: [0, 3_650],
    meaning: 'how long finished commands and their output are kept; 0: for ever',
    group: BEHAVIOUR,
  },
  'parameter-limits': {
    type: 'string',
    value: 'none|aws|LIST',
    otherwise: 'none',
    meaning: 'numbers and calls a second; LIST: standard=N,advanced=N,rate=N,high-rate=N, some of them',
    group: BEHAVIOUR,
  },
  'log-level': {
    type: 'string',
    value: 'debug|info|warn|error',
    otherwise: 'info',
    meaning: 'what is written to standard error',
    group: BEHAVIOUR,
  },
  'audit-retention-days': {
    type: 'string',
    value: 'DAYS',
    otherwise: '90',
    range: [1, AUDIT_DAYS_MAX],
    meaning: 'how long records of what was done are kept',
    group: AUDIT,
  },
  'audit-max-bytes': {
    type: 'string',
    value: 'BYTES',
    otherwise: AUDIT_BYTES,
    range: [1_000_000, Number.MAX_SAFE_INTEGER],
    meaning: "at most so much of the records' text is kept",
    group: AUDIT,
  },
  'trail-folder': {
    type: 'string',
    multiple: true,
    value: 'BUCKET=PATH',
    meaning: 'a folder that stands for a bucket, for trails to deliver to (docs/audit.md)',
    group: AUDIT,
  },
  'trail-log-group': {
    type: 'string',
    multiple: true,
    value: 'GROUP=PATH',
    meaning: 'a folder that stands for a log group of CloudWatch, for trails',
    group: AUDIT,
  },
  'trail-interval-seconds': {
    type: 'string',
    value: 'SECONDS',
    otherwise: '30',
    range: [1, 3_600],
    meaning: 'how often trails deliver',
    group: AUDIT,
  },
  'no-tls': { type: 'boolean', meaning: 'http instead of https', group: TRYING_OUT },
  'insecure-dev-auth': {
    type: 'boolean',
    meaning: 'whoever signs at all is the administrator; POST /_muster/reset empties the store',
    group: TRYING_OUT,
  },
} as const satisfies OptionTable;

const USAGE =
  'muster server [--listen HOST:PORT] [--data-dir DIR] [--account ID] [--region R]… [--public-url URL] [--tls-name NAME]… ' +
  '[--tls-cert-file FILE --tls-key-file FILE] [--master-key-file FILE] [--database-url URL] [--nats-url URL] [--config FILE] ' +
  '[--vault-address URL --vault-token-file FILE [--vault-key NAME] [--vault-mount PATH] [--vault-ca-file FILE]] ' +
  '[--no-local-node] [--insecure-dev-auth] [--no-tls] [--slow-start] [--command-retention-days N] [--parameter-limits none|aws|LIST] [--log-level LEVEL] ' +
  '[--audit-retention-days DAYS] [--audit-max-bytes BYTES] [--trail-folder NAME=PATH]… ' +
  '[--trail-log-group NAME=PATH]… [--trail-interval-seconds N]';

export const SERVER_PAGE: CommandPage = {
  command: 'server',
  what: 'the control plane: answers the AWS API, and every node is connected to it',
  forms: [['muster server [OPTION]…', 'runs until SIGTERM, SIGINT or SIGHUP; is ready when /readyz answers 200']],
  examples: [
    ['muster server --data-dir /var/lib/muster', 'for this machine alone'],
    [
      'muster server --listen 0.0.0.0:8443 --tls-name muster.example.org --public-url https://muster.example.org:8443',
      'for other machines',
    ],
    ['muster server --database-url postgres:///muster?host=/var/run/postgresql', 'with its state in PostgreSQL'],
  ],
  options: OPTIONS,
  environment: [
    [
      'MUSTER_…',
      'every option: --data-dir is MUSTER_DATA_DIR. What may be given again takes commas, what has no value true or false. The command line wins over the environment, which wins over --config',
    ],
    ['MUSTER_MASTER_KEY', 'the master key itself, 64 hex digits, instead of a file'],
    ['MUSTER_DATABASE_URL', 'keeps the password of the database out of the list of processes'],
  ],
  exits: [
    ['0', 'stopped by a signal'],
    ['1', 'a mistake of its own, told on standard error'],
    ['2', 'wrong use, or it cannot start: one line says why'],
  ],
};

export type OptionName = keyof typeof OPTIONS;
export type Value = string | boolean | readonly string[] | undefined;
export type OptionReader = (name: OptionName) => Value;
type Environment = Readonly<Record<string, string | undefined>>;

/** `command` is what the person typed. */
export function readOptions(command: 'server' | 'start', argv: readonly string[], env: Environment): OptionReader {
  const given = parseCommandLine(command, argv);
  const fromEnvironment = (name: OptionName): Value => {
    const value = env[`MUSTER_${name.toUpperCase().replaceAll('-', '_')}`];
    if (value === undefined || value === '') return undefined;
    if (OPTIONS[name].type === 'boolean') return parseBoolean(`MUSTER_${name}`, value);
    return 'multiple' in OPTIONS[name] ? value.split(',') : value;
  };
  const file = given['config'] ?? fromEnvironment('config');
  const fromFile = typeof file === 'string' ? readFile(file) : {};
  return (name) => given[name] ?? fromEnvironment(name) ?? fromFile[name];
}

function parseCommandLine(command: string, argv: readonly string[]): Readonly<Record<string, Value>> {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const sentence = (error as Error).message.split('\n')[0]?.split('. To specify')[0] ?? 'wrong options';
    throw new UsageError(`${sentence}. Usage: ${USAGE}; muster ${command} --help`);
  }
}

function readFile(path: string): Readonly<Record<string, Value>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`--config ${path}: ${(error as Error).message}`, { cause: error });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new UsageError(`--config ${path}: not a JSON object.`);
  for (const [name, value] of Object.entries(parsed)) {
    if (!Object.hasOwn(OPTIONS, name) || name === 'config') throw new UsageError(`--config ${path}: unknown option "${name}".`);
    const option = OPTIONS[name as OptionName];
    const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
    const fits = 'multiple' in option ? isList : typeof value === option.type;
    if (!fits)
      throw new UsageError(`--config ${path}: "${name}" is not a ${'multiple' in option ? 'list of strings' : option.type}.`);
  }
  return parsed as Readonly<Record<string, Value>>;
}

function parseBoolean(name: string, value: string): boolean {
  if (['1', 'true', 'yes'].includes(value)) return true;
  if (['0', 'false', 'no'].includes(value)) return false;
  throw new UsageError(`${name}: '${value}' is neither true nor false.`);
}
