// `muster params` as a process against a real server: beside the AWS CLI, as the program that starts a service, and at a real terminal (tmux).
// Needs: aws; two tests need tmux.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { aws, withoutAwsCli } from './aws-cli.ts';
import { eventually } from './eventually.ts';
import { LAUNCHER, RunningServer, spawnLauncher } from './running-server.ts';

const DONE_MS_MAX = 30_000;
const options = { skip: withoutAwsCli };
const withoutTmux = spawnSync('tmux', ['-V']).status === 0 ? false : 'not run: tmux is not installed';
let server: RunningServer;

before(async () => {
  server = await RunningServer.start({ command: 'server' });
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function ended(child: ChildProcess): Promise<Ended> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('its streams are not read');
  const [[code], out, err] = await Promise.all([once(child, 'exit') as Promise<[number | null]>, text(stdout), text(stderr)]);
  return { code, out, err };
}

const params = (...args: readonly string[]): Promise<Ended> => ended(spawnLauncher(['params', ...args], server.environment));

async function put(name: string, value: string, ...more: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [LAUNCHER, 'params', 'put', name, ...more], { env: server.environment });
  child.stdin.end(value);
  return ended(child);
}

const place = (name: string): string => join(server.dataDir, '..', name);

test('a service: several secrets written, listed, put into the environment, exported, their history', options, async () => {
  for (const key of ['db-user', 'db-password', 'api.token']) {
    const said = await put(`/service/${key}`, `value of ${key}\n`);
    assert.deepEqual([said.code, said.err], [0, `/service/${key} version 1\n`]);
  }
  await aws(server, 'ssm', 'put-parameter', '--name', '/service/db-password', '--value', 'rotated', '--overwrite');
  const listed = await params('list', '/service');
  assert.match(
    listed.out,
    /^\/service\/api\.token +SecureString +1 .*\n\/service\/db-password +SecureString +2 .*\n\/service\/db-user/m,
  );
  const env = await params('exec', '/service', '--', 'sh', '-c', 'echo "$DB_USER|$DB_PASSWORD|$API_TOKEN"');
  assert.deepEqual([env.code, env.out], [0, 'value of db-user|rotated|value of api.token\n']);
  const file = place('service.env');
  assert.equal((await params('export', '/service', '--output', file)).code, 0);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(spawnSync('sh', ['-c', `. ${file}; printf %s "$DB_PASSWORD"`], { encoding: 'utf8' }).stdout, 'rotated');
  assert.match((await params('history', '/service/db-password')).out, /\n1 .*\n2 .*\n$/);
  assert.equal((await params('rollback', '/service/db-password', '--to', '1')).code, 0);
  const back = await aws(server, 'ssm', 'get-parameter', '--name', '/service/db-password', '--with-decryption');
  assert.partialDeepStrictEqual(back['Parameter'], { Value: 'value of db-password', Version: 3, Type: 'SecureString' });
});

test('what the AWS CLI prints of an account is imported as it is, with descriptions beside it', options, async () => {
  const Parameters = Array.from({ length: 12 }, (_, at) => ({
    Name: `/old/key${at}`,
    Value: `value ${at}`,
    Type: at % 2 === 0 ? 'SecureString' : 'StringList',
    Description: `number ${at}`,
  }));
  writeFileSync(place('old.json'), JSON.stringify({ Parameters }));
  assert.equal((await params('import', place('old.json'))).code, 0);
  const byPath = ['ssm', 'get-parameters-by-path', '--path', '/old', '--recursive', '--with-decryption'];
  const first = await aws(server, ...byPath, '--max-items', '5');
  const second = await aws(server, ...byPath, '--starting-token', String(first['NextToken']));
  writeFileSync(place('values.json'), `${JSON.stringify(first, undefined, 4)}\n${JSON.stringify(second, undefined, 4)}\n`);
  const filter = 'Key=Path,Option=Recursive,Values=/old';
  writeFileSync(
    place('described.json'),
    JSON.stringify(await aws(server, 'ssm', 'describe-parameters', '--parameter-filters', filter)),
  );
  const said = await params('import', place('values.json'), place('described.json'), '--strip', '/old', '--path', '/new');
  assert.deepEqual([said.code, said.err], [0, '12 to create, 0 to change, 0 the same, 0 in conflict\n12 done\n']);
  assert.equal((await params('diff', '/old', '/new')).code, 0);
  const described = await aws(server, 'ssm', 'describe-parameters', '--parameter-filters', 'Key=Name,Values=/new/key3');
  assert.partialDeepStrictEqual(described['Parameters'], [{ Type: 'StringList', Description: 'number 3' }]);
});

