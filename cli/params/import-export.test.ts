// Parameters as files, against the composed server: what goes out comes in again; what the AWS CLI and chamber print is taken; what is said before and
// after, and that values are not.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { startParams } from './params.fixture.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-cli-params-'));
const place = (name: string): string => join(directory, name);
let kit: Awaited<ReturnType<typeof startParams>>;
before(async () => {
  kit = await startParams(22);
});
after(async () => {
  await kit[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const params = (...argv: readonly string[]) => kit.run(argv);
type Json = Readonly<Record<string, unknown>>;

function file(name: string, content: unknown): string {
  writeFileSync(place(name), typeof content === 'string' ? content : JSON.stringify(content));
  return place(name);
}

async function shown(Name: string): Promise<Json> {
  const { Parameters } = await kit.call('DescribeParameters', { ParameterFilters: [{ Key: 'Name', Values: [Name] }] });
  const { Parameter } = await kit.call('GetParameter', { Name, WithDecryption: true });
  const { LastModifiedDate: _date, LastModifiedUser: _user, ...metadata } = (Parameters as readonly Json[])[0] ?? {};
  return { ...metadata, Value: (Parameter as Json)['Value'] };
}

async function populate(path: string): Promise<string[]> {
  const Policies = JSON.stringify([{ Type: 'NoChangeNotification', Version: '1.0', Attributes: { After: '20', Unit: 'Days' } }]);
  const Tags = [{ Key: 'team', Value: 'blue' }];
  const { KeyMetadata } = await kit.call('CreateKey', {}, 'kms');
  const own = String((KeyMetadata as Json)['KeyId']);
  const all: readonly Json[] = [
    { Name: `${path}/plain`, Value: '80', Type: 'String', Description: 'port', AllowedPattern: '^\\d+$', Tags },
    { Name: `${path}/list`, Value: 'a,b', Type: 'StringList' },
    { Name: `${path}/deep/secret`, Value: 'tell "nobody"\n$HOME', Type: 'SecureString', KeyId: own },
    { Name: `${path}/deep/default`, Value: 'key of all', Type: 'SecureString' },
    { Name: `${path}/advanced`, Value: 'x'.repeat(5_000), Type: 'String', Tier: 'Advanced', Policies },
    { Name: `${path}/image`, Value: 'ami-12345678', Type: 'String', DataType: 'aws:ec2:image' },
  ];
  for (const input of all) await kit.call('PutParameter', input);
  return all.map(({ Name }) => String(Name));
}

for (const format of ['json', 'yaml'] as const)
  test(`an export as ${format} restores what was deleted, and the same import again does nothing`, async () => {
    const names = await populate(`/${format}`);
    const before = await Promise.all(names.map(shown));
    const output = place(`all.${format}`);
    const made = await params('export', `/${format}`, '--output', output);
    assert.deepEqual([made.code, made.out, made.err], [0, '', `6 parameters in ${output}\n`]);
    assert.equal(statSync(output).mode & 0o777, 0o600);
    await kit.call('DeleteParameters', { Names: names });
    const plan = await params('import', output, '--dry-run');
    assert.match(plan.out, /^create    \/\w+\/deep\/secret  SecureString$/m);
    assert.match(plan.err, /^6 to create, 0 to change, 0 the same, 0 in conflict\n$/);
    assert.doesNotMatch(plan.out, /nobody/);
    const imported = await params('import', output);
    assert.deepEqual([imported.code, imported.err], [0, '6 to create, 0 to change, 0 the same, 0 in conflict\n6 done\n']);
    assert.deepEqual(await Promise.all(names.map(shown)), before);
    assert.deepEqual((await kit.call('ListTagsForResource', { ResourceType: 'Parameter', ResourceId: names[0] }))['TagList'], [
      { Key: 'team', Value: 'blue' },
    ]);
    const again = await params('import', output);
    assert.deepEqual([again.code, again.out, again.err], [0, '', '0 to create, 0 to change, 6 the same, 0 in conflict\n']);
  });

test('whatever the values, YAML and JSON bring them back', async () => {
  const values = fc.sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), { numRuns: 60, seed: 3 });
  const odd = [
    'yes',
    '0123',
    'null',
    '~',
    '- a',
    'a: b',
    '"',
    "'",
    ' lead',
    'trail ',
    'a\n\nb\n',
    '\ttab',
    '|',
    '#x',
    '1e3',
    'a\r\nb',
    '\u2028',
  ];
  const usable = [...values, ...odd].filter((value) => !value.includes('\0') && !value.includes('{{'));
  for (const [at, Value] of usable.entries()) await kit.call('PutParameter', { Name: `/odd/${at}`, Value, Type: 'String' });
  for (const format of ['json', 'yaml']) {
    const { out } = await params('export', '/odd', '--format', format, '--no-tags');
    const taken = await kit.run(['import', '-', '--strip', '/odd', '--path', `/odd-${format}`, '--format', format], {
      piped: out,
    });
    assert.equal(taken.code, 0, taken.err);
    const same = await params('diff', '/odd', `/odd-${format}`);
    assert.deepEqual([same.code, same.out], [0, '']);
  }
});

test('dotenv: names of variables, and the same file imported again is the same', async () => {
  for (const [Name, Value] of [
    ['/env/db/pass-word', `it's $5`],
    ['/env/db.host', 'h'],
    ['/env/Port', '80'],
  ])
    await kit.call('PutParameter', { Name, Value, Type: 'SecureString' });
  const { out } = await params('export', '/env', '--format', 'dotenv');
  assert.deepEqual(out.trim().split('\n').toSorted(), [`DB_HOST=h`, `DB_PASS_WORD="it's \\$5"`, 'PORT=80']);
  const env = file('service.env', `${out}NEW_ONE=fresh\n`);
  const said = await params('import', env, '--path', '/env');
  assert.equal(said.out, 'create    /env/NEW_ONE  SecureString\n');
  assert.match(said.err, /^1 to create, 0 to change, 3 the same/);
  await assert.rejects(params('import', env), /the names in the file have no path; say it: --path/);
});

test('two parameters that would be one variable are refused by both their names, and so is no variable', async () => {
  for (const Name of ['/clash/a-b', '/clash/a_b', '/digit/1st'])
    await kit.call('PutParameter', { Name, Value: 'v', Type: 'String' });
  await assert.rejects(params('export', '/clash', '--format', 'dotenv'), {
    message: '/clash/a-b and /clash/a_b would both be A_B; rename one of them',
  });
  await assert.rejects(params('export', '/digit', '--format', 'dotenv'), /no names of variables: \/digit\/1st \(would be 1ST\)/);
});

test('an export without secrets has none and says how many', async () => {
  await kit.call('PutParameter', { Name: '/mixed/a', Value: 'plain', Type: 'String' });
  await kit.call('PutParameter', { Name: '/mixed/b', Value: 'hidden', Type: 'SecureString' });
  for (const format of ['json', 'yaml', 'dotenv']) {
    const { out, err } = await params('export', '/mixed', '--format', format, '--no-secrets');
    assert.match(out, /plain/);
    assert.doesNotMatch(out, /hidden/);
    assert.equal(err, '1 parameter; 1 SecureString left out\n');
  }
});

test('a file that could not be made whole is not there', async () => {
  for (const Name of ['/half/a-b', '/half/a_b']) await kit.call('PutParameter', { Name, Value: 'v', Type: 'String' });
  await assert.rejects(params('export', '/half', '--output', place('half.env')), /would both be A_B/);
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith('half')),
    [],
  );
});

