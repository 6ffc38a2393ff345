// Exports with history against the composed server: what was there is there again, version by version, with the labels where they were; what is done again
// does nothing; what cannot be carried over is said.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { startParams } from './params.fixture.ts';

const directory = mkdtempSync(join(tmpdir(), 'muster-cli-history-'));
const place = (name: string): string => join(directory, name);
let kit: Awaited<ReturnType<typeof startParams>>;
before(async () => {
  kit = await startParams(24);
});
after(async () => {
  await kit[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

type Json = Readonly<Record<string, unknown>>;
const params = (...argv: readonly string[]) => kit.run(argv);
const put = (Name: string, Value: string, more: Json = {}) => kit.call('PutParameter', { Name, Value, Type: 'String', ...more });
const label = (Name: string, ParameterVersion: number, ...Labels: readonly string[]) =>
  kit.call('LabelParameterVersion', { Name, ParameterVersion, Labels });

/** Without who and when. An empty description says as much as none. */
async function historyOf(Name: string): Promise<Json[]> {
  const found: Json[] = [];
  let NextToken: unknown;
  do {
    const page = await kit.call('GetParameterHistory', {
      Name,
      WithDecryption: true,
      ...(NextToken === undefined ? {} : { NextToken }),
    });
    found.push(...(page['Parameters'] as readonly Json[]));
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  return found.map(({ LastModifiedDate: _date, LastModifiedUser: _user, Name: _name, Description = '', ...rest }) => ({
    ...rest,
    Description,
  }));
}

async function populate(path: string): Promise<string[]> {
  const { KeyMetadata } = await kit.call('CreateKey', {}, 'kms');
  const KeyId = String((KeyMetadata as Json)['KeyId']);
  await put(`${path}/conf`, '80', { Description: 'port', AllowedPattern: '^\\d+$', Tags: [{ Key: 'team', Value: 'blue' }] });
  await put(`${path}/conf`, '81', { Overwrite: true });
  await put(`${path}/conf`, 'a,b', { Overwrite: true, Type: 'StringList', AllowedPattern: '', Description: '' });
  await put(`${path}/conf`, 'x'.repeat(5_000), { Overwrite: true, Tier: 'Advanced' });
  await label(`${path}/conf`, 1, 'first', 'good');
  await label(`${path}/conf`, 4, 'live');
  await put(`${path}/secret`, 'old "secret"', { Type: 'SecureString' });
  await put(`${path}/secret`, 'new\nsecret', { Type: 'SecureString', Overwrite: true, KeyId });
  await label(`${path}/secret`, 1, 'before');
  await put(`${path}/single`, 'v');
  await label(`${path}/single`, 1, 'only');
  return ['conf', 'secret', 'single'].map((name) => `${path}/${name}`);
}

for (const format of ['json', 'yaml'] as const)
  test(`an export with history as ${format} brings back every version and label, and the same import again does nothing`, async () => {
    const names = await populate(`/${format}`);
    const before = await Promise.all(names.map(historyOf));
    const output = place(`history.${format}`);
    assert.equal((await params('export', `/${format}`, '--history', '--output', output)).err, `3 parameters in ${output}\n`);
    assert.equal((await params('delete', ...names, '--yes')).code, 0);
    const imported = await params('import', output);
    assert.equal(imported.code, 0, imported.err);
    assert.match(
      imported.out,
      /^create    \/\w+\/conf  String, 4 versions\n.*\/secret  SecureString, 2 versions\n.*\/single  String, 1 version\n$/s,
    );
    assert.doesNotMatch(imported.out + imported.err, /"secret|new\nsecret/);
    assert.deepEqual(await Promise.all(names.map(historyOf)), before);
    assert.deepEqual((await kit.call('ListTagsForResource', { ResourceType: 'Parameter', ResourceId: names[0] }))['TagList'], [
      { Key: 'team', Value: 'blue' },
    ]);
    const again = await params('import', output);
    assert.deepEqual([again.code, again.out, again.err], [0, '', '0 to create, 0 to change, 3 the same, 0 in conflict\n']);
  });

test('without --history there is none, and a dotenv file cannot have it', async () => {
  await put('/plain/x', '1');
  await put('/plain/x', '2', { Overwrite: true });
  assert.doesNotMatch((await params('export', '/plain')).out, /History|Labels/);
  await assert.rejects(params('export', '/plain', '--history', '--format', 'dotenv'), {
    message: 'a dotenv file has values only; --history is for json and yaml',
  });
});

test('numbers of a history that was trimmed are others, and that is said', async () => {
  for (let at = 1; at <= 103; at++) await put('/trimmed/x', `value ${at}`, { Overwrite: at > 1 });
  await label('/trimmed/x', 50, 'kept');
  const { out } = await params('export', '/trimmed', '--history');
  const copied = await kit.run(['import', '-', '--strip', '/trimmed', '--path', '/copied'], { piped: out });
  assert.equal(copied.code, 0, copied.err);
  assert.equal(copied.out, 'create    /copied/x  String, 100 versions; 4 to 103 become 1 to 100\n');
  const history = await historyOf('/copied/x');
  assert.deepEqual([history.length, history[0]?.['Value'], history.at(-1)?.['Value']], [100, 'value 4', 'value 103']);
  assert.deepEqual(
    history
      .filter(({ Labels }) => (Labels as readonly string[]).length > 0)
      .map(({ Version, Value, Labels }) => [Version, Value, Labels]),
    [[47, 'value 50', ['kept']]],
  );
});

test('what is there with another history is a conflict; --overwrite puts the versions of the file behind it, and moves labels', async () => {
  await put('/other/x', 'a');
  await put('/other/x', 'b', { Overwrite: true });
  await label('/other/x', 1, 'live');
  const { out } = await params('export', '/other', '--history');
  await put('/other/x', 'mine', { Overwrite: true, Description: 'mine' });
  const careful = await kit.run(['import', '-'], { piped: out });
  assert.equal(careful.code, 1);
  assert.equal(
    careful.out,
    'conflict  /other/x  is there with another history; --overwrite puts the 2 versions of the file behind it\n',
  );
  const forced = await kit.run(['import', '-', '--overwrite'], { piped: out });
  assert.equal(forced.code, 0, forced.err);
  assert.equal(forced.out, 'change    /other/x  String: 2 of 2 versions; 1 to 2 become 4 to 5\n');
  assert.deepEqual(
    (await historyOf('/other/x')).map(({ Value, Labels, Description }) => [Value, Labels, Description]),
    [
      ['a', [], ''],
      ['b', [], ''],
      ['mine', [], 'mine'],
      ['a', ['live'], ''],
      ['b', [], ''],
    ],
  );
  assert.match((await kit.run(['import', '-', '--overwrite'], { piped: out })).err, /^0 to create, 0 to change, 1 the same/);
});

test('an import that stopped in a history goes on where it was', async () => {
  for (const [at, value] of ['a', 'b', 'c', 'd'].entries()) await put('/half/x', value, { Overwrite: at > 0 });
  await label('/half/x', 2, 'two');
  const { out } = await params('export', '/half', '--history');
  const versions = JSON.parse(out) as { Parameters: { History: { Value: string }[] }[] };
  const [, , third] = versions.Parameters[0]?.History ?? [];
  assert.ok(third);
  third.Value = '{{ssm:refused}}';
  await params('delete', '/half/x', '--yes');
  const stopped = await kit.run(['import', '-'], { piped: JSON.stringify(versions) });
  assert.equal(stopped.code, 1);
  assert.match(
    stopped.err,
    /^failed \/half\/x: at the 3\. of 4 versions: ValidationException: .*\(--overwrite goes on from there\)$/m,
  );
  const careful = await kit.run(['import', '-'], { piped: out });
  assert.equal(careful.out, 'conflict  /half/x  is there with 2 of 4 versions; --overwrite puts the others\n');
  const done = await kit.run(['import', '-', '--overwrite'], { piped: out });
  assert.equal(done.out, 'change    /half/x  String: 2 of 4 versions\n');
  assert.deepEqual(
    (await historyOf('/half/x')).map(({ Value, Labels }) => [Value, Labels]),
    [
      ['a', []],
      ['b', ['two']],
      ['c', []],
      ['d', []],
    ],
  );
});

test('labels alone make no version', async () => {
  await put('/labels/x', 'a');
  await label('/labels/x', 1, 'one', 'two');
  const { out } = await params('export', '/labels', '--history');
  await kit.call('UnlabelParameterVersion', { Name: '/labels/x', ParameterVersion: 1, Labels: ['two'] });
  const careful = await kit.run(['import', '-'], { piped: out });
  assert.equal(careful.out, 'conflict  /labels/x  is there with other labels; --overwrite changes them\n');
  assert.equal((await kit.run(['import', '-', '--overwrite'], { piped: out })).out, 'change    /labels/x  String: labels\n');
  assert.partialDeepStrictEqual(await historyOf('/labels/x'), [{ Version: 1, Labels: ['one', 'two'] }]);
});

test('policies of the newest version come back, those of versions before it are left out, and that is said', async () => {
  const policies = (After: string) =>
    JSON.stringify([{ Type: 'NoChangeNotification', Version: '1.0', Attributes: { After, Unit: 'Days' } }]);
  await put('/pol/x', 'a', { Tier: 'Advanced', Policies: policies('10') });
  await put('/pol/x', 'b', { Overwrite: true, Policies: policies('20') });
  const { out } = await params('export', '/pol', '--history');
  await params('delete', '/pol/x', '--yes');
  const said = await kit.run(['import', '-'], { piped: out });
  assert.equal(said.code, 0, said.err);
  assert.match(said.err, /^policies of versions before the newest are left out, of 1 parameter$/m);
  const [old, fresh] = await historyOf('/pol/x');
  assert.deepEqual(old?.['Policies'], []);
  assert.match(JSON.stringify(fresh?.['Policies']), /"After\\":\\"20/);
});

test("keys of versions that are not here go under everybody's, each named once for its parameter", async () => {
  const version = (Version: number, KeyId: string) => ({ Version, KeyId, Type: 'SecureString', Value: `v${Version}` });
  const file = place('keys.json');
  writeFileSync(
    file,
    JSON.stringify([{ Name: '/elsewhere/s', ...version(3, 'key-b'), History: [version(1, 'key-a'), version(2, 'key-a')] }]),
  );
  const { code, err } = await params('import', file);
  assert.equal(code, 0, err);
  for (const key of ['key-a', 'key-b'])
    assert.match(err, new RegExp(`the key ${key} is not here: its 1 SecureString goes under alias/aws/ssm`));
  assert.deepEqual(
    (await historyOf('/elsewhere/s')).map(({ KeyId, Value }) => [KeyId, Value]),
    [1, 2, 3].map((at) => ['alias/aws/ssm', `v${at}`]),
  );
});

test('whatever the versions, an export with history is imported elsewhere as it was', async () => {
  const version = fc.record({
    Value: fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => !text.includes('\0') && !text.includes('{{')),
    Description: fc.option(fc.constantFrom('', 'one', 'two'), { nil: undefined }),
    Type: fc.constantFrom('String', 'StringList'),
    Labels: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 2 }),
  });
  const histories = fc.sample(fc.array(version, { minLength: 1, maxLength: 6 }), { numRuns: 25, seed: 8 });
  for (const [at, versions] of histories.entries())
    for (const [index, { Labels, Description, ...input }] of versions.entries()) {
      const Name = `/any/${at}`;
      await kit.call('PutParameter', {
        Name,
        ...input,
        ...(Description === undefined ? {} : { Description }),
        Overwrite: index > 0,
      });
      if (Labels.length > 0) await label(Name, index + 1, ...Labels);
    }
  for (const format of ['json', 'yaml']) {
    const { out } = await params('export', '/any', '--history', '--format', format);
    const taken = await kit.run(['import', '-', '--strip', '/any', '--path', `/any-${format}`, '--format', format], {
      piped: out,
    });
    assert.equal(taken.code, 0, taken.err);
    for (const at of histories.keys()) assert.deepEqual(await historyOf(`/any-${format}/${at}`), await historyOf(`/any/${at}`));
  }
});

test('what no history should be is said with its place, without its text', async () => {
  const entry = { Name: '/a', Type: 'String', Value: 'secret' };
  for (const [more, sentence] of [
    [{ History: 'secret' }, /History of \/a is no list$/],
    [{ History: [{ Type: 'String' }] }, /the history of \/a has a version without a Value$/],
    [{ History: [{ Value: 'secret' }] }, /the history of \/a has a version without a Type$/],
    [{ History: [], Labels: [1] }, /Labels of \/a is no list of texts$/],
    [{ History: [{ Type: 'Text', Value: 'secret' }] }, /Type in the history of \/a is "Text", which is none of/],
  ] as const) {
    writeFileSync(place('odd.json'), JSON.stringify([{ ...entry, ...more }]));
    await assert.rejects(params('import', place('odd.json')), (error: Error) => {
      assert.match(error.message, sentence);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  }
});
