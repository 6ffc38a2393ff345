// The command line of `muster agent`: options, each also as an environment variable MUSTER_…. Pure; wrong use throws UsageError
// with the one line that the person gets.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeError } from './machine/log.ts';
import { parseCpu, parseMemory, parseTasks } from './supervision/cgroup-plan.ts';
import type { DocumentLimits } from './supervision/cgroup-plan.ts';

export class UsageError extends Error {}

export interface AgentOptions {
  readonly endpoint: string;
  readonly caFile: string | undefined;
  readonly region: string;
  readonly activation: { readonly id: string; readonly code: string } | undefined;
  readonly dataDir: string;
  readonly logFile: string | undefined;
  /** Undefined: the platform's own. */
  readonly rebootCommand: readonly string[] | undefined;
  readonly documentLimits: DocumentLimits;
}

export const USAGE =
  'muster agent --endpoint URL --ca FILE --region R [--activation-id ID --activation-code CODE] [--data-dir DIR] [--log-file FILE] [--reboot-command COMMAND] [--document-memory-max SIZE] [--document-cpu-max PERCENT] [--document-tasks-max N]';

const NAMES = [
  'endpoint',
  'ca',
  'region',
  'activation-id',
  'activation-code',
  'data-dir',
  'log-file',
  'reboot-command',
  'document-memory-max',
  'document-cpu-max',
  'document-tasks-max',
] as const;
type Name = (typeof NAMES)[number];

/** What the stock agent takes for a region. */
const REGION = /^[A-Za-z0-9-]{1,100}$/;
const DEFAULT_DATA_DIR = 'muster-agent-data';

export function parseOptions(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): AgentOptions {
  const given = parseGiven(argv);
  const read = (name: Name): string | undefined => {
    const value = given[name] ?? env[`MUSTER_${name.toUpperCase().replaceAll('-', '_')}`];
    return value === '' ? undefined : value;
  };
  const required = (name: Name): string => {
    const value = read(name);
    if (value === undefined) throw new UsageError(`--${name} is missing; use: ${USAGE}`);
    return value;
  };
  const endpoint = required('endpoint');
  const region = required('region');
  if (!REGION.test(region)) throw new UsageError(`--region must be letters, digits and hyphens, not '${region}'`);
  const caFile = read('ca');
  const logFile = read('log-file');
  const limit = (name: Name, parse: (text: string) => number | undefined, example: string): number | undefined => {
    const text = read(name);
    const value = text === undefined ? undefined : parse(text);
    if (text !== undefined && value === undefined) throw new UsageError(`--${name} must be like ${example}, not '${text}'`);
    return value;
  };
  return {
    endpoint,
    region,
    caFile: caFile === undefined ? undefined : resolve(caFile),
    activation: parseActivation(read('activation-id'), read('activation-code')),
    dataDir: resolve(read('data-dir') ?? DEFAULT_DATA_DIR),
    logFile: logFile === undefined ? undefined : resolve(logFile),
    rebootCommand: read('reboot-command')?.trim().split(/\s+/),
    documentLimits: {
      memoryBytes: limit('document-memory-max', parseMemory, '512M'),
      cpuPercent: limit('document-cpu-max', parseCpu, '150%'),
      tasks: limit('document-tasks-max', parseTasks, '200'),
    },
  };
}

function parseGiven(argv: readonly string[]): Partial<Record<Name, string>> {
  const options = Object.fromEntries(NAMES.map((name) => [name, { type: 'string' }] as const));
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const [sentence = ''] = describeError(error).split('\n');
    throw new UsageError(`${sentence}; use: ${USAGE}`);
  }
}

/** The lengths are checked by the stock agent, too, before it asks. */
function parseActivation(id: string | undefined, code: string | undefined): AgentOptions['activation'] {
  if (id === undefined && code === undefined) return undefined;
  if (id === undefined || code === undefined) throw new UsageError('--activation-id and --activation-code belong together');
  if (id.length !== 36) throw new UsageError('--activation-id must have 36 characters');
  if (code.length < 20 || code.length > 250) throw new UsageError('--activation-code must have 20 to 250 characters');
  return { id, code };
}
