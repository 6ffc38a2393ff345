// Options that say what to run where, shared by `muster run` and `muster commands preview`, to the request of SendCommand.
import type { ParseArgsOptionsConfig } from 'node:util';
import { readCount } from '../options.ts';
import type { Read } from '../options.ts';
import { UsageError } from '../usage-error.ts';
import type { CommandRequest, SendRequest } from './command-api.ts';
import { readParameters } from './parameters.ts';
import { shellLine } from './shell-line.ts';
import type { Shell } from './shell-line.ts';
import { readTargets } from './targets.ts';

export const REQUEST_OPTIONS = {
  targets: { type: 'string', multiple: true },
  node: { type: 'string', multiple: true },
  document: { type: 'string' },
  'document-version': { type: 'string' },
  parameters: { type: 'string', multiple: true },
  'max-concurrency': { type: 'string' },
  'max-errors': { type: 'string' },
  timeout: { type: 'string' },
  'delivery-timeout': { type: 'string' },
  comment: { type: 'string' },
  'working-directory': { type: 'string' },
  shell: { type: 'string' },
} as const satisfies ParseArgsOptionsConfig;

type Values = Read<typeof REQUEST_OPTIONS>['values'];

const SHELL_DOCUMENTS: Readonly<Record<Shell, string>> = { sh: 'AWS-RunShellScript', pwsh: 'AWS-RunPowerShellScript' };
const TARGETS_MAX = 5;
/** What the shell documents take; agents read less than five seconds as the default, an hour. */
const EXECUTION_SECONDS_MIN = 5;
const EXECUTION_SECONDS_MAX = 172_800;
/** What SendCommand takes. */
const DELIVERY_SECONDS_MIN = 30;
const DELIVERY_SECONDS_MAX = 2_592_000;

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