test('a place that cannot be written is said, and one that is left by Ctrl-C is empty', async () => {
  await kit.call('PutParameter', { Name: '/left/a', Value: 'v', Type: 'String' });
  await assert.rejects(params('export', '/left', '--output', place('no/such/place')), /^Error: cannot write .*ENOENT/);
  await assert.rejects(params('export', '/left', '--output', directory), /^Error: cannot write /);
  const left = await kit.run(['export', '/left', '--output', place('left.json')], { interrupted: true });
  assert.deepEqual([left.code, left.out, left.err], [130, '', '']);
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.includes('left') || name.endsWith('.part')),
    [],
  );
});

const awsPage = (from: number, count: number): Json => ({
  Parameters: Array.from({ length: count }, (_, at) => ({
    Name: `/account/${from + at}`,
    Type: (from + at) % 2 === 0 ? 'SecureString' : 'String',
    Value: `value ${from + at}`,
    Version: 7,
    LastModifiedDate: '2024-05-01T12:00:00.123000+02:00',
    ARN: `arn:aws:ssm:eu-west-1:111122223333:parameter/account/${from + at}`,
    DataType: 'text',
  })),
});

test("an AWS account's export: pages one behind the other, described by a second file, with keys that are not here", async () => {
  const values = file('values.json', `${JSON.stringify(awsPage(0, 10), undefined, 4)}\n${JSON.stringify(awsPage(10, 5))}`);
  const KeyId = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
  const described = file('described.json', {
    Parameters: [
      {
        Name: '/account/0',
        Type: 'SecureString',
        KeyId,
        Description: 'the first',
        Tier: 'Standard',
        Policies: [],
        Version: 7,
      },
      { Name: '/account/2', Type: 'SecureString', KeyId: 'alias/aws/ssm', Tier: 'Advanced', Policies: [], Version: 7 },
      { Name: '/elsewhere', Type: 'String', Version: 1 },
    ],
  });
  const { code, err } = await params('import', values, described);
  assert.equal(code, 0, err);
  assert.equal(
    err,
    `1 are described without a value in any file: left out\nthe key ${KeyId} is not here: its 1 SecureString goes under alias/aws/ssm (--key-id ${KeyId}=KEY names another)\n15 to create, 0 to change, 0 the same, 0 in conflict\n15 done\n`,
  );
  assert.partialDeepStrictEqual(await shown('/account/0'), {
    Type: 'SecureString',
    Value: 'value 0',
    Description: 'the first',
    KeyId: 'alias/aws/ssm',
  });
  assert.partialDeepStrictEqual(await shown('/account/2'), { Tier: 'Advanced' });
  assert.partialDeepStrictEqual(await shown('/account/13'), { Type: 'String', Value: 'value 13', Version: 1 });
});