test('a program that was started with its parameters gets the signals, and its exit code is given on', options, async () => {
  await aws(server, 'ssm', 'put-parameter', '--name', '/run/word', '--value', 'xyzzy', '--type', 'SecureString');
  const script = `trap 'echo told; exit 7' TERM; echo "$WORD $$"; while :; do sleep 0.1; done`;
  const child = spawnLauncher(['params', 'exec', '/run', '--', 'sh', '-c', script], server.environment);
  const seen = { out: '' };
  child.stdout?.on('data', (data: Buffer) => {
    seen.out += data.toString();
  });
  const end = once(child, 'exit');
  await eventually('the program runs', DONE_MS_MAX, () => seen.out.includes('\n'));
  assert.match(seen.out, /^xyzzy \d+\n$/);
  if (process.platform === 'linux') {
    const environment = readFileSync(`/proc/${child.pid}/environ`, 'utf8');
    assert.doesNotMatch(environment, /xyzzy/, 'the secret is in the environment of the program alone');
  }
  child.kill('SIGTERM');
  assert.deepEqual(await end, [7, null]);
  assert.match(seen.out, /\ntold\n$/);
});

test("what is piped into it is the program's", options, async () => {
  await aws(server, 'ssm', 'put-parameter', '--name', '/piped/word', '--value', 'xyzzy', '--type', 'String');
  const script = 'printf "%s " "$WORD"; cat';
  const child = spawn(process.execPath, [LAUNCHER, 'params', 'exec', '/piped', '--', 'sh', '-c', script], {
    env: server.environment,
  });
  child.stdin.end('from before\n');
  assert.deepEqual(await ended(child), { code: 0, out: 'xyzzy from before\n', err: '' });
});

interface Terminal extends Disposable {
  pane(): string;
  keys(...keys: readonly string[]): void;
}

/** Each on a tmux of its own: one that was told to end may still be there. */
function terminal(name: string, line: string): Terminal {
  const socket = `muster-e2e-${name}-${process.pid}`;
  const tmux = (...args: readonly string[]) => spawnSync('tmux', ['-L', socket, ...args], { encoding: 'utf8' }).stdout;
  const file = place(`${name}.sh`);
  const exports = Object.entries(server.environment).map(([name, value]) => `export ${name}='${value}'\n`);
  // What is run ignores nothing; the shell around it lives on after Ctrl-C.
  writeFileSync(
    file,
    `${exports.join('')}trap : INT\n'${process.execPath}' '${LAUNCHER}' params ${line}\necho "exit code $?"\nexec cat\n`,
  );
  tmux('new-session', '-d', '-s', 'it', '-x', '100', '-y', '30', `sh ${file}`);
  return {
    pane: () => tmux('capture-pane', '-p', '-t', 'it'),
    keys: (...keys) => void tmux('send-keys', '-t', 'it', ...keys),
    [Symbol.dispose]: () => void tmux('kill-server'),
  };
}

test('a secret that is typed is not shown, and its line can be mended', { skip: withoutAwsCli || withoutTmux }, async () => {
  using shell = terminal('typed', 'put /typed/x');
  await eventually('it asks', DONE_MS_MAX, () => shell.pane().includes('value of /typed/x (is not shown):'));
  shell.keys('-l', 'hushh');
  shell.keys('BSpace');
  shell.keys('-l', ' ä!');
  shell.keys('Enter');
  await eventually('it is written', DONE_MS_MAX, () => shell.pane().includes('exit code 0'));
  assert.doesNotMatch(shell.pane(), /hush/);
  assert.equal((await params('get', '/typed/x')).out, 'hush ä!');
});

test('Ctrl-C at a terminal reaches the program once', { skip: withoutAwsCli || withoutTmux }, async () => {
  const program = place('program.sh');
  writeFileSync(
    program,
    `n=0\ntrap 'n=$((n+1)); echo "told $n"' INT\necho ready\nwhile [ $n = 0 ]; do sleep 0.1; done\nsleep 0.5\nexit $((10 + n))\n`,
  );
  using shell = terminal('interrupted', `exec /run -- sh ${program}`);
  await eventually('the program runs', DONE_MS_MAX, () => shell.pane().includes('ready'));
  shell.keys('C-c');
  await eventually('its end', DONE_MS_MAX, () => shell.pane().includes('exit code'));
  assert.match(shell.pane(), /told 1\n[^]*exit code 11/);
  assert.doesNotMatch(shell.pane(), /told 2/);
});
