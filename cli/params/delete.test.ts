// `muster params delete` against the composed server: who is asked, what is gone, what was not there.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { addUser, setPolicy } from '@muster/testkit/people.ts';
import { startParams } from './params.fixture.ts';

let kit: Awaited<ReturnType<typeof startParams>>;
before(async () => {
  kit = await startParams(23);
});
after(() => kit[Symbol.asyncDispose]());

async function made(...names: readonly string[]): Promise<void> {
  for (const Name of names) await kit.call('PutParameter', { Name, Value: 'v', Type: 'String' });
}
async function left(path: string): Promise<string[]> {
  const { out } = await kit.run(['list', path, '--json']);
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { name: string }).name);
}

test('a person is shown the names and types yes; with anything else nothing is deleted', async () => {
  await made('/asked/a', '/asked/b');
  const no = await kit.run(['delete', '/asked/a', '/asked/b'], { answer: 'y', terminal: true });
  assert.deepEqual([no.code, no.out], [2, '']);
  assert.equal(
    no.err,
    '/asked/a\n/asked/b\nType yes to delete these 2 with all their versions, labels and tags: muster: nothing was deleted\n',
  );
  assert.deepEqual(await left('/asked'), ['/asked/a', '/asked/b']);
  const yes = await kit.run(['delete', '/asked/a'], { answer: 'yes', terminal: true });
  assert.deepEqual([yes.code, yes.out], [0, '/asked/a\n']);
  assert.match(yes.err, /Type yes to delete it with all its versions, labels and tags: 1 of 1 deleted\n$/);
  assert.deepEqual(await left('/asked'), ['/asked/b']);
});

test('where nobody can be asked, --yes says it', async () => {
  await made('/script/a');
  await assert.rejects(kit.run(['delete', '/script/a']), { message: 'nobody can be asked here; --yes deletes without asking' });
  assert.deepEqual(await left('/script'), ['/script/a']);
  assert.deepEqual(await kit.run(['delete', '/script/a', '--yes']), { code: 0, out: '/script/a\n', err: '1 of 1 deleted\n' });
});

test('more than ten go in several calls; what was not there is named, and the exit code says that there was some', async () => {
  const names = Array.from({ length: 23 }, (_, at) => `/many/${String(at).padStart(2, '0')}`);
  await made(...names);
  const said = await kit.run(['delete', '/many/none', ...names, '/many/05', '--yes']);
  assert.equal(said.code, 1);
  assert.equal(said.out, `${names.join('\n')}\n`);
  assert.equal(said.err, 'there is no parameter /many/none\n23 of 24 deleted\n');
  assert.deepEqual(await left('/many'), []);
});

test('after a refusal it is said what is gone by then', async () => {
  const names = Array.from({ length: 12 }, (_, at) => `/partly/${String(at).padStart(2, '0')}`);
  await made(...names);
  const credentials = await addUser(kit.simulation, 'cleaner');
  const resources = names.slice(0, 10).map((name) => `arn:aws:ssm:us-east-1:*:parameter${name}`);
  const Statement = [{ Effect: 'Allow', Action: 'ssm:DeleteParameters', Resource: resources }];
  await setPolicy(kit.simulation, 'cleaner', JSON.stringify({ Version: '2012-10-17', Statement }));
  const said = await kit.run(['delete', ...names, '--yes'], { credentials });
  assert.equal(said.code, 2);
  assert.match(said.err, /^10 of 12 deleted\nmuster: AccessDeniedException: .*ssm:DeleteParameters on resource: .*\/partly\/10 /);
  assert.deepEqual(await left('/partly'), names.slice(10));
});

test('a version alone is not deleted, and no name is wrong use', async () => {
  await assert.rejects(kit.run(['delete', '/x:3', '--yes']), /"\/x:3" names a version: a parameter is deleted with all of them/);
  await assert.rejects(kit.run(['delete', '--yes']), /muster params delete NAME…/);
});