test('keys are mapped one by one, or one is named for all', async () => {
  const { KeyMetadata } = await kit.call('CreateKey', {}, 'kms');
  const here = String((KeyMetadata as Json)['KeyId']);
  const entry = (name: string, KeyId: string) => ({ Name: name, Type: 'SecureString', Value: 'v', KeyId });
  const export1 = file('keys.json', {
    Parameters: [entry('/keys/a', 'old-a'), entry('/keys/b', 'old-b'), { Name: '/keys/c', Type: 'String', Value: 'v' }],
  });
  assert.equal((await params('import', export1, '--key-id', `old-a=${here}`, '--key-id', 'alias/aws/ssm')).code, 0);
  assert.equal((await shown('/keys/a'))['KeyId'], here);
  assert.equal((await shown('/keys/b'))['KeyId'], 'alias/aws/ssm');
});

test('values that are still encrypted, by AWS or here, are refused before anything is written', async () => {
  await kit.call('PutParameter', { Name: '/enc/small', Value: 'v', Type: 'SecureString' });
  await kit.call('PutParameter', { Name: '/enc/large', Value: 'v'.repeat(5_000), Type: 'SecureString', Tier: 'Advanced' });
  const { Parameters } = await kit.call('GetParametersByPath', { Path: '/enc' });
  const ours = (Parameters as readonly Json[]).map(({ Value }) => String(Value));
  assert.equal(ours.length, 2);
  for (const Value of [`AQICAHh${'Ab3/'.repeat(40)}`, ...ours]) {
    const encrypted = file('encrypted.json', { Parameters: [{ Name: '/enc/x', Type: 'SecureString', Value }] });
    await assert.rejects(params('import', encrypted), {
      message: `${encrypted}: the value of /enc/x is still encrypted; export it with --with-decryption`,
    });
  }
  const key = file('key.json', { Parameters: [{ Name: '/enc/key', Type: 'SecureString', Value: `AQ${'Ab3/'.repeat(40)}` }] });
  assert.equal((await params('import', key)).code, 0, 'a secret that is base64 is one');
});

