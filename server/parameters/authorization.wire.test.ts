// Parameter Store through the front door: who may what, what is put on record, and what `{{ssm:…}}` in a command becomes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import type { JournalTables } from '../platform/journal/tables.ts';
import { tables } from '../platform/store/index.ts';

const simulation = new Simulation({ seed: 11 });
const REGION = 'us-east-1';
const ARN = `arn:aws:ssm:${REGION}:000000000000:parameter`;
type Input = Readonly<Record<string, unknown>>;
interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

before(async () => {
  await simulation.start();
  await simulation.enrol(1, [], () => ({ status: 'Success', code: 0, stdout: '', stderr: '', delayMs: 0 }));
});
after(() => simulation.stop());

async function callAs(credentials: Key, operation: string, input: Input, service = 'ssm') {
  const caller = { transport: simulation.network, region: REGION, now: simulation.clock.now(), credentials };
  return callOperation(caller, service, operation, input);
}
const call = (operation: string, input: Input) => callAs(simulation.administrator, operation, input);
const put = async (Name: string, Value: string, more: Input = {}) => {
  const answer = await call('PutParameter', { Name, Value, Type: 'String', ...more });
  assert.equal(answer.status, 200, answer.body);
};

async function userWith(userName: string, ...statements: readonly Input[]): Promise<Key> {
  const iam = async (operation: string, input: Input) => {
    const answer = await callAs(simulation.administrator, operation, { UserName: userName, ...input }, 'iam');
    assert.equal(answer.status, 200, answer.body);
    return answer.body;
  };
  await iam('CreateUser', {});
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  await iam('PutUserPolicy', { PolicyName: 'own', PolicyDocument });
  const made = await iam('CreateAccessKey', {});
  const read = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(made)?.[1] ?? '';
  return { accessKeyId: read('AccessKeyId'), secretAccessKey: read('SecretAccessKey') };
}

test('a user reads what its policy names, by tag too, and a secret through alias/aws/ssm without a right on the key', async () => {
  await put('/team/blue/x', 'v', { Tags: [{ Key: 'Team', Value: 'blue' }] });
  await put('/team/red/x', 'v', { Tags: [{ Key: 'Team', Value: 'red' }] });
  await put('/team/blue/secret', 'whispered', { Type: 'SecureString', Tags: [{ Key: 'Team', Value: 'blue' }] });
  const condition = { StringEquals: { 'ssm:resourceTag/Team': 'blue' } };
  const user = await userWith('blue', {
    Effect: 'Allow',
    Action: 'ssm:GetParameter*',
    Resource: `${ARN}/team/*`,
    Condition: condition,
  });
  const get = async (Name: string) => (await callAs(user, 'GetParameter', { Name, WithDecryption: true })).code;
  assert.deepEqual(
    [await get('/team/blue/x'), await get('/team/red/x'), await get('/other')],
    ['', 'AccessDeniedException', 'AccessDeniedException'],
  );
  const secret = await callAs(user, 'GetParameter', { Name: '/team/blue/secret', WithDecryption: true });
  assert.match(secret.body, /"Value":"whispered"/);
  const names = await callAs(user, 'GetParameters', { Names: ['/team/blue/x', '/team/red/x'] });
  assert.equal(names.code, 'AccessDeniedException');
});

test('a path is judged by itself, and conditions know overwriting, recursion and policies', async () => {
  await put('/cond/a', 'v');
  await put('/cond/b/c', 'v');
  const user = await userWith(
    'careful',
    { Effect: 'Allow', Action: ['ssm:GetParametersByPath', 'ssm:PutParameter'], Resource: [`${ARN}/cond`, `${ARN}/cond/*`] },
    { Effect: 'Deny', Action: 'ssm:PutParameter', Resource: '*', Condition: { StringEquals: { 'ssm:Overwrite': 'true' } } },
    { Effect: 'Deny', Action: 'ssm:PutParameter', Resource: '*', Condition: { Null: { 'ssm:Policies': 'false' } } },
    {
      Effect: 'Deny',
      Action: 'ssm:GetParametersByPath',
      Resource: '*',
      Condition: { StringEquals: { 'ssm:Recursive': 'true' } },
    },
  );
  const codeOf = async (operation: string, input: Input) => (await callAs(user, operation, input)).code;
  assert.equal(await codeOf('GetParametersByPath', { Path: '/cond' }), '');
  assert.equal(await codeOf('GetParametersByPath', { Path: '/cond', Recursive: true }), 'AccessDeniedException');
  assert.equal(await codeOf('GetParametersByPath', { Path: '/' }), 'AccessDeniedException');
  assert.equal(await codeOf('PutParameter', { Name: '/cond/new', Value: 'v', Type: 'String' }), '');
  assert.equal(await codeOf('PutParameter', { Name: '/cond/new', Value: 'w', Overwrite: true }), 'AccessDeniedException');
  assert.equal(
    await codeOf('PutParameter', { Name: '/cond/p', Value: 'w', Type: 'String', Policies: '[{}]' }),
    'AccessDeniedException',
  );
});

