// A repository into a new directory by the machine's own `git`, which brings its keys, proxies and mirrors. Nothing of the repository is
// executed: no hooks, no submodules; and no transport but https, ssh and files.
import { execFile } from 'node:child_process';
import { errorCode } from '../machine/error-code.ts';
import type { ContentSource } from './source.ts';

export type GitSource = Extract<ContentSource, { kind: 'git' }>;

/** Of what git says; only its end is told. */
const SAID_BYTES_MAX = 1024 * 1024;
const SAID_CHARACTERS_TOLD = 2000;
const SAFE = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'submodule.recurse=false',
  'protocol.allow=never',
  'protocol.https.allow=always',
  'protocol.ssh.allow=always',
  'protocol.file.allow=always',
];

/** `caFile`: the authorities to trust instead of git's own. */
export async function fetchGit(source: GitSource, directory: string, caFile: string | undefined): Promise<void> {
  const { checkout } = source;
  const branch = 'branch' in checkout ? checkout.branch : undefined;
  const commitId = 'commitId' in checkout ? checkout.commitId : undefined;
  const settings = [...SAFE];
  if (caFile !== undefined) settings.push(`http.sslCAInfo=${caFile}`);
  if (source.skipHostKeyChecking) settings.push('core.sshCommand=ssh -o StrictHostKeyChecking=no');
  const given = settings.flatMap((setting) => ['-c', setting]);
  // Without a commit one state is enough; servers give single commits by hash only when they are told to.
  const depth = commitId === undefined ? ['--depth', '1'] : [];
  const which = branch === undefined ? [] : ['--branch', branch];
  await git([...given, 'clone', '--quiet', '--no-checkout', ...depth, ...which, '--', source.repository, directory]);
  const state = commitId === undefined ? ['HEAD'] : ['--detach', commitId];
  await git([...given, '-C', directory, 'checkout', '--quiet', ...state, '--']);
}

function git(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('git', args, { maxBuffer: SAID_BYTES_MAX }, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else if (errorCode(error) === 'ENOENT')
        reject(new Error('there is no git on this machine: install git, or use source type HTTP'));
      else reject(new Error(`git failed: ${stderr.trim().slice(-SAID_CHARACTERS_TOLD) || error.message}`));
    });
  });
}
