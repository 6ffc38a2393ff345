// The launcher, as a process: in a workspace made for the test, whose pinned runtime is a second name of the Node that runs the test, so
// that both ways to it (replacing itself, and a child) are taken.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

type Launched = ChildProcessByStdio<null, Readable, Readable>;

const LAUNCHER = fileURLToPath(new URL('bin.mjs', import.meta.url));
const CACHE = fileURLToPath(new URL('../.cache', import.meta.url));
/** As on a Node that cannot replace itself. */
const WITHOUT_EXECVE = ['--import', 'data:text/javascript,process.execve=undefined'];
const WAYS = [
  ['replacing itself', []],
  ['as a child', WITHOUT_EXECVE],
] as const;

const runtimePackage = /'(\S+)': '(\S+)'/g;

/** A workspace whose package.json pins a version that does not exist, so that the outer Node is never taken for it. */
function workspace(t: { after(undo: () => void): void }, { installed = true, runtime = true } = {}): string {
  mkdirSync(CACHE, { recursive: true });
  const dir = mkdtempSync(join(CACHE, 'launcher-test-'));
  t.after(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, 'cli'));
  copyFileSync(LAUNCHER, join(dir, 'cli', 'bin.mjs'));
  const packages = new Map(
    [...readFileSync(LAUNCHER, 'utf8').matchAll(runtimePackage)].map(([, platform, name]) => [platform, name]),
  );
  const name = packages.get(`${process.platform}-${process.arch}`) ?? '';
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ type: 'module', optionalDependencies: { [name]: '0.0.1' } }));
  if (installed) mkdirSync(join(dir, 'node_modules', '@muster'), { recursive: true });
  if (installed && runtime) {
    mkdirSync(join(dir, 'node_modules', name, 'bin'), { recursive: true });
    linkSync(process.execPath, join(dir, 'node_modules', name, 'bin', 'node'));
  }
  return dir;
}

function launch(dir: string, nodeArgs: readonly string[], argv: readonly string[]): Launched {
  return spawn(process.execPath, [...nodeArgs, join(dir, 'cli', 'bin.mjs'), ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function finish(child: Launched): Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }> {
  const [[code, signal], stdout, stderr] = await Promise.all([
    once(child, 'exit') as Promise<[number | null, string | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, signal, stdout, stderr };
}

function script(dir: string, code: string): string {
  const file = join(dir, 'script.ts');
  writeFileSync(file, code);
  return file;
}

for (const [way, nodeArgs] of WAYS) {
  test(`a file runs on the pinned Node with its arguments and its exit code (${way})`, async (t) => {
    const dir = workspace(t);
    const file = script(
      dir,
      'const a: string[] = process.argv.slice(2); console.log(process.execPath, JSON.stringify(a)); process.exitCode = 7;',
    );
    const ended = await finish(launch(dir, nodeArgs, ['--run', file, 'a b', '--c', '$d']));
    assert.equal(ended.stderr, '');
    assert.equal(ended.code, 7);
    assert.match(ended.stdout, /launcher-test-.*\["a b","--c","\$d"\]/);
  });

  test(`SIGTERM, SIGHUP and SIGINT reach the program, which decides how to end (${way})`, async (t) => {
    const dir = workspace(t);
    const file = script(
      dir,
      "for (const s of ['SIGTERM', 'SIGHUP', 'SIGINT']) process.on(s, () => { console.log(s); process.exit(5); }); setInterval(() => {}, 1e6); console.log('ready');",
    );
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
      const child = launch(dir, nodeArgs, ['--run', file]);
      child.stdout.once('data', () => child.kill(signal));
      const ended = await finish(child);
      assert.deepEqual([ended.code, ended.stdout], [5, `ready\n${signal}\n`]);
    }
  });

  test(`a program killed by a signal is seen as killed by it (${way})`, async (t) => {
    const dir = workspace(t);
    const ended = await finish(launch(dir, nodeArgs, ['--run', script(dir, "process.kill(process.pid, 'SIGKILL');")]));
    assert.deepEqual([ended.code, ended.signal], [null, 'SIGKILL']);
  });
}

test('without node_modules it says in one line to run npm ci', async (t) => {
  const ended = await finish(launch(workspace(t, { installed: false }), [], ['server']));
  assert.deepEqual([ended.code, ended.stdout, ended.stderr.split('\n').length], [2, '', 2]);
  assert.match(ended.stderr, /run npm ci first/);
});

test('without the pinned runtime it says in one line how to install it', async (t) => {
  const ended = await finish(launch(workspace(t, { runtime: false }), [], ['server']));
  assert.equal(ended.code, 2);
  assert.match(ended.stderr, /^muster: \S+ is not installed in .*: run npm ci first \(without --omit=optional\)\n$/);
});

test('wrong use of the command line is one line and exit code 2', async () => {
  for (const [argv, sentence] of [
    [[], /^muster: no command; muster help lists them\n$/],
    [['fly'], /^muster: unknown command "fly"; muster help lists them\n$/],
    [['--run'], /^muster: --run needs a file\n$/],
    [['--run', '/nowhere.ts'], /^muster: no such file: \/nowhere.ts\n$/],
    [['credentials', '--data-dir', '/nowhere'], /^muster: no credentials in \/nowhere: .*\n$/],
  ] as const) {
    const ended = await finish(spawn(process.execPath, [LAUNCHER, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] }));
    assert.deepEqual([ended.code, ended.stdout], [2, ''], argv.join(' '));
    assert.match(ended.stderr, sentence);
  }
});

test('help and version need neither server nor agent', async () => {
  const help = await finish(spawn(process.execPath, [LAUNCHER, 'help'], { stdio: ['ignore', 'pipe', 'pipe'] }));
  assert.deepEqual([help.code, help.stderr], [0, '']);
  assert.match(help.stdout, /muster credentials/);
  const version = await finish(spawn(process.execPath, [LAUNCHER, 'version'], { stdio: ['ignore', 'pipe', 'pipe'] }));
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
});

test('a reader that goes away is no failure', async () => {
  for (const argv of [['help'], ['run', '--help']]) {
    const child = spawn(process.execPath, [LAUNCHER, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const [[code], stderr] = await Promise.all([once(child, 'exit') as Promise<[number | null]>, text(child.stderr)]);
    assert.deepEqual([code, stderr], [0, ''], argv.join(' '));
  }
});
