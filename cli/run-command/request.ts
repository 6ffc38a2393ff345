// Options that say what to run where, shared by `muster run` and `muster commands preview`, to the request of SendCommand.
import type { OptionTable } from '@muster/server/main.ts';
import { readCount } from '../options.ts';
import type { Read } from '../options.ts';
import { UsageError } from '../usage-error.ts';
import type { CommandRequest, SendRequest } from './command-api.ts';
import { readParameters } from './parameters.ts';
import { shellLine } from './shell-line.ts';
import type { Shell } from './shell-line.ts';
import { readTargets } from './targets.ts';

const SHELL_DOCUMENTS: Readonly<Record<Shell, string>> = { sh: 'AWS-RunShellScript', pwsh: 'AWS-RunPowerShellScript' };
const TARGETS_MAX = 5;
/** What the shell documents take; agents read less than five seconds as the default, an hour. */
const EXECUTION_SECONDS_MIN = 5;
const EXECUTION_SECONDS_MAX = 172_800;
/** What SendCommand takes. */
const DELIVERY_SECONDS_MIN = 30;
const DELIVERY_SECONDS_MAX = 2_592_000;

const WHICH_NODES = 'Which nodes';
const WHAT = 'What (after --: several words are run as they are; one word alone is a line of the shell, as ssh takes it)';
const HOW = 'How';

export const REQUEST_OPTIONS = {
  targets: {
    type: 'string',
    multiple: true,
    value: 'TARGET',
    meaning: `tag:KEY=VALUE[,VALUE…], tag-key=KEY, group:NAME or InstanceIds=ID[,ID…]; all must match; at most ${TARGETS_MAX}`,
    group: WHICH_NODES,
  },
  node: { type: 'string', multiple: true, value: 'ID[,ID…]', meaning: 'this node, instead of --targets', group: WHICH_NODES },
  document: { type: 'string', value: 'NAME', meaning: 'unless given, the one that runs the words in --shell', group: WHAT },
  'document-version': { type: 'string', value: 'N', meaning: "unless given, the document's default", group: WHAT },
  parameters: {
    type: 'string',
    multiple: true,
    value: 'NAME=VALUE|JSON',
    meaning: "the document's parameters; the same name again makes a list",
    group: WHAT,
  },
  shell: {
    type: 'string',
    value: 'sh|pwsh',
    otherwise: 'sh',
    meaning: 'quotes the words, and chooses AWS-RunShellScript or AWS-RunPowerShellScript',
    group: WHAT,
  },
  'working-directory': { type: 'string', value: 'DIR', meaning: 'where it runs on the node', group: WHAT },
  timeout: {
    type: 'string',
    value: 'SECONDS',
    range: [EXECUTION_SECONDS_MIN, EXECUTION_SECONDS_MAX],
    meaning: "how long it may run on a node (the document's executionTimeout)",
    group: WHAT,
  },
  'delivery-timeout': {
    type: 'string',
    value: 'SECONDS',
    range: [DELIVERY_SECONDS_MIN, DELIVERY_SECONDS_MAX],
    meaning: "how long a node may take to fetch it (SendCommand's TimeoutSeconds)",
    group: WHAT,
  },
  comment: { type: 'string', value: 'TEXT', meaning: 'kept with the command', group: WHAT },
  'max-concurrency': {
    type: 'string',
    value: 'N|N%',
    meaning: "at most so many nodes at a time; SendCommand's default is 50",
    group: HOW,
  },
  'max-errors': {
    type: 'string',
    value: 'N|N%',
    meaning: "no more are started when more than so many have failed; SendCommand's default is 0",
    group: HOW,
  },
} as const satisfies OptionTable;

type Values = Read<typeof REQUEST_OPTIONS>['values'];

export interface ReadRequest {
  readonly command: CommandRequest;
  readonly sending: Pick<SendRequest, 'Comment' | 'TimeoutSeconds'>;
}

/** What stands before the first `--`, and what stands after it; undefined where there is none. */
export function splitAtDashes(argv: readonly string[]): { options: readonly string[]; words: readonly string[] | undefined } {
  const at = argv.indexOf('--');
  return at === -1 ? { options: argv, words: undefined } : { options: argv.slice(0, at), words: argv.slice(at + 1) };
}

/** `command` is what PreviewCommand takes as well. */
export function readRequest(values: Values, words: readonly string[] | undefined): ReadRequest {
  const shell = readShell(values.shell);
  const document = values.document ?? SHELL_DOCUMENTS[shell];
  const deliverySeconds = readCount('delivery-timeout', values['delivery-timeout'], DELIVERY_SECONDS_MIN, DELIVERY_SECONDS_MAX);
  const command = {
    DocumentName: document,
    Parameters: documentParameters(values, words, document, shell),
    ...nodes(values),
    ...(values['document-version'] === undefined ? {} : { DocumentVersion: values['document-version'] }),
    ...(values['max-concurrency'] === undefined ? {} : { MaxConcurrency: values['max-concurrency'] }),
    ...(values['max-errors'] === undefined ? {} : { MaxErrors: values['max-errors'] }),
  };
  return {
    command,
    sending: {
      ...(values.comment === undefined ? {} : { Comment: values.comment }),
      ...(deliverySeconds === undefined ? {} : { TimeoutSeconds: deliverySeconds }),
    },
  };
}

function nodes(values: Values): Pick<SendRequest, 'InstanceIds' | 'Targets'> {
  const { node = [], targets = [] } = values;
  if (node.length > 0 && targets.length > 0) throw new UsageError('--node and --targets cannot be given together');
  if (node.length > 0) return { InstanceIds: node.flatMap((ids) => ids.split(',')) };
  if (targets.length === 0) throw new UsageError('on which nodes? --targets tag:KEY=VALUE, --targets group:NAME or --node ID');
  if (targets.length > TARGETS_MAX) throw new UsageError(`at most ${TARGETS_MAX} --targets, and there are ${targets.length}`);
  return { Targets: readTargets(targets) };
}

function documentParameters(
  values: Values,
  words: readonly string[] | undefined,
  document: string,
  shell: Shell,
): Record<string, string[]> {
  const parameters = readParameters(values.parameters ?? []);
  const own: Record<string, string[]> = {};
  if (words !== undefined && words.length > 0) own['commands'] = [shellLine(words, shell)];
  if (values['working-directory'] !== undefined) own['workingDirectory'] = [values['working-directory']];
  const seconds = readCount('timeout', values.timeout, EXECUTION_SECONDS_MIN, EXECUTION_SECONDS_MAX);
  if (seconds !== undefined) own['executionTimeout'] = [String(seconds)];
  const twice = Object.keys(own).find((name) => name in parameters);
  if (twice !== undefined) throw new UsageError(`the parameter ${twice} is given twice: by --parameters and by its own option`);
  if (values.document === undefined && own['commands'] === undefined && parameters['commands'] === undefined) {
    throw new UsageError(`what should ${document} run? Put it after --, as in: muster run --targets tag:role=web -- uptime`);
  }
  return { ...parameters, ...own };
}

function readShell(given: string | undefined): Shell {
  if (given === undefined || given === 'sh') return 'sh';
  if (given === 'pwsh') return 'pwsh';
  throw new UsageError(`--shell ${JSON.stringify(given)} is neither sh nor pwsh`);
}
