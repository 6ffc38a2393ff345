// `muster params`: parameters in a terminal and in scripts. Says which of its actions runs and loads that one alone.
import type { Explained } from '@muster/server/main.ts';
import { section } from '../command-page.ts';
import type { Host } from '../host.ts';
import { SERVER_ENVIRONMENT, SERVER_EXITS } from '../options.ts';
import { EXIT } from '../run-command/outcome.ts';
import { UsageError } from '../usage-error.ts';

const EXAMPLES: readonly Explained[] = [
  ['printf %s "$PASSWORD" | muster params put /web/db-password', 'a secret, in no history of a shell and no list of processes'],
  ['muster params exec /web -- ./server', 'with DB_PASSWORD in its environment'],
  ['muster params export /web --history --output web.json && muster params import web.json --strip /web --path /copy', ''],
];
const EXITS: readonly Explained[] = [
  ['0', 'done; of exec, what CMD ended with: 128 + N after signal N, 127 where there is no CMD, 126 where it cannot run'],
  ['1', 'of diff, something differs; of import, something failed or is in conflict; of delete, something was not there'],
  ...SERVER_EXITS.slice(1),
];

export const PARAMS_HELP = `muster params: parameters and secrets

  muster params list PATH            names, types, versions; no values
  muster params get NAME[:VERSION|:LABEL]
                                     the value alone, as it is
  muster params put NAME             the value from standard input, or typed without being shown
      --type T                       SecureString (default of a new one), String or StringList
      --overwrite  --key-id KEY  --description TEXT
      --exact                        the last line end belongs to the value
  muster params history NAME         versions: when, by whom, labels; no values
  muster params diff NAME [--from N|LABEL] [--to N|LABEL]
                                     what changed; without numbers from the version before to the newest
  muster params diff PATH PATH       what differs between two paths
      --show-secrets                 values of SecureStrings, which are only told apart otherwise
  muster params rollback NAME --to N|LABEL [--expect N]
                                     makes that version the newest once more, unless the newest is not version N any more
  muster params delete NAME…         with all versions; asks before, unless --yes
  muster params export PATH          to standard output, or to --output FILE (readable by you alone)
      --format json|yaml|dotenv      json; else as FILE is named. dotenv has values only
      --no-secrets                   without SecureStrings
      --no-tags                      without tags, which take a call for each parameter
      --history                      with versions before the newest, and labels (not dotenv); import puts them in their order
  muster params import FILE…         an export, what aws ssm get-parameters-by-path --with-decryption prints (with what
                                     describe-parameters does as a second file), what chamber export prints, or NAME=value lines;
                                     - is standard input
      --path PATH  --strip PATH      goes before each name; is taken off each name before
      --overwrite                    changes what is there with other values
      --dry-run                      says what would be done
      --type T                       of what has no type in its file: SecureString
      --key-id KEY|OLD=KEY           the key of all SecureStrings, or of those under OLD; may be given again
      --format json|yaml|dotenv
  muster params exec PATH… -- CMD ARGS
                                     runs CMD with the parameters below the paths in its environment; later paths win

  --one-level                        of list, export and exec: what lies deeper is left out
  --json                             of list and history: one JSON object a line
  --data-dir DIR                     the server's data directory, instead of the variables that muster credentials sets
  -h, --help                         this page

${section('Examples', EXAMPLES)}
${section('Environment', SERVER_ENVIRONMENT)}
${section('Exit codes', EXITS)}
/app/db/pass-word below /app is the variable DB_PASS_WORD. More: docs/command-line.md
`;

type Action = (argv: readonly string[], host: Host) => Promise<number>;

const ACTIONS = {
  list: async () => (await import('./list.ts')).listParameters,
  get: async () => (await import('./get.ts')).getParameter,
  put: async () => (await import('./put.ts')).putParameter,
  history: async () => (await import('./history.ts')).showHistory,
  diff: async () => (await import('./diff.ts')).diffParameters,
  rollback: async () => (await import('./rollback.ts')).rollbackParameter,
  delete: async () => (await import('./delete.ts')).deleteParameters,
  export: async () => (await import('./export.ts')).exportParameters,
  import: async () => (await import('./import.ts')).importParameters,
  exec: async () => (await import('./exec.ts')).execWithParameters,
} as const satisfies Readonly<Record<string, () => Promise<Action>>>;

function isAction(name: string): name is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, name);
}

export async function paramsCommand(argv: readonly string[], host: Host): Promise<number> {
  const [name, ...rest] = argv;
  const own = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if ([name, ...own].some((word) => word === '--help' || word === '-h')) {
    host.stdout.write(PARAMS_HELP);
    return EXIT.success;
  }
  if (name === undefined || !isAction(name))
    throw new UsageError(
      `muster params ${Object.keys(ACTIONS).join(', ')}: ${name === undefined ? 'which one?' : `not ${JSON.stringify(name)}`}; muster params --help`,
    );
  return (await ACTIONS[name]())(rest, host);
}