test('whoever makes a parameter with tags needs the right to tag it, judged by the tags that are asked for', async () => {
  const user = await userWith(
    'maker',
    { Effect: 'Allow', Action: 'ssm:PutParameter', Resource: '*' },
    {
      Effect: 'Allow',
      Action: 'ssm:AddTagsToResource',
      Resource: `${ARN}/made/*`,
      Condition: {
        StringEquals: { 'aws:RequestTag/Team': 'blue' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['Team', 'env'] },
      },
    },
  );
  const made = (Name: string, ...Tags: Input[]) => callAs(user, 'PutParameter', { Name, Value: 'v', Type: 'String', Tags });
  const [blue, red] = [
    { Key: 'Team', Value: 'blue' },
    { Key: 'Team', Value: 'red' },
  ];
  assert.equal((await made('/made/plain')).status, 200);
  assert.equal((await made('/made/blue', blue, { Key: 'env', Value: 'dev' })).status, 200);
  for (const [name, ...tags] of [
    ['/made/red', red],
    ['/made/more', blue, { Key: 'cost', Value: '1' }],
    ['/elsewhere', blue],
  ] as const) {
    const refused = await made(name, ...tags);
    assert.equal(refused.code, 'AccessDeniedException');
    assert.match(
      refused.body,
      new RegExp(
        `:user/maker is not authorized to perform: ssm:AddTagsToResource on resource: ${ARN}${name} because no identity-based`,
      ),
    );
    assert.equal((await call('GetParameter', { Name: name })).code, 'ParameterNotFound');
  }
});

test('a node reaches what lies below its own path, and nothing else', async () => {
  const registered = simulation.nodes[0]?.registered;
  assert.ok(registered?.credentials);
  await put(`/muster/nodes/${registered.nodeId}/token`, 'mine', { Type: 'SecureString' });
  await put('/muster/nodes/mi-00000000000000000/token', 'theirs');
  const get = (Name: string) => callAs(registered.credentials, 'GetParameter', { Name, WithDecryption: true });
  assert.match((await get(`/muster/nodes/${registered.nodeId}/token`)).body, /"Value":"mine"/);
  assert.equal((await get('/muster/nodes/mi-00000000000000000/token')).code, 'AccessDeniedException');
});

test('values are on no record; reading with decryption is of class secret and on record before the answer', async () => {
  await put('/record/plain', 'plain-value-here');
  await put('/record/secret', 'secret-value-here', { Type: 'SecureString' });
  await call('GetParameter', { Name: '/record/secret', WithDecryption: true });
  const rows = await simulation.database.read((tx) =>
    tables<JournalTables>(tx).selectFrom('journal_entry').selectAll().where('event_source', '=', 'ssm.amazonaws.com').execute(),
  );
  const own = rows.filter((row) => row.request_parameters.includes('/record/'));
  assert.deepEqual(
    own.map((row) => [row.event_name, row.audit_class]),
    [
      ['PutParameter', 'write'],
      ['PutParameter', 'write'],
      ['GetParameter', 'secret'],
    ],
  );
  assert.doesNotMatch(JSON.stringify(rows), /value-here/);
});

test('many names at once need the right on each, in both services', async () => {
  const Names = Array.from({ length: 40 }, (_, at) => `/many/${at}`);
  for (const name of Names.slice(0, 39)) await put(name, 'v');
  const user = await userWith('reader', {
    Effect: 'Allow',
    Action: ['muster:*', 'ssm:GetParameters'],
    Resource: `${ARN}/many/*`,
  });
  const answer = await callAs(user, 'GetParameters', { Names }, 'muster');
  assert.equal(answer.status, 200, answer.body);
  const { Parameters, InvalidParameters } = JSON.parse(answer.body) as { Parameters: unknown[]; InvalidParameters: unknown };
  assert.deepEqual([Parameters.length, InvalidParameters], [39, ['/many/39']]);
  assert.equal((await callAs(user, 'GetParameters', { Names: ['/other'] }, 'muster')).code, 'AccessDeniedException');
  assert.equal((await callAs(user, 'WatchParameters', { Path: '/many' }, 'muster')).code, 'AccessDeniedException');
  assert.equal((await callAs(user, 'WatchParameters', { Names: ['/many/1'] }, 'muster')).status, 200);
});

test('a document gets the values that its sender may read, when it is sent', async () => {
  await put('/deploy/version', '1.2.3');
  await put('/deploy/hidden', 'v');
  const nodeId = simulation.nodes[0]?.registered.nodeId ?? '';
  const send = (credentials: Key, reference: string) =>
    callAs(credentials, 'SendCommand', {
      DocumentName: 'AWS-RunShellScript',
      InstanceIds: [nodeId],
      Parameters: { commands: [`echo {{ssm:${reference}}}`] },
    });
  const user = await userWith(
    'sender',
    { Effect: 'Allow', Action: 'ssm:SendCommand', Resource: '*' },
    { Effect: 'Allow', Action: 'ssm:GetParameters', Resource: `${ARN}/deploy/version` },
  );
  const sent = await send(user, '/deploy/version');
  assert.equal(sent.status, 200, sent.body);
  const refused = await send(user, '/deploy/hidden');
  assert.match(refused.body, /the parameter does not exist, or you may not read it/);
  await put('/deploy/secret', 'v', { Type: 'SecureString' });
  assert.match((await send(simulation.administrator, '/deploy/secret')).body, /a SecureString cannot be put into a document/);
});
