// N hosts for tools that go over ssh: one sshd of our own on a loopback port, with keys made for this run, under N names.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface SshHosts extends AsyncDisposable {
  readonly names: readonly string[];
  /** For `ssh -F`. */
  readonly configFile: string;
  /** One name a line. */
  readonly listFile: string;
  /** Ansible's. */
  readonly inventoryFile: string;
  readonly environment: Readonly<Record<string, string>>;
}

const START_MS_MAX = 10_000;

export async function startSshHosts(sshd: string, directory: string, count: number): Promise<SshHosts> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = (name: string) => join(directory, name);
  for (const key of ['host_key', 'user_key']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path(key)]);
  execFileSync('cp', [path('user_key.pub'), path('authorized_keys')]);
  // Where sshd is started by root it wants this directory, which a service would make.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const port = 40_000 + (process.pid % 10_000);
  const names = Array.from({ length: count }, (_, index) => `peer-${index}`);
  await writeFile(path('sshd_config'), sshdConfig(directory, port, count));
  await writeFile(path('ssh_config'), sshConfig(directory, port));
  await writeFile(path('hosts'), `${names.join('\n')}\n`);
  await writeFile(
    path('inventory'),
    names.map((name) => `${name} ansible_ssh_common_args="-F ${path('ssh_config')}"\n`).join(''),
  );
  // -D: stays in the foreground, so that it is ours to end.
  const server = spawn(sshd, ['-D', '-e', '-f', path('sshd_config')], { stdio: ['ignore', 'ignore', 'ignore'] });
  const stop = async () => {
    if (server.exitCode !== null) return;
    server.kill('SIGTERM');
    await once(server, 'exit');
  };
  try {
    await untilListening(port, () => server.exitCode !== null);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    names,
    configFile: path('ssh_config'),
    listFile: path('hosts'),
    inventoryFile: path('inventory'),
    environment: { ANSIBLE_HOST_KEY_CHECKING: 'False', ANSIBLE_LOCALHOST_WARNING: 'False', ANSIBLE_HOME: path('ansible') },
    [Symbol.asyncDispose]: stop,
  };
}

function sshdConfig(directory: string, port: number, count: number): string {
  return [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${join(directory, 'host_key')}`,
    `AuthorizedKeysFile ${join(directory, 'authorized_keys')}`,
    `PidFile ${join(directory, 'sshd.pid')}`,
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'StrictModes no',
    'UsePAM no',
    // All hosts are one: none may be turned away because others are just logging in.
    `MaxStartups ${count * 4}`,
    `MaxSessions ${count * 4}`,
    'Subsystem sftp internal-sftp',
    '',
  ].join('\n');
}

function sshConfig(directory: string, port: number): string {
  return [
    'Host peer-*',
    '  HostName 127.0.0.1',
    `  Port ${port}`,
    `  IdentityFile ${join(directory, 'user_key')}`,
    '  IdentitiesOnly yes',
    '  BatchMode yes',
    '  StrictHostKeyChecking no',
    '  UserKnownHostsFile /dev/null',
    '  LogLevel ERROR',
    '',
  ].join('\n');
}

async function untilListening(port: number, hasEnded: () => boolean): Promise<void> {
  const deadline = performance.now() + START_MS_MAX;
  while (performance.now() < deadline && !hasEnded()) {
    if (await isListening(port)) return;
    await pause(50);
  }
  throw new Error('sshd did not start: run it by hand with the configuration of bench/peer-ssh-hosts.ts to see why');
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