test("chamber's export goes below its service as SecureStrings", async () => {
  const chamber = file('chamber.json', '{"db_password":"p1","db_user":"u1"}\n');
  const said = await params('import', chamber, '--path', '/chamber');
  assert.match(said.out, /^create    \/chamber\/db_password  SecureString\ncreate    \/chamber\/db_user  SecureString\n$/);
  assert.partialDeepStrictEqual(await shown('/chamber/db_user'), { Type: 'SecureString', Value: 'u1' });
});

test('what differs is a conflict until --overwrite; what is not named stays; types do not become secrets', async () => {
  await kit.call('PutParameter', { Name: '/c/a', Value: 'old', Type: 'String', Description: 'stays' });
  await kit.call('PutParameter', { Name: '/c/b', Value: 'v', Type: 'String' });
  await kit.call('PutParameter', { Name: '/c/t', Value: 'v', Type: 'String', Tags: [{ Key: 'a', Value: '1' }] });
  const source = file('conflicts.json', [
    { Name: '/c/a', Type: 'String', Value: 'new' },
    { Name: '/c/b', Type: 'SecureString', Value: 'v' },
    { Name: '/c/t', Type: 'String', Value: 'v', Tags: [{ Key: 'b', Value: '2' }] },
    { Name: '/c/new', Type: 'String', Value: 'v' },
  ]);
  const careful = await params('import', source);
  assert.equal(careful.code, 1);
  assert.match(careful.out, /^conflict  \/c\/a  is there with another value; --overwrite changes it$/m);
  assert.match(careful.out, /^conflict  \/c\/b  a String here, a SecureString in the file/m);
  assert.match(careful.err, /^1 to create, 0 to change, 0 the same, 3 in conflict\n1 done\n$/);
  const forced = await params('import', source, '--overwrite');
  assert.equal(forced.code, 1, 'one conflict is left');
  assert.match(forced.out, /^change    \/c\/a  String: value\n/);
  assert.partialDeepStrictEqual(await shown('/c/a'), { Value: 'new', Version: 2, Description: 'stays' });
  assert.equal((await shown('/c/t'))['Version'], 1, 'tags alone make no version');
  const { TagList } = await kit.call('ListTagsForResource', { ResourceType: 'Parameter', ResourceId: '/c/t' });
  assert.deepEqual(TagList, [
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: '2' },
  ]);
});

test('a secret that is changed stays under its key', async () => {
  const { KeyMetadata } = await kit.call('CreateKey', {}, 'kms');
  const KeyId = String((KeyMetadata as Json)['KeyId']);
  await kit.call('PutParameter', { Name: '/stay/s', Value: 'one', Type: 'SecureString', KeyId });
  const source = file('stay.env', 'S=two\n');
  assert.equal((await params('import', source, '--path', '/stay', '--overwrite')).code, 0);
  assert.partialDeepStrictEqual(await shown('/stay/s'), { Value: 'two', KeyId });
  await kit.run(['put', '/stay/s', '--overwrite'], { piped: 'three' });
  assert.partialDeepStrictEqual(await shown('/stay/s'), { Value: 'three', KeyId });
});

