// AssumeRole by its operation: who may take which role, across accounts too, what a session inherits, and AWS's sentences for what it refuses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { openTestDatabase, quietLog } from '@muster/testkit/database.ts';
import { requestContext } from '@muster/testkit/request-context.ts';
import { administratorPrincipal, nodePrincipal, type Principal } from '../../../platform/access/index.ts';
import type { AccountId, NodeId, Region } from '../../../platform/ids.ts';
import { systemIds } from '../../../platform/ids.ts';
import { sealWith } from '../../../platform/seal/index.ts';
import { putTags } from '../entities/belongings-store.ts';
import { insertEntity } from '../entities/entity-store.ts';
import { createIdentity, migrations } from '../index.ts';
import { putInline } from '../policies/policy-store.ts';

const HERE = '123456789012' as AccountId;
const THERE = '210987654321' as AccountId;
const NOW = new Date('2027-01-01T00:00:00Z');

type Answer = {
  Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string; Expiration: Date };
  AssumedRoleUser: { AssumedRoleId: string; Arn: string };
  PackedPolicySize?: number;
  SourceIdentity?: string;
};
type Principals = Readonly<Record<string, string>> | '*';

const document = (...statements: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements });
const trusting = (
  Principal: Principals,
  more: object = {},
  Action: string | string[] = ['sts:AssumeRole', 'sts:TagSession'],
) => ({
  Effect: 'Allow',
  Principal,
  Action,
  ...more,
});
const allow = (Action: string | string[], Resource = '*') => ({ Effect: 'Allow', Action, Resource });
const roleArn = (name: string, account = HERE) => `arn:aws:iam::${account}:role/${name}`;
const userArn = (name: string, account = HERE) => `arn:aws:iam::${account}:user/${name}`;
const denied = (principal: Principal, action: string, arn: string): RegExp =>
  new RegExp(`^AccessDenied: User: ${principal.arn} is not authorized to perform: ${action} on resource: ${arn}$`);

const user = (userName: string, account = HERE): Principal => ({
  kind: 'user',
  account,
  userName,
  arn: userArn(userName, account),
  userId: `AIDA${userName.toUpperCase()}`,
  accessKeyId: 'AKIA1',
});

async function stage() {
  const database = await openTestDatabase([migrations]);
  const identity = createIdentity({
    database,
    seal: sealWith(systemIds.bytes(32), systemIds),
    clock: createSimulatedClock(NOW),
    ids: systemIds,
    log: quietLog,
    resourceTags: () => Promise.resolve(new Map()),
    isRegistered: () => true,
  });
  const operation = identity.operations.find(({ name }) => name === 'AssumeRole')!;
  const add = async (
    kind: 'user' | 'role',
    name: string,
    {
      account = HERE,
      policy,
      ...more
    }: { account?: AccountId; policy?: string; trustPolicy?: string; maxSessionSeconds?: number } = {},
    tags: readonly { Key: string; Value: string }[] = [],
  ) => {
    const id = `${kind === 'user' ? 'AIDA' : 'AROA'}${name.toUpperCase()}`;
    await database.write('test', async (tx) => {
      await insertEntity(tx, account, { kind, name, id, path: '/', createdAt: NOW, isBuiltIn: false, ...more });
      if (policy !== undefined) await putInline(tx, account, id, { name: 'own', document: policy });
      await putTags(tx, account, id, tags);
    });
  };
  const assume = async (principal: Principal, role: string, more: object = {}): Promise<Answer> =>
    (await operation.handle(requestContext({ now: NOW, principal }), {
      RoleArn: role,
      RoleSessionName: 'me',
      ...more,
    })) as Answer;
  return {
    identity,
    add,
    assume,
    async refused(principal: Principal, role: string, more: object = {}): Promise<string> {
      try {
        await assume(principal, role, more);
      } catch (error) {
        assert.ok(error instanceof Error);
        return `${error.name}: ${error.message}`;
      }
      return 'allowed';
    },
    async session(answer: Answer): Promise<Principal> {
      const { AccessKeyId, SessionToken, SecretAccessKey } = answer.Credentials;
      const found = await identity.credentials.find(AccessKeyId, SessionToken, NOW);
      assert.ok(typeof found !== 'string');
      assert.equal(found.secretAccessKey, SecretAccessKey);
      return found.principal;
    },
    [Symbol.asyncDispose]: () => database.close(),
  };
}

