// `muster start`, which is `npm start`: the server, with this machine enrolled as its first node. A machine that cannot be enrolled is
// one line on standard error; the server goes on without it.
import { fileURLToPath } from 'node:url';
import type { CommandPage } from '@muster/server/main.ts';
import type { ServerFacts } from './local-node.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const LAUNCHER = fileURLToPath(new URL('bin.mjs', import.meta.url));

/** The server's, with other words. */
export async function startPage(): Promise<CommandPage> {
  const { SERVER_PAGE } = await import('@muster/server/main.ts');
  return {
    ...SERVER_PAGE,
    command: 'start',
    what: 'the control plane, with this machine enrolled as a node (what npm start runs)',
    forms: [['muster start [OPTION]…', 'runs until SIGTERM, SIGINT or SIGHUP, and its local node with it']],
    examples: [
      ['npm start', 'on https://127.0.0.1:8443, with everything in ./muster-data'],
      ['muster start --data-dir /var/lib/muster', 'with everything there'],
      ['npm start -- --no-local-node --log-level debug', 'npm gives on what stands after --'],
    ],
  };
}

export async function start(argv: readonly string[], env: Environment): Promise<number> {
  const { main } = await import('@muster/server/main.ts');
  return main(
    argv,
    { ...env },
    { credentialsCommand: ['node', LAUNCHER, 'credentials'], startLocalNode: (server) => enrol(server, env) },
  );
}

/** What the server gives, with an empty `caFile` where it has no authority of its own. */
type RunningServer = Omit<ServerFacts, 'caFile'> & { readonly caFile: string };

async function enrol(server: RunningServer, env: Environment): Promise<{ stop(): Promise<void> }> {
  const { enrolLocalNode } = await import('./local-node.ts');
  try {
    const node = await enrolLocalNode({ ...server, caFile: server.caFile === '' ? undefined : server.caFile }, env);
    process.stdout.write(`This machine is the node ${node.nodeId}${node.adopted ? ' (its agent was still running)' : ''}.\n`);
    return node;
  } catch (error) {
    process.stderr.write(`muster: this machine is not enrolled: ${(error as Error).message}\n`);
    return { stop: () => Promise.resolve() };
  }
}
