// `muster params` against the composed server: one parameter at a time. What is shown, what is not, and the exit codes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setPolicy, addUser } from '@muster/testkit/people.ts';
import { type RunOptions, startParams } from './params.fixture.ts';

let kit: Awaited<ReturnType<typeof startParams>>;
before(async () => {
  kit = await startParams(21);
});
after(() => kit[Symbol.asyncDispose]());

const params = (...argv: readonly string[]) => kit.run(argv);
const put = async (name: string, value: string, ...more: readonly string[]): Promise<void> => {
  const { code, err } = await kit.run(['put', name, ...more], { piped: value });
  assert.equal(code, 0, err);
};

test('a secret comes from standard input or is typed, and comes back as it is', async () => {
  await put('/one/piped', 's3cret\n');
  assert.deepEqual(await params('get', '/one/piped'), { code: 0, out: 's3cret', err: '' });
  await put('/one/exact', '-----BEGIN-----\nx\n', '--exact');
  assert.equal((await params('get', '/one/exact')).out, '-----BEGIN-----\nx\n');
  const typed = await kit.run(['put', '/one/typed'], { answer: 'typed secret' });
  assert.equal(typed.err, 'value of /one/typed (is not shown): \n/one/typed version 1\n');
  assert.equal((await params('get', '/one/typed')).out, 'typed secret');
  const { Parameter } = await kit.call('GetParameter', { Name: '/one/typed' });
  assert.equal((Parameter as { Type: string }).Type, 'SecureString');
});

test('what is there is overwritten when that is said, and keeps its type', async () => {
  await put('/one/plain', '80', '--type', 'String');
  const again = await kit.run(['put', '/one/plain'], { piped: '81' });
  assert.equal(again.code, 2);
  assert.equal(
    again.err,
    'muster: ParameterAlreadyExists: there is a parameter /one/plain already; --overwrite makes a new version of it\n',
  );
  await put('/one/plain', '82', '--overwrite');
  assert.match((await params('list', '/one')).out, /^\/one\/plain +String +2 +Standard +\d{4}-/m);
});

test('a value on a terminal cannot move its cursor', async () => {
  await put('/one/odd', 'a\x1b[2Jb\x07');
  assert.equal((await kit.run(['get', '/one/odd'], { terminal: true })).out, 'ab^G\n');
  assert.equal((await params('get', '/one/odd')).out, 'a\x1b[2Jb\x07');
});

test('what is not there is named', async () => {
  const { code, err } = await params('get', '/one/none');
  assert.deepEqual([code, err], [2, 'muster: ParameterNotFound: there is no parameter /one/none\n']);
  assert.equal((await params('rollback', '/one/none', '--to', '1')).err, err);
});

test('the versions of a parameter are listed without values', async () => {
  await put('/h/x', 'first');
  await put('/h/x', 'second', '--overwrite', '--description', 'changed');
  await kit.call('LabelParameterVersion', { Name: '/h/x', ParameterVersion: 1, Labels: ['good', 'old'] });
  const { out } = await params('history', '/h/x');
  assert.match(out, /^VERSION +TYPE +LABELS +CHANGED +BY +DESCRIPTION\n1 +SecureString +good, old +\S+ \S+ +\S*administrator/);
  assert.doesNotMatch(out, /first|second/);
  const json = (await params('history', '/h/x', '--json')).out.trim().split('\n');
  assert.partialDeepStrictEqual(JSON.parse(json[0] ?? ''), { type: 'version', version: 1, labels: ['good', 'old'] });
});