test('a user whom the trust policy names needs nothing else, one of a named account needs a policy of their own', async () => {
  await using on = await stage();
  await on.add('user', 'alice');
  await on.add('user', 'bob', { policy: document(allow('sts:AssumeRole', roleArn('Account'))) });
  await on.add('user', 'carol', { policy: document({ Effect: 'Deny', Action: 'sts:*', Resource: '*' }) });
  await on.add('role', 'Direct', {
    trustPolicy: document(trusting({ AWS: userArn('alice') }), trusting({ AWS: userArn('carol') })),
  });
  await on.add('role', 'Account', { trustPolicy: document(trusting({ AWS: HERE })) });
  await on.add('role', 'Service', { trustPolicy: document(trusting({ Service: 'ssm.amazonaws.com' })) });
  const [alice, bob, carol] = [user('alice'), user('bob'), user('carol')];
  const answer = await on.assume(alice, roleArn('Direct'));
  assert.deepEqual(answer.AssumedRoleUser, {
    AssumedRoleId: 'AROADIRECT:me',
    Arn: `arn:aws:sts::${HERE}:assumed-role/Direct/me`,
  });
  assert.deepEqual(answer.Credentials.Expiration, new Date(NOW.getTime() + 3_600_000));
  assert.equal(answer.PackedPolicySize, undefined);
  await on.assume(bob, roleArn('Account'));
  const administrator = administratorPrincipal(HERE, 'AKIA2');
  await on.assume(administrator, roleArn('Account'));
  for (const [principal, name] of [
    [bob, 'Direct'],
    [alice, 'Account'],
    [carol, 'Direct'],
    [alice, 'Service'],
    [administrator, 'Direct'],
    [administrator, 'Service'],
    [administrator, 'MusterNode'],
    [administrator, 'Missing'],
    [administrator, 'path/Direct'],
  ] as const)
    assert.match(await on.refused(principal, roleArn(name)), denied(principal, 'sts:AssumeRole', roleArn(name)), name);
  for (const odd of ['nothing-valid-in-here', 'arn::b:::something/test-role', `arn:aws:iam::${HERE}:user/alice`, roleArn('a b')])
    assert.equal(await on.refused(alice, odd), `ValidationException: ${odd} is invalid`);
});

test('across accounts both must agree', async () => {
  await using on = await stage();
  await on.add('user', 'alice', { policy: document(allow('sts:AssumeRole', roleArn('Named', THERE))) });
  await on.add('user', 'bob');
  await on.add('role', 'Named', {
    account: THERE,
    trustPolicy: document(trusting({ AWS: userArn('alice') }), trusting({ AWS: userArn('bob') })),
  });
  await on.add('role', 'Closed', { account: THERE, trustPolicy: document(trusting({ AWS: THERE })) });
  const [alice, bob] = [user('alice'), user('bob')];
  const answer = await on.assume(alice, roleArn('Named', THERE));
  assert.equal(answer.AssumedRoleUser.Arn, `arn:aws:sts::${THERE}:assumed-role/Named/me`);
  assert.equal((await on.session(answer)).account, THERE);
  assert.match(await on.refused(bob, roleArn('Named', THERE)), denied(bob, 'sts:AssumeRole', roleArn('Named', THERE)));
  const administrator = administratorPrincipal(HERE, 'AKIA2');
  assert.match(
    await on.refused(administrator, roleArn('Closed', THERE)),
    denied(administrator, 'sts:AssumeRole', roleArn('Closed', THERE)),
  );
});

test('the trust policy may ask for an external id, a session name, tags and tags of the caller', async () => {
  await using on = await stage();
  await on.add('user', 'alice', {}, [{ Key: 'Team', Value: 'red' }]);
  const asked = (StringEquals: object) => document(trusting({ AWS: userArn('alice') }, { Condition: { StringEquals } }));
  await on.add('role', 'External', { trustPolicy: asked({ 'sts:ExternalId': 'x-1' }) });
  await on.add('role', 'Name', { trustPolicy: asked({ 'sts:RoleSessionName': 'me' }) });
  await on.add('role', 'Tag', { trustPolicy: asked({ 'aws:RequestTag/env': 'dev' }) });
  await on.add('role', 'Caller', { trustPolicy: asked({ 'aws:PrincipalTag/team': 'red' }) });
  await on.add('role', 'Own', { trustPolicy: asked({ 'aws:ResourceTag/owner': 'alice' }) }, [{ Key: 'Owner', Value: 'alice' }]);
  const alice = user('alice');
  const cases: readonly [string, object, boolean][] = [
    ['External', {}, false],
    ['External', { ExternalId: 'x-2' }, false],
    ['External', { ExternalId: 'x-1' }, true],
    ['Name', {}, true],
    ['Name', { RoleSessionName: 'you' }, false],
    ['Tag', { Tags: [{ Key: 'env', Value: 'dev' }] }, true],
    ['Tag', { Tags: [{ Key: 'env', Value: 'prod' }] }, false],
    ['Tag', {}, false],
    ['Caller', {}, true],
    ['Own', {}, true],
  ];
  for (const [name, more, expected] of cases)
    assert.equal((await on.refused(alice, roleArn(name), more)) === 'allowed', expected, `${name} ${JSON.stringify(more)}`);
});

