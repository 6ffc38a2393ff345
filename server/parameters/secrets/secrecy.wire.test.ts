// Values in no other place than their parameter: records of calls that failed, were denied or were no calls at all, events, error texts, watches,
// and listings; whichever type the parameter has.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import { tables } from '../../platform/store/index.ts';

const simulation = new Simulation({ seed: 17 });
const SECRET = 'hush-hush-4711';
type Input = Readonly<Record<string, unknown>>;

before(() => simulation.start());
after(() => simulation.stop());

async function call(operation: string, input: Input, service = 'ssm', credentials = simulation.administrator) {
  const caller = { transport: simulation.network, region: 'us-east-1', now: simulation.clock.now(), credentials };
  return callOperation(caller, service, operation, input);
}

/** Every text of every table, but for those where values belong. */
async function everythingElse(): Promise<string> {
  return simulation.database.read(async (tx) => {
    const db = tables<Record<string, Record<string, unknown>>>(tx);
    const names = await sql<{ name: string }>`select name from sqlite_master where type = 'table'`.execute(db);
    const found: string[] = [];
    for (const { name } of names.rows) {
      if (name === 'parameters_parameter' || name === 'parameters_version') continue;
      found.push(JSON.stringify((await sql`select * from ${sql.table(name)}`.execute(db)).rows));
    }
    return found.join('\n');
  });
}

test('a value is in no record, event, error or list, however its call ended', async () => {
  const answers: string[] = [];
  const send = async (operation: string, input: Input, service?: string) => {
    const { body, code } = await call(operation, input, service);
    answers.push(body);
    return code;
  };
  const base = { Name: '/secrecy/a', Value: SECRET, Type: 'String' };
  assert.equal(await send('PutParameter', base), '');
  assert.equal(await send('PutParameter', base), 'ParameterAlreadyExists');
  assert.equal(await send('PutParameter', { ...base, Type: 'Secret' }), 'ValidationException');
  assert.equal(await send('PutParameter', { ...base, Name: '/secrecy/b', Value: `${SECRET}{{x}}` }), 'ValidationException');
  assert.equal(
    await send('PutParameter', { ...base, Name: '/secrecy/b', AllowedPattern: '[0-9]+' }),
    'ParameterPatternMismatchException',
  );
  assert.equal(await send('PutParameter', { ...base, Name: '/secrecy/b', Value: SECRET.repeat(1_000) }), 'ValidationException');
  assert.equal(await send('PutParameter', { ...base, Name: '/secrecy/b', Value: SECRET.repeat(4_000) }), 'ValidationException');
  assert.equal(await send('PutParameter', { ...base, Name: '/secrecy/b', Value: [SECRET] }), 'SerializationException');
  assert.equal(await send('PutParameter', { ...base, Name: '/secrecy/b', DataType: 'aws:ec2:image' }), 'ValidationException');
  assert.equal(await send('PutParameter', { ...base, Type: 'SecureString', Overwrite: true }), 'HierarchyTypeMismatchException');
  assert.equal(await send('PutParameter', { ...base, Name: '/secrecy/s', Type: 'SecureString', Tier: 'Advanced' }), '');
  assert.equal(
    await send('PutParameter', { ...base, Name: '/secrecy/t', Type: 'SecureString', KeyId: 'alias/none' }),
    'InvalidKeyId',
  );
  assert.equal(await send('LabelParameterVersion', { Name: '/secrecy/s', Labels: ['now'] }), '');
  assert.equal(await send('DescribeParameters', {}), '');
  assert.equal(await send('GetParameterHistory', { Name: '/secrecy/s' }), '');
  assert.equal(
    await send('GetParametersByPath', { Path: '/secrecy', ParameterFilters: [{ Key: 'Type', Values: ['SecureString'] }] }),
    '',
  );
  assert.equal(await send('WatchParameters', { Path: '/secrecy', WaitSeconds: 0 }, 'muster'), '');
  assert.equal(await send('PutParameter', { Name: '/secrecy/s', Value: `${SECRET}2`, Overwrite: true }), '');
  assert.equal(await send('RollbackParameter', { Name: '/secrecy/s', ParameterVersion: 1 }, 'muster'), '');
  assert.equal(await send('DeleteParameter', { Name: '/secrecy/s' }), '');
  for (const answer of answers) assert.ok(!answer.includes(SECRET), answer.slice(0, 500));
  await simulation.clock.advance(2_000);
  const everything = await everythingElse();
  assert.ok(everything.includes('/secrecy/b'), 'calls that failed are on record');
  assert.ok(!everything.includes(SECRET));
});

test('nor is a value that a caller may not put, and whoever is denied learns nothing of what is there', async () => {
  assert.equal((await call('PutParameter', { Name: '/secrecy/there', Value: 'v', Type: 'String' })).code, '');
  await call('CreateUser', { UserName: 'nobody' }, 'iam');
  const { body: made } = await call('CreateAccessKey', { UserName: 'nobody' }, 'iam');
  const field = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(made)?.[1] ?? '';
  const nobody = { accessKeyId: field('AccessKeyId'), secretAccessKey: field('SecretAccessKey') };
  const put = { Value: `${SECRET}-denied`, Type: 'SecureString', Overwrite: true };
  const calls: readonly (readonly [string, (name: string) => Input, string?])[] = [
    ['PutParameter', (Name) => ({ ...put, Name })],
    ['GetParameter', (Name) => ({ Name })],
    ['GetParameters', (Name) => ({ Names: [Name] })],
    ['GetParameterHistory', (Name) => ({ Name })],
    ['GetParametersByPath', (Path) => ({ Path })],
    ['LabelParameterVersion', (Name) => ({ Name, Labels: ['x'] })],
    ['UnlabelParameterVersion', (Name) => ({ Name, ParameterVersion: 1, Labels: ['x'] })],
    ['DeleteParameter', (Name) => ({ Name })],
    ['DeleteParameters', (Name) => ({ Names: [Name] })],
    ['AddTagsToResource', (ResourceId) => ({ ResourceType: 'Parameter', ResourceId, Tags: [{ Key: 'a', Value: 'b' }] })],
    ['ListTagsForResource', (ResourceId) => ({ ResourceType: 'Parameter', ResourceId })],
    ['GetParameters', (Name) => ({ Names: [Name] }), 'muster'],
    ['WatchParameters', (Name) => ({ Names: [Name] }), 'muster'],
    ['RollbackParameter', (Name) => ({ Name, ParameterVersion: 1 }), 'muster'],
  ];
  for (const [operation, input, service] of calls) {
    const [there, absent] = await Promise.all(
      ['/secrecy/there', '/secrecy/away_'].map((name) => call(operation, input(name), service, nobody)),
    );
    assert.equal(there?.code, 'AccessDeniedException', operation);
    assert.equal(there?.body.replaceAll('there', 'away_'), absent?.body, operation);
  }
  await simulation.clock.advance(2_000);
  assert.ok(!(await everythingElse()).includes(SECRET));
});
