// Every command of `muster`: its line in `muster help`, the page of its `--help`, and how it is run. Each is loaded when it is asked for, and
// nothing else is.
import type { CommandPage } from '@muster/server/main.ts';
import type { Host } from './host.ts';
import { print, readerMayGo } from './standard-output.ts';
import { UsageError } from './usage-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface Command {
  /** What follows the name, and what it is: as the list shows it. */
  readonly takes: string;
  readonly what: string;
  /** Text: a page that is written out. */
  readonly page: () => Promise<CommandPage | string>;
  readonly run: (args: readonly string[], env: Environment) => Promise<number>;
}

const server = () => import('@muster/server/main.ts');
const agent = () => import('@muster/agent/main.ts');

export const COMMANDS = {
  server: {
    takes: '[OPTION]…',
    what: 'the control plane',
    page: async () => (await server()).SERVER_PAGE,
    run: async (args, env) => (await server()).main(args, env),
  },
  start: {
    takes: '[OPTION]…',
    what: 'the control plane, with this machine enrolled as a node (what npm start runs)',
    page: async () => (await import('./start.ts')).startPage(),
    run: async (args, env) => (await import('./start.ts')).start(args, env),
  },
  agent: {
    takes: '--endpoint URL …',
    what: 'the program on a node',
    page: async () => (await agent()).AGENT_PAGE,
    run: async (args, env) => (await agent()).main(args, env),
  },
  backup: {
    takes: '--to DIR',
    what: 'a consistent copy of a data directory, also of a running server',
    page: async () => (await server()).BACKUP_PAGE,
    run: async (args, env) => (await server()).backupCommand(args, env),
  },
  restore: {
    takes: '--from DIR',
    what: 'a data directory of such a copy',
    page: async () => (await server()).RESTORE_PAGE,
    run: async (args, env) => (await server()).restoreCommand(args, env),
  },
  keys: {
    takes: 'rotate-master',
    what: "a new master key for a stopped server's secrets",
    page: async () => (await server()).KEYS_PAGE,
    run: async (args, env) => (await server()).keysCommand(args, env),
  },
  credentials: {
    takes: '',
    what: 'export lines for a shell: eval "$(muster credentials)"',
    page: async () => (await import('./credentials.ts')).CREDENTIALS_PAGE,
    run: async (args, env) => print((await import('./credentials.ts')).exportLines(args, env)),
  },
  run: {
    takes: '--targets tag:role=web -- CMD',
    what: 'run a command on many nodes and watch it',
    page: async () => (await import('./run-command/run.ts')).RUN_PAGE,
    run: async (args, env) => (await import('./run-command/run.ts')).runCommand(args, await host(env)),
  },
  nodes: {
    takes: '',
    what: 'which machines there are',
    page: async () => (await import('./nodes/nodes.ts')).NODES_PAGE,
    run: async (args, env) => (await import('./nodes/nodes.ts')).nodesCommand(args, await host(env)),
  },
  logs: {
    takes: 'COMMAND [NODE]',
    what: "what a command's nodes wrote",
    page: async () => (await import('./run-command/logs.ts')).LOGS_PAGE,
    run: async (args, env) => (await import('./run-command/logs.ts')).logsCommand(args, await host(env)),
  },
  commands: {
    takes: 'ACTION',
    what: 'what was sent: pause, resume, change, rerun, cancel, explain',
    page: async () => (await import('./run-command/commands.ts')).COMMANDS_PAGE,
    run: async (args, env) => (await import('./run-command/commands.ts')).commandsCommand(args, await host(env)),
  },
  upload: {
    takes: 'FILE',
    what: 'bring a file into the server, for a document to name as an attachment',
    page: async () => (await import('./documents/upload.ts')).UPLOAD_PAGE,
    run: async (args, env) => (await import('./documents/upload.ts')).uploadCommand(args, await host(env)),
  },
  params: {
    takes: 'ACTION',
    what: 'parameters and secrets: list, get, put, diff, rollback, delete, export, import, exec',
    page: async () => (await import('./params/params.ts')).PARAMS_HELP,
    run: async (args, env) => (await import('./params/params.ts')).paramsCommand(args, await host(env)),
  },
  audit: {
    takes: 'ACTION',
    what: 'what was done by whom, proven: verify, export, key',
    page: async () => (await import('./audit/audit.ts')).AUDIT_PAGE,
    run: async (args, env) => (await import('./audit/audit.ts')).auditCommand(args, await host(env)),
  },
  access: {
    takes: 'explain ACTION [RESOURCE]',
    what: 'whether a call is allowed, and what decides it',
    page: async () => (await import('./access/access.ts')).ACCESS_PAGE,
    run: async (args, env) => (await import('./access/access.ts')).accessCommand(args, await host(env)),
  },
  version: {
    takes: '',
    what: 'which version this is',
    page: () => Promise.resolve(VERSION_PAGE),
    run: async () => print(`${(await import('./version.ts')).version()}\n`),
  },
  help: {
    takes: '[COMMAND]',
    what: 'this list; of COMMAND what muster COMMAND --help prints',
    page: () => Promise.resolve(commandList()),
    run: ([command = 'help']) => printPage(command),
  },
} as const satisfies Readonly<Record<string, Command>>;

export function isCommand(name: string): name is keyof typeof COMMANDS {
  return Object.hasOwn(COMMANDS, name);
}

export async function printPage(name: string): Promise<number> {
  if (!isCommand(name)) throw new UsageError(`unknown command ${JSON.stringify(name)}; muster help lists them`);
  const page = await COMMANDS[name].page();
  return print(typeof page === 'string' ? page : (await import('./command-page.ts')).pageText(page));
}

const VERSION_PAGE = `muster version: which version this is

  muster version
`;
const LIST_COLUMN = 46;

function commandList(): string {
  const lines = Object.entries(COMMANDS).map(
    ([name, { takes, what }]) => `${`  muster ${name} ${takes}`.padEnd(LIST_COLUMN)}${what}\n`,
  );
  return `muster: a self-hosted AWS Systems Manager

${lines.join('')}
muster COMMAND --help says more.
`;
}

async function host(env: Environment): Promise<Host> {
  readerMayGo();
  return (await import('./process-host.ts')).processHost(env);
}