test('tags need sts:TagSession and a source identity sts:SetSourceIdentity', async () => {
  await using on = await stage();
  await on.add('user', 'alice');
  const alice = user('alice');
  await on.add('role', 'Plain', { trustPolicy: document(trusting({ AWS: alice.arn }, {}, 'sts:AssumeRole')) });
  await on.add('role', 'All', { trustPolicy: document(trusting({ AWS: alice.arn }, {}, 'sts:*')) });
  const Tags = [{ Key: 'env', Value: 'dev' }];
  assert.match(await on.refused(alice, roleArn('Plain'), { Tags }), denied(alice, 'sts:TagSession', roleArn('Plain')));
  const SourceIdentity = 'alice@home';
  assert.match(
    await on.refused(alice, roleArn('Plain'), { SourceIdentity }),
    denied(alice, 'sts:SetSourceIdentity', roleArn('Plain')),
  );
  const answer = await on.assume(alice, roleArn('All'), { Tags, SourceIdentity });
  assert.equal(answer.SourceIdentity, SourceIdentity);
  const session = await on.session(answer);
  assert.ok(session.kind === 'role');
  assert.deepEqual([session.tags, session.transitiveTagKeys, session.sourceIdentity], [{ env: 'dev' }, [], SourceIdentity]);
});

test('a chain of roles keeps its transitive tags and its source identity, and lasts an hour at most', async () => {
  await using on = await stage();
  await on.add('user', 'alice');
  const alice = user('alice');
  const all = (AWS: string) => document(trusting({ AWS }, {}, 'sts:*'));
  await on.add('role', 'First', { trustPolicy: all(alice.arn), maxSessionSeconds: 43_200 });
  await on.add('role', 'Second', { trustPolicy: all(roleArn('First')), maxSessionSeconds: 43_200 });
  await on.add('role', 'Third', { trustPolicy: all(`arn:aws:sts::${HERE}:assumed-role/Second/me`) });
  await on.add('role', 'Untagged', {
    trustPolicy: document(trusting({ AWS: roleArn('First') }, {}, ['sts:AssumeRole', 'sts:SetSourceIdentity'])),
  });
  const Tags = [
    { Key: 'Team', Value: 'red' },
    { Key: 'cost', Value: '7' },
  ];
  const first = await on.session(
    await on.assume(alice, roleArn('First'), {
      Tags,
      TransitiveTagKeys: ['team'],
      SourceIdentity: 'alice',
      DurationSeconds: 43_200,
    }),
  );
  assert.ok(first.kind === 'role');
  assert.deepEqual(first.transitiveTagKeys, ['Team']);
  assert.match(await on.refused(first, roleArn('Untagged')), denied(first, 'sts:TagSession', roleArn('Untagged')));
  const second = await on.session(await on.assume(first, roleArn('Second'), { Tags: [{ Key: 'own', Value: '1' }] }));
  assert.ok(second.kind === 'role');
  assert.deepEqual(
    [second.tags, second.transitiveTagKeys, second.sourceIdentity],
    [{ Team: 'red', own: '1' }, ['Team'], 'alice'],
  );
  const third = await on.session(await on.assume(second, roleArn('Third')));
  assert.ok(third.kind === 'role');
  assert.deepEqual([third.tags, third.sourceIdentity], [{ Team: 'red' }, 'alice']);
  const conflict =
    "InvalidParameterValue: One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.";
  assert.equal(await on.refused(first, roleArn('Second'), { Tags: [{ Key: 'TEAM', Value: 'blue' }] }), conflict);
  assert.match(
    await on.refused(first, roleArn('Second'), { SourceIdentity: 'mallory' }),
    denied(first, 'sts:SetSourceIdentity', roleArn('Second')),
  );
  assert.equal(
    await on.refused(first, roleArn('Second'), { DurationSeconds: 3_601 }),
    'ValidationException: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
  );
});

