// peers: `true` on N hosts, by the tools that people use for it, and by N real agents of ours. All hosts are this machine: for the others an sshd on
// loopback with N names, for us N agent processes. What is not installed is said, not measured. The raw baseline is ssh itself, N at once.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgents } from './peer-agents.ts';
import { type SshHosts, startSshHosts } from './peer-ssh-hosts.ts';
import { PEER_TOOLS } from './peer-tools.ts';
import { sendToTag, untilSuccess } from './one-command.ts';
import { median } from './process-readings.ts';
import { startServer } from './server-process.ts';

export interface PeersOptions {
  readonly nodes: number;
  readonly rounds: number;
}

export async function peers(options: PeersOptions): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  try {
    process.stdout.write(
      `peers, \`true\` on ${options.nodes} loopback hosts, median of ${options.rounds} rounds after one to warm up\n`,
    );
    const ours = await measureOurs(directory, options);
    print('muster', ours, ours);
    await measurePeers(directory, options, ours);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureOurs(directory: string, { nodes, rounds }: PeersOptions): Promise<readonly number[]> {
  await using server = await startServer(join(directory, 'server'), ['--no-local-node']);
  await using _agents = await startAgents(server, join(directory, 'agents'), nodes);
  // Awaited here: what was opened must not close before.
  return await repeat(rounds, async () => untilSuccess(server.client, await sendToTag(server.client, undefined, 'true'), nodes));
}

async function measurePeers(directory: string, { nodes, rounds }: PeersOptions, ours: readonly number[]): Promise<void> {
  const sshd = find('sshd', '/usr/sbin/sshd');
  if (sshd === undefined) {
    process.stdout.write('  not measured: every peer goes over ssh, and sshd is not installed\n');
    return;
  }
  await using hosts = await startSshHosts(sshd, join(directory, 'ssh'), nodes);
  for (const tool of PEER_TOOLS) {
    const program = find(...tool.programs);
    if (program === undefined)
      process.stdout.write(`  ${tool.name.padEnd(28)} not measured: ${tool.programs[0]} is not installed\n`);
    else
      print(tool.name, await repeat(rounds, async () => runTool(tool.name, program, tool.command(hosts, program), hosts)), ours);
  }
}

/** A failing tool fails the benchmark: half of the hosts are no measurement. */
function runTool(name: string, program: string, command: { args: readonly string[]; input?: string }, hosts: SshHosts): void {
  try {
    execFileSync(program, command.args, {
      input: command.input ?? '',
      env: { ...process.env, ...hosts.environment },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
  } catch (error) {
    throw new Error(`${name} did not run on all hosts: ${(error as { stderr?: Buffer }).stderr?.toString() ?? ''}`, {
      cause: error,
    });
  }
}

async function repeat(rounds: number, once: () => Promise<void>): Promise<readonly number[]> {
  const took: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const startedAt = performance.now();
    await once();
    if (round >= 0) took.push(performance.now() - startedAt);
  }
  return took;
}

function print(name: string, took: readonly number[], ours: readonly number[]): void {
  const ms = median(took);
  const list = took.map((value) => value.toFixed(0)).join(', ');
  process.stdout.write(
    `  ${name.padEnd(28)} ${ms.toFixed(0).padStart(6)} ms   ${(ms / median(ours)).toFixed(1).padStart(5)} × ours   (${list})\n`,
  );
}

function find(...programs: readonly string[]): string | undefined {
  for (const program of programs) {
    try {
      return execFileSync('sh', ['-c', `command -v ${program}`])
        .toString()
        .trim();
    } catch {
      // The next name.
    }
  }
  return undefined;
}
