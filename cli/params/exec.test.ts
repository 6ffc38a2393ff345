// `muster params exec` against the composed server: what is in the environment of the command and what is not, and how it ends.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startParams } from './params.fixture.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-cli-exec-'));
let kit: Awaited<ReturnType<typeof startParams>>;
before(async () => {
  kit = await startParams(23);
  for (const [Name, Value, Type = 'SecureString'] of [
    ['/app/db/pass-word', 'line one\nline "two"'],
    ['/app/log.level', 'info', 'String'],
    ['/app/shared', 'of app'],
    ['/team/shared', 'of team'],
    ['/team/Path', '/not/the/system'],
    ['/clash/a-b', 'x'],
    ['/clash/a_b', 'x'],
    ['/digit/1st', 'x'],
  ])
    await kit.call('PutParameter', { Name, Value, Type });
});
after(async () => {
  await kit[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const WRITE = `require('node:fs').writeFileSync(process.argv[1], JSON.stringify(process.env))`;

async function environmentOf(...argv: readonly string[]): Promise<Record<string, string>> {
  const file = join(directory, 'environment');
  const said = await kit.run(['exec', ...argv, '--', process.execPath, '-e', WRITE, file], {
    env: { OWN: 'kept', SHARED: 'own' },
  });
  assert.equal(said.code, 0, said.err);
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
}

test('a command has the parameters below the paths in its environment, later paths win, its own variables stay', async () => {
  const one = await environmentOf('/app');
  assert.equal(one['DB_PASS_WORD'], 'line one\nline "two"');
  assert.deepEqual([one['LOG_LEVEL'], one['SHARED'], one['OWN']], ['info', 'of app', 'kept']);
  assert.equal((await environmentOf('/app', '/team'))['SHARED'], 'of team');
  assert.equal((await environmentOf('/team', '/app/'))['SHARED'], 'of app');
  assert.equal((await environmentOf('/app/db'))['PASS_WORD'], 'line one\nline "two"');
});

test('with --one-level what lies deeper is left out', async () => {
  const flat = await environmentOf('/app', '--one-level');
  assert.deepEqual([flat['DB_PASS_WORD'], flat['LOG_LEVEL']], [undefined, 'info']);
});

test('its exit code is ours, also when a signal ended it, or when it cannot be run', async () => {
  const exec = (...command: readonly string[]) => kit.run(['exec', '/app', '--', ...command]);
  const node = process.execPath;
  assert.equal((await exec(node, '-e', 'process.exit(42)')).code, 42);
  assert.equal((await exec(node, '-e', "process.kill(process.pid, 'SIGTERM')")).code, 128 + 15);
  assert.deepEqual(await exec('/nowhere/at-all'), { code: 127, out: '', err: 'muster: cannot run /nowhere/at-all: ENOENT\n' });
  assert.equal((await exec(directory)).code, 126);
});

test("options behind the dashes are the command's own", async () => {
  const { code } = await kit.run([
    'exec',
    '/app',
    '--',
    process.execPath,
    '-e',
    'process.exit(process.argv.length)',
    '--',
    '--help',
  ]);
  assert.equal(code, 2);
});

test('what cannot be an environment is refused before anything runs', async () => {
  const file = join(directory, 'never');
  const command = ['--', process.execPath, '-e', WRITE, file];
  await assert.rejects(kit.run(['exec', '/clash', ...command]), { message: /\/clash\/a-b and \/clash\/a_b would both be A_B/ });
  await assert.rejects(kit.run(['exec', '/digit', ...command]), { message: /\/digit\/1st \(would be 1ST\)/ });
  assert.throws(() => readFileSync(file), { code: 'ENOENT' });
});

test('a path with nothing below it is said, and the command runs; a refused call runs nothing', async () => {
  const { code, err } = await kit.run(['exec', '/nothing', '--', process.execPath, '-e', '0']);
  assert.deepEqual([code, err], [0, 'no parameters below /nothing\n']);
  const refused = await kit.run(['exec', '/app', '--', process.execPath, '-e', 'process.exit(42)'], {
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' },
  });
  assert.equal(refused.code, 2);
});
