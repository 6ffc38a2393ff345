// How each of the others runs `true` on all hosts at once.
import type { SshHosts } from './peer-ssh-hosts.ts';

interface PeerTool {
  readonly name: string;
  /** The first that is installed; Debian has a name of its own for one. */
  readonly programs: readonly [string, ...string[]];
  readonly command: (hosts: SshHosts, program: string) => { readonly args: readonly string[]; readonly input?: string };
}

export const PEER_TOOLS: readonly PeerTool[] = [
  {
    name: 'xargs -P ssh (raw)',
    programs: ['xargs'],
    command: (hosts) => ({
      args: ['-P', `${hosts.names.length}`, '-I', '{}', 'ssh', '-F', hosts.configFile, '{}', 'true'],
      input: hosts.names.join('\n'),
    }),
  },
  {
    name: 'parallel-ssh',
    programs: ['parallel-ssh', 'pssh'],
    command: (hosts) => ({ args: ['-h', hosts.listFile, '-p', `${hosts.names.length}`, '-x', `-F ${hosts.configFile}`, 'true'] }),
  },
  {
    name: 'ClusterShell (clush)',
    programs: ['clush'],
    command: (hosts) => ({
      args: ['-S', '-f', `${hosts.names.length}`, '-o', `-F ${hosts.configFile}`, '-w', hosts.names.join(','), 'true'],
    }),
  },
  {
    name: 'Ansible (raw module)',
    programs: ['ansible'],
    command: (hosts) => ({ args: ['all', '-i', hosts.inventoryFile, '-f', `${hosts.names.length}`, '-m', 'raw', '-a', 'true'] }),
  },
  {
    name: 'Ansible (command module)',
    programs: ['ansible'],
    command: (hosts) => ({
      args: ['all', '-i', hosts.inventoryFile, '-f', `${hosts.names.length}`, '-m', 'command', '-a', 'true'],
    }),
  },
];
