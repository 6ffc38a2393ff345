// The command line: says which program to start and loads nothing else. Exit codes: 0, what the program says, or 2 for wrong use with
// one line on standard error.
import { readFileSync } from 'node:fs';
import type { Host } from './host.ts';
import { UsageError } from './usage-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const EXIT_WRONG_USE = 2;

const HELP = `muster: a self-hosted AWS Systems Manager

  muster server [OPTIONS]                   the control plane
  muster start [OPTIONS]                    the control plane, with this machine enrolled as a node (what npm start runs)
  muster agent --endpoint URL --ca FILE --region R [--activation-id ID] [--data-dir DIR]
                                            the program on a node; the code comes in MUSTER_ACTIVATION_CODE or --activation-code
  muster backup --to DIR [--data-dir DIR]   a consistent copy of a data directory, also of a running server
  muster restore --from DIR [--data-dir DIR]
                                            a data directory of such a copy
  muster keys rotate-master [--data-dir DIR]
                                            a new master key for a stopped server's secrets
  muster credentials [--data-dir DIR]       export lines for a shell: eval "$(muster credentials)"
  muster run --targets tag:role=web -- CMD  run a command on many nodes and watch it
  muster nodes                              which machines there are
  muster logs COMMAND [NODE]                what a command's nodes wrote
  muster commands ACTION                    what was sent: pause, resume, change, rerun, cancel, explain
  muster upload FILE                        bring a file into the server, for a document to name as an attachment
  muster params ACTION                      parameters and secrets: list, get, put, diff, rollback, export, import, exec
  muster audit ACTION                       what was done by whom, proven: verify, export, key
  muster access explain ACTION [RESOURCE]   whether a call is allowed, and what decides it
  muster version
  muster help [COMMAND]

Every option has an environment variable: --data-dir is MUSTER_DATA_DIR.
`;

/** Resolves to the exit code when the command has ended. */
export async function main(argv: readonly string[], env: Environment): Promise<number> {
  try {
    return await run(argv[0], argv.slice(1), env);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`muster: ${error.message}\n`);
    return EXIT_WRONG_USE;
  }
}

async function run(command: string | undefined, args: readonly string[], env: Environment): Promise<number> {
  switch (command) {
    case 'server':
      return (await import('@muster/server/main.ts')).main(args, env);
    case 'agent':
      return (await import('@muster/agent/main.ts')).main(args, env);
    case 'start':
      return (await import('./start.ts')).start(args, env);
    case 'backup':
      return (await import('@muster/server/main.ts')).backupCommand(args, env);
    case 'restore':
      return (await import('@muster/server/main.ts')).restoreCommand(args, env);
    case 'keys':
      return (await import('@muster/server/main.ts')).keysCommand(args, env);
    case 'credentials':
      return print((await import('./credentials.ts')).exportLines(args, env));
    case 'version':
    case '--version':
      return print(`${version()}\n`);
    case 'help':
    case '--help':
    case '-h':
      return args[0] !== undefined && isForPeople(args[0]) ? runForPeople(args[0], ['--help'], env) : print(HELP);
    case undefined:
      throw new UsageError('no command; muster help lists them');
    default:
      if (isForPeople(command)) return runForPeople(command, args, env);
      throw new UsageError(`unknown command ${JSON.stringify(command)}; muster help lists them`);
  }
}

type PeoplesCommand = (argv: readonly string[], host: Host) => Promise<number>;

/** Commands that talk to a server by its API. */
const FOR_PEOPLE = {
  run: async () => (await import('./run-command/run.ts')).runCommand,
  logs: async () => (await import('./run-command/logs.ts')).logsCommand,
  commands: async () => (await import('./run-command/commands.ts')).commandsCommand,
  nodes: async () => (await import('./nodes/nodes.ts')).nodesCommand,
  audit: async () => (await import('./audit/audit.ts')).auditCommand,
  upload: async () => (await import('./documents/upload.ts')).uploadCommand,
  params: async () => (await import('./params/params.ts')).paramsCommand,
  access: async () => (await import('./access/access.ts')).accessCommand,
} as const satisfies Readonly<Record<string, () => Promise<PeoplesCommand>>>;

function isForPeople(command: string): command is keyof typeof FOR_PEOPLE {
  return Object.hasOwn(FOR_PEOPLE, command);
}

async function runForPeople(command: keyof typeof FOR_PEOPLE, args: readonly string[], env: Environment): Promise<number> {
  readerMayGo();
  const [act, { processHost }] = await Promise.all([FOR_PEOPLE[command](), import('./process-host.ts')]);
  return act(args, processHost(env));
}

/** As in `muster help | head -1`: what is left to say is not said, and that is no failure. */
function readerMayGo(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

function print(text: string): number {
  readerMayGo();
  process.stdout.write(text);
  return 0;
}

function version(): string {
  const { version: number } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as { version: string };
  return number;
}