test("what does not fit is refused in AWS's sentences", async () => {
  await using on = await stage();
  await on.add('user', 'alice');
  const alice = user('alice');
  await on.add('role', 'R', { trustPolicy: document(trusting({ AWS: alice.arn }, {}, 'sts:*')) });
  const tags = (count: number, Value: string) => Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value }));
  const arns = (count: number) => Array.from({ length: count }, (_, index) => ({ arn: `arn:aws:iam::aws:policy/P${index}` }));
  const cases: readonly [object, RegExp][] = [
    [
      { DurationSeconds: 3_601 },
      /^ValidationException: The requested DurationSeconds exceeds the MaxSessionDuration set for this role\.$/,
    ],
    [
      { Tags: [...tags(1, 'a'), { Key: 'K0', Value: 'b' }] },
      /^InvalidParameterValue: Duplicate tag keys found\. Please note that Tag keys are case insensitive\.$/,
    ],
    [
      { Tags: tags(1, 'a'), TransitiveTagKeys: ['k1'] },
      /^InvalidParameterValue: The specified transitive tag key must be included in the requested tags\.$/,
    ],
    [
      { Tags: tags(30, 'x'.repeat(256)) },
      /^PackedPolicyTooLarge: Packed size of session tags consumes 13\d% of allotted space\.$/,
    ],
    [
      { Policy: document(allow('ssm:*', `arn:aws:ssm:*:*:${'x'.repeat(1_900)}`)), Tags: tags(20, 'x'.repeat(250)) },
      /^PackedPolicyTooLarge: Packed policy consumes 1\d\d% of allotted space/,
    ],
    [{ Policy: 'no json' }, /^MalformedPolicyDocument: This policy contains invalid Json$/],
    [{ Policy: document(trusting('*')) }, /^MalformedPolicyDocument: Policy document should not specify a principal\.$/],
    [{ Policy: ' '.repeat(2_049) }, /^ValidationException: .*'policy' .* less than or equal to 2048$/],
    [{ PolicyArns: arns(11) }, /^ValidationException: .*'policyArns' .* less than or equal to 10$/],
    [{ PolicyArns: arns(1) }, /^ValidationException: Policy arn:aws:iam::aws:policy\/P0 does not exist/],
    [{ PolicyArns: [{}] }, /^ValidationException: Each of PolicyArns must have an arn\.$/],
    [{ SerialNumber: `arn:aws:iam::${HERE}:mfa/alice`, TokenCode: '123456' }, /^AccessDenied: MultiFactorAuthentication failed/],
    [{ ProvidedContexts: [{}] }, /^ValidationException: ProvidedContexts: /],
  ];
  for (const [more, expected] of cases) assert.match(await on.refused(alice, roleArn('R'), more), expected);
  const Policy = document(allow('ssm:GetParameter'));
  const answer = await on.assume(alice, roleArn('R'), {
    Policy,
    PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
  });
  assert.equal(answer.PackedPolicySize, 3);
  const session = await on.session(answer);
  assert.ok(session.kind === 'role');
  assert.deepEqual(session.sessionPolicies, { texts: [Policy], arns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] });
});

test('a node may take a role that trusts it by name only, and never with its own key', async () => {
  await using on = await stage();
  const caller = {
    scope: { account: HERE, region: 'us-east-1' as Region },
    nodeId: 'mi-000a93ebb5f1c28eb' as NodeId,
    roleName: 'MusterNode',
    accessKeyId: 'ASIA1',
  };
  const node = nodePrincipal({ ...caller, signedWith: 'role-credentials' });
  await on.add('role', 'Named', { trustPolicy: document(trusting({ AWS: node.arn })) });
  await on.add('role', 'Account', { trustPolicy: document(trusting({ AWS: HERE })) });
  await on.assume(node, roleArn('Named'));
  assert.match(await on.refused(node, roleArn('Account')), denied(node, 'sts:AssumeRole', roleArn('Account')));
  assert.match(await on.refused(node, roleArn('Named'), { DurationSeconds: 7_200 }), /role chaining$/);
  const key = nodePrincipal({ ...caller, signedWith: 'node-key' });
  assert.match(await on.refused(key, roleArn('Named')), denied(key, 'sts:AssumeRole', roleArn('Named')));
});

test('whether a service may take a role is what its trust policy says, of a role under its whole path', async () => {
  await using on = await stage();
  await on.add('role', 'Ssm', { trustPolicy: document(trusting({ Service: 'ssm.amazonaws.com' })) });
  await on.add('role', 'Account', {
    trustPolicy: document(
      trusting({ Service: 'ssm.amazonaws.com' }, { Condition: { StringEquals: { 'aws:SourceAccount': THERE } } }),
    ),
  });
  await on.add('role', 'Users', { trustPolicy: document(trusting({ AWS: HERE })) });
  const may = (name: string, service = 'ssm.amazonaws.com') => on.identity.mayAssume(HERE, name, service);
  assert.deepEqual(
    [
      await may('Ssm'),
      await may('ssm'),
      await may('path/Ssm'),
      await may('Ssm', 'events.amazonaws.com'),
      await may('Users'),
      await may('Account'),
    ],
    [true, false, false, false, false, false],
  );
  assert.equal(await on.identity.mayAssume(THERE, 'Ssm', 'ssm.amazonaws.com'), false);
});