test('what is refused is said at the end, and the others are done', async () => {
  const source = file('mixed.json', [
    { Name: '/fine/a', Type: 'String', Value: 'v' },
    { Name: '/aws/reserved', Type: 'String', Value: 'v' },
    { Name: '/fine/b c', Type: 'String', Value: 'v' },
    { Name: '/fine/nested', Type: 'String', Value: '{{ssm:secret}}' },
    { Name: '/fine/z', Type: 'String', Value: 'v' },
  ]);
  const { code, err, out } = await params('import', source);
  assert.equal(code, 1);
  assert.doesNotMatch(out + err, /ssm:secret/);
  assert.match(err, /^failed \/fine\/nested: ValidationException: Parameter value can't nest/m);
  for (const name of ['/fine/a', '/fine/z']) assert.equal((await shown(name))['Value'], 'v');
  for (const name of ['/aws/reserved', '/fine/b c']) assert.match(out + err, new RegExp(`^(?:failed|conflict) +${name}`, 'm'));
});

test('what no file should be is said with its place, without its text', async () => {
  for (const [name, content, sentence] of [
    ['a.json', '{"Parameters":[{"Name":"/a","Value":"secret"', /what begins in line 1 is not JSON$/],
    ['b.json', '{"port": 80}', /port is no text; expected/],
    ['c.json', '[{"Value":"secret"}]', /a parameter without a Name$/],
    ['d.json', '[{"Name":"/a","Value":5}]', /Value of \/a is no text$/],
    ['e.json', '[{"Name":"/a","Type":"Text","Value":"x"}]', /Type of \/a is "Text", which is none of/],
    ['f.json', '[{"Name":"/a","Value":"x"},{"Name":"/a","Value":"y"}]', /^\/a has a value twice/],
    ['g.yaml', 'a: [secret', /line \d+: not YAML \(\w+\)$/],
    ['h.txt', 'secret', /what is .*h\.txt\? Say --format/],
  ] as const)
    await assert.rejects(params('import', file(name, content), '--path', '/p'), (error: Error) => {
      assert.match(error.message, sentence);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
});

test('the root holds everything of the account, names without a slash as well, and nothing public', async () => {
  await kit.call('PutParameter', { Name: 'rootless', Value: '1', Type: 'String' });
  await kit.call('PutParameter', { Name: '/rooted', Value: '2', Type: 'String' });
  const { out } = await params('export', '/', '--no-tags');
  const names = (JSON.parse(out) as { Parameters: { Name: string }[] }).Parameters.map(({ Name }) => Name);
  assert.ok(names.includes('rootless') && names.includes('/rooted') && names.includes('/fine/a'));
  assert.deepEqual(
    names.filter((name) => name.startsWith('/aws/')),
    [],
  );
  const copy = await kit.run(['import', '-', '--path', '/copy', '--format', 'json'], { piped: out });
  assert.equal(copy.code, 0, copy.err);
  assert.equal((await params('get', '/copy/rootless')).out, '1');
  const again = await kit.run(['import', '-'], { piped: out });
  assert.match(again.err, /^0 to create, 0 to change, \d+ the same, 0 in conflict\n$/);
});

test('one parameter a line: two exports can be compared', async () => {
  await kit.call('PutParameter', { Name: '/lines/a', Value: '1', Type: 'String' });
  await kit.call('PutParameter', { Name: '/lines/b', Value: '2', Type: 'String' });
  await params('export', '/lines', '--output', place('lines.json'));
  const lines = readFileSync(place('lines.json'), 'utf8').split('\n');
  assert.equal(lines.length, 5);
  assert.match(lines[1] ?? '', /^\{"Name":"\/lines\/a",.*"Value":"1"\},$/);
  assert.deepEqual((await params('export', '/nothing')).out, '{"Parameters":[\n]}\n');
  assert.deepEqual((await params('export', '/nothing', '--format', 'yaml')).out, 'Parameters: []\n');
});
