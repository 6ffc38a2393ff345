// The command line of `muster agent`: options, each also as an environment variable MUSTER_…; one table for the parser and for the help
// page. Pure; wrong use throws UsageError with the one line that the person gets.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { CommandPage, OptionTable } from '@muster/protocol/command-page.ts';
import { describeError } from './machine/log.ts';
import { parseCpu, parseMemory, parseTasks, TASKS_MAX } from './supervision/cgroup-plan.ts';
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

const REGISTERING = 'Registering, once';
const LIMITS = 'What the scripts of one run may use (Linux, cgroup v2)';

const OPTIONS = {
  endpoint: {
    type: 'string',
    value: 'URL',
    required: true,
    meaning: 'the server: https://HOST[:PORT]; http on this machine only',
  },
  ca: {
    type: 'string',
    value: 'FILE',
    meaning: "PEM of the authority of the server's certificate; unless given, those that the runtime trusts",
  },
  region: {
    type: 'string',
    value: 'R',
    required: true,
    meaning: 'the region that the node belongs to: letters, digits, hyphens',
  },
  'data-dir': { type: 'string', value: 'DIR', otherwise: 'muster-agent-data', meaning: 'who the node is, and what it did' },
  'log-file': { type: 'string', value: 'FILE', meaning: 'where it logs, instead of standard error' },
  'reboot-command': {
    type: 'string',
    value: 'COMMAND',
    meaning: 'restarts the machine when a script ended with 194; unless given, shutdown in a minute',
  },
  'activation-id': {
    type: 'string',
    value: 'ID',
    meaning: 'as create-activation printed it: 36 characters; with --activation-code',
    group: REGISTERING,
  },
  'activation-code': {
    type: 'string',
    value: 'CODE',
    meaning: '20 to 250 characters; better in MUSTER_ACTIVATION_CODE, which no list of processes shows',
    group: REGISTERING,
  },
  'document-memory-max': {
    type: 'string',
    value: 'SIZE',
    meaning: 'memory, such as 512M or 1G; what uses more is killed; unless given, no limit',
    group: LIMITS,
  },
  'document-cpu-max': {
    type: 'string',
    value: 'PERCENT',
    meaning: 'of one processor: 150% is one and a half; unless given, no limit',
    group: LIMITS,
  },
  'document-tasks-max': {
    type: 'string',
    value: 'N',
    range: [1, TASKS_MAX],
    meaning: 'processes and threads; unless given, no limit',
    group: LIMITS,
  },
} as const satisfies OptionTable;
type Name = keyof typeof OPTIONS;

const USAGE =
  'muster agent --endpoint URL --ca FILE --region R [--activation-id ID --activation-code CODE] [--data-dir DIR] [--log-file FILE] [--reboot-command COMMAND] [--document-memory-max SIZE] [--document-cpu-max PERCENT] [--document-tasks-max N]; muster agent --help';

export const AGENT_PAGE: CommandPage = {
  command: 'agent',
  what: 'the program on every node: takes commands from the server and runs them',
  forms: [['muster agent --endpoint URL --region R [OPTION]…', 'runs until SIGTERM or SIGINT; what it runs goes on without it']],
  examples: [
    [
      'muster agent --endpoint https://muster.example.org:8443 --ca ca.pem --region us-east-1 --data-dir /var/lib/muster-agent',
      'the first time with MUSTER_ACTIVATION_ID and MUSTER_ACTIVATION_CODE set, which registers the node; then without',
    ],
    [
      'muster agent --endpoint https://muster.example.org:8443 --ca ca.pem --region us-east-1 --document-memory-max 512M',
      'where no script may use more than half a gigabyte',
    ],
  ],
  options: OPTIONS,
  environment: [
    ['MUSTER_…', 'every option: --data-dir is MUSTER_DATA_DIR. The command line wins'],
    ['PATH, HOME, LANG, TZ, HTTPS_PROXY, …', 'such are given on to the scripts that it runs, and nothing else'],
  ],
  exits: [
    ['0', 'stopped by a signal'],
    ['1', 'it cannot go on, such as when the server refuses its registration: one line says why'],
    ['2', 'wrong use: nothing was changed'],
  ],
  notes: [
    "A service unit must say KillMode=process: scripts outlive the agent that started them. The server's ca.pem is in its DIR/tls.",
  ],
};

/** What the stock agent takes for a region. */
const REGION = /^[A-Za-z0-9-]{1,100}$/;

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
    dataDir: resolve(read('data-dir') ?? OPTIONS['data-dir'].otherwise),
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
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false }).values;
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