test('a difference of versions: lines of a value, fields beside it, exit code 1; a secret is told apart only', async () => {
  await put('/d/conf', 'a\nb\nc', '--type', 'String', '--description', 'one');
  await put('/d/conf', 'a\nB\nc', '--overwrite', '--description', 'two');
  await put('/d/conf', 'a\nB\nc', '--overwrite');
  const { code, out } = await params('diff', '/d/conf', '--from', '1', '--to', '2');
  assert.equal(code, 1);
  assert.match(
    out,
    /^--- \/d\/conf version 1 .*\n\+\+\+ \/d\/conf version 2 .*\n-description: one\n\+description: two\n@@ -1,3 \+1,3 @@\n a\n-b\n\+B\n c\n$/,
  );
  assert.deepEqual(await params('diff', '/d/conf'), { code: 0, out: '', err: '' });
  await put('/d/secret', 'old password');
  await put('/d/secret', 'new password', '--overwrite');
  const hidden = await params('diff', '/d/secret');
  assert.equal(hidden.code, 1);
  assert.match(hidden.out, /\n!value: changed, a SecureString \(--show-secrets shows it\)\n$/);
  assert.doesNotMatch(hidden.out + hidden.err, /password/);
  assert.match((await params('diff', '/d/secret', '--show-secrets')).out, /\n-old password\n\+new password\n$/);
  await assert.rejects(params('diff', '/d/conf', '--from', '9'), /\/d\/conf has no version 9; muster params history/);
});

test('a difference of paths: by what stands below them', async () => {
  for (const [name, value] of [
    ['/stage/a', 'same'],
    ['/stage/b', 'stage'],
    ['/stage/only/x', '1'],
    ['/live/a', 'same'],
    ['/live/b', 'live'],
    ['/live/c', '1'],
  ] as const)
    await put(name, value, '--type', 'String');
  await put('/stage/s', 'stage secret');
  await put('/live/s', 'live secret');
  const { code, out, err } = await params('diff', '/stage', '/live/');
  assert.equal(code, 1);
  assert.equal(
    out,
    [
      '--- /stage/b\n+++ /live/b\n@@ -1 +1 @@\n-stage\n+live',
      '+++ /live/c  only here, a String',
      '--- /stage/only/x  only here, a String',
      '--- /stage/s\n+++ /live/s\n!value: changed, a SecureString (--show-secrets shows it)\n',
    ].join('\n'),
  );
  assert.match(err, /^4 of 5 differ between \/stage and \/live\n$/);
  assert.equal((await params('diff', '/stage', '/stage')).code, 0);
});

test('a rollback makes the old version the newest, unless another writer came between', async () => {
  await put('/r/x', 'good');
  await kit.call('LabelParameterVersion', { Name: '/r/x', ParameterVersion: 1, Labels: ['good'] });
  await put('/r/x', 'bad', '--overwrite');
  const late = await params('rollback', '/r/x', '--to', '1', '--expect', '1');
  assert.equal(late.code, 2);
  assert.match(late.err, /^muster: TooManyUpdates: The newest version of \/r\/x is 2, not 1/);
  assert.equal((await params('rollback', '/r/x', '--to', 'good')).err, '/r/x version 3 is what version 1 was\n');
  assert.equal((await params('get', '/r/x')).out, 'good');
  assert.equal((await params('get', '/r/x:2')).out, 'bad');
});

test('whoever may not read is told so in one line; a dotenv export needs the right to its path alone', async () => {
  await put('/denied/x', 'v');
  const credentials = await addUser(kit.simulation, 'reader');
  const as: RunOptions = { credentials };
  assert.match((await kit.run(['get', '/denied/x'], as)).err, /^muster: AccessDeniedException: .*ssm:GetParameter on resource/);
  await setPolicy(
    kit.simulation,
    'reader',
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ssm:GetParametersByPath', Resource: '*' }] }),
  );
  const said = await kit.run(['export', '/denied', '--format', 'dotenv'], as);
  assert.deepEqual(said, { code: 0, out: 'X=v\n', err: '' });
});

test('wrong use is one sentence', async () => {
  for (const [argv, sentence] of [
    [[], /which one\?; muster params --help/],
    [['show'], /not "show"/],
    [['list'], /takes one PATH/],
    [['list', 'app'], /"app" is no path/],
    [['put', '/x', 'secret'], /takes one NAME \(the value comes from standard input\), not also/],
    [['rollback', '/x'], /to which version\?/],
    [['export', '/x', '--format', 'xml'], /none of json, yaml, dotenv/],
    [['exec', '/x'], /muster params exec PATH… -- CMD ARGS/],
    [['import', '/nowhere.json'], /cannot read \/nowhere\.json/],
  ] as const)
    await assert.rejects(params(...argv), { message: sentence }, argv.join(' '));
  assert.match((await params('--help')).out, /^muster params: parameters and secrets/);
  assert.match((await params('diff', '--help')).out, /^muster params: parameters and secrets/);
});
