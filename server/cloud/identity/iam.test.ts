// IAM on every database: what the stores keep, what a decision is given, and what no input can do to names and paths.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { eachDatabase, openTestDatabase, quietLog } from '@muster/testkit/database.ts';
import { requestContext } from '@muster/testkit/request-context.ts';
import * as fc from 'fast-check';
import { ApiError } from '../../platform/api/errors.ts';
import type { AccountId, Region } from '../../platform/ids.ts';
import { systemIds } from '../../platform/ids.ts';
import { sealWith } from '../../platform/seal/index.ts';
import { tables } from '../../platform/store/index.ts';
import type { Database } from '../../platform/store/index.ts';
import { listEntities, readPolicyArn } from './entities/directory.ts';
import { encodedPolicy } from './policies/documents.ts';
import { entityArn } from './entities/entity.ts';
import { insertEntity } from './entities/entity-store.ts';
import { loadManagedPolicies, loadRolePolicies, loadUserPolicies } from './policies/entity-policies.ts';
import { createIdentity, migrations } from './index.ts';
import { MANAGED_POLICIES } from './policies/managed-policies.ts';
import { parsePolicy } from './policy-engine/document.ts';
import type { IdentityTables } from './tables.ts';

const ACCOUNT = '123456789012' as AccountId;
const OTHER = '210987654321' as AccountId;
const NOW = new Date('2027-01-01T00:00:00Z');
const scopeOf = (account: AccountId) => ({ account, region: 'us-east-1' as Region });
const allow = (action: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: action, Resource: '*' } });
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: 'ssm.amazonaws.com' }, Action: 'sts:AssumeRole' },
});

type Answer = Readonly<Record<string, unknown>>;

function callerOn(database: Database) {
  const identity = createIdentity({
    database,
    seal: sealWith(systemIds.bytes(32), systemIds),
    clock: createSimulatedClock(NOW),
    ids: systemIds,
    log: quietLog,
    resourceTags: () => Promise.resolve(new Map()),
    isRegistered: () => true,
  });
  const journaled: (readonly string[])[] = [];
  const call = async (name: string, input: object, account = ACCOUNT): Promise<Answer> => {
    const bound = identity.operations.find((one) => one.service === 'iam' && one.name === name);
    assert.ok(bound !== undefined, name);
    const ctx = requestContext({ now: NOW, scope: scopeOf(account) });
    const answer = (await bound.handle(ctx, input)) as Answer;
    assert.equal(ctx.journaled.length, bound.audit === 'write' ? 1 : 0, name);
    journaled.push(...ctx.journaled);
    return answer;
  };
  return { identity, call, journaled };
}

const refused = (code: string, sentence?: RegExp) => (error: unknown) =>
  error instanceof ApiError && error.code === code && (sentence === undefined || sentence.test(error.message));

eachDatabase((kind, open) => {
  test('a decision gets everything that speaks about a user, and nothing of another account', async () => {
    await using database = await open([migrations]);
    const { call } = callerOn(database);
    for (const account of [ACCOUNT, OTHER]) await call('CreateUser', { UserName: 'ann' }, account);
    await call('TagUser', { UserName: 'ann', Tags: [{ Key: 'Team', Value: 'blue' }] });
    await call('CreateGroup', { GroupName: 'people' });
    await call('AddUserToGroup', { GroupName: 'people', UserName: 'ann' });
    await call('PutUserPolicy', { UserName: 'ann', PolicyName: 'own', PolicyDocument: allow('a:Own') });
    await call('PutGroupPolicy', { GroupName: 'people', PolicyName: 'own', PolicyDocument: allow('a:Group') });
    await call('CreatePolicy', { PolicyName: 'm', Path: '/p/', PolicyDocument: allow('a:Managed') });
    const PolicyArn = `arn:aws:iam::${ACCOUNT}:policy/p/m`;
    await call('AttachGroupPolicy', { GroupName: 'people', PolicyArn });
    await call('AttachUserPolicy', { UserName: 'ann', PolicyArn });
    await call('PutUserPermissionsBoundary', { UserName: 'ann', PermissionsBoundary: PolicyArn });
    const load = (account: AccountId, name = 'ANN') => database.read((tx) => loadUserPolicies(tx, account, name));
    const found = await load(ACCOUNT);
    assert.equal(found?.arn, `arn:aws:iam::${ACCOUNT}:user/ann`);
    assert.deepEqual([...(found?.tags ?? [])], [['Team', 'blue']]);
    assert.deepEqual(
      found?.identity.map(({ text }) => /a:\w+/.exec(text)?.[0] ?? '').toSorted(),
      ['a:Group', 'a:Managed', 'a:Own'],
      'the policy that is attached twice counts once',
    );
    assert.deepEqual([found?.boundary?.id, found?.boundary?.text], [PolicyArn, allow('a:Managed')]);
    assert.deepEqual((await load(OTHER))?.identity, []);
    assert.equal(await load(ACCOUNT, 'nobody'), undefined);
    await call('UpdateUser', { UserName: 'ann', NewUserName: 'anna' });
    assert.equal((await load(ACCOUNT, 'anna'))?.identity.length, 3);
    await call('CreatePolicyVersion', { PolicyArn, PolicyDocument: allow('a:Second'), SetAsDefault: true });
    const texts = await database.read((tx) => loadManagedPolicies(tx, ACCOUNT, [PolicyArn]));
    assert.deepEqual(texts, [{ id: PolicyArn, text: allow('a:Second') }]);
    assert.deepEqual(await database.read((tx) => loadManagedPolicies(tx, OTHER, [PolicyArn])), []);
  });

  test('nothing is left of what was deleted', async () => {
    await using database = await open([migrations]);
    const { call } = callerOn(database);
    await call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: TRUST, Tags: [{ Key: 'a', Value: 'b' }] });
    await call('PutRolePolicy', { RoleName: 'r', PolicyName: 'p', PolicyDocument: allow('a:B') });
    await assert.rejects(call('DeleteRole', { RoleName: 'r' }), refused('DeleteConflict', /must delete policies first/));
    await call('DeleteRolePolicy', { RoleName: 'r', PolicyName: 'p' });
    await call('CreateInstanceProfile', { InstanceProfileName: 'i' });
    await call('AddRoleToInstanceProfile', { InstanceProfileName: 'i', RoleName: 'R' });
    await assert.rejects(call('DeleteRole', { RoleName: 'r' }), refused('DeleteConflict', /instance profile/));
    await call('RemoveRoleFromInstanceProfile', { InstanceProfileName: 'i', RoleName: 'r' });
    await call('DeleteInstanceProfile', { InstanceProfileName: 'i' });
    await call('DeleteRole', { RoleName: 'r' });
    await call('CreatePolicy', { PolicyName: 'p', PolicyDocument: allow('a:B'), Tags: [{ Key: 'a', Value: 'b' }] });
    await call('DeletePolicy', { PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/p` });
    await call('CreateOpenIDConnectProvider', { Url: 'https://i.example', Tags: [{ Key: 'a', Value: 'b' }] });
    await call('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/i.example` });
    const counted = await database.read(async (tx) => {
      const db = tables<IdentityTables>(tx);
      const names = ['identity_entity', 'identity_tag', 'identity_inline_policy', 'identity_policy_version'] as const;
      const rows = [];
      for (const name of names) rows.push(...(await db.selectFrom(name).select('account').execute()));
      return rows.length;
    });
    assert.equal(counted, 0);
    await call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: TRUST });
    const again = await database.read((tx) => loadRolePolicies(tx, ACCOUNT, 'r'));
    assert.deepEqual([again?.identity, again?.tags.size], [[], 0]);
  });

  test('when a key was last used is written in batches and survives in the table', async () => {
    await using database = await open([migrations]);
    const { call, identity } = callerOn(database);
    await call('CreateUser', { UserName: 'ann' });
    const made = (await call('CreateAccessKey', { UserName: 'ann' }))['AccessKey'] as Readonly<Record<string, string>>;
    const AccessKeyId = made['AccessKeyId'] ?? '';
    const used = async () => (await call('GetAccessKeyLastUsed', { AccessKeyId }))['AccessKeyLastUsed'];
    assert.deepEqual(await used(), { LastUsedDate: undefined, ServiceName: 'N/A', Region: 'N/A' });
    // The first use is written at once, the next waits for its batch.
    identity.iam.keyUses.note(AccessKeyId, { at: NOW, region: 'eu-west-1', service: 'ssm' });
    const second = new Date(NOW.getTime() + 1_000);
    identity.iam.keyUses.note(AccessKeyId, { at: second, region: 'us-east-1', service: 'iam' });
    assert.deepEqual(await used(), { LastUsedDate: second, ServiceName: 'iam', Region: 'us-east-1' });
    await identity.iam.keyUses.flush();
    identity.iam.keyUses.clear();
    assert.deepEqual(await used(), { LastUsedDate: second, ServiceName: 'iam', Region: 'us-east-1' });
  });

  test('names are one whatever their case, and lists are in their order, page by page', async () => {
    await using database = await open([migrations]);
    const letters = fc.stringMatching(/^[A-Za-z0-9_+=,.@-]{1,12}$/);
    let account = 100_000_000_000;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(letters, fc.constantFrom('/', '/a/', '/a/b/', '/A/')), { maxLength: 12 }),
        async (wanted) => {
          account += 1;
          const own = String(account) as AccountId;
          const kept = new Map<string, string>();
          for (const [at, [name, path]] of wanted.entries()) {
            const group = { kind: 'group' as const, name, id: `id${at}`, path, createdAt: NOW, isBuiltIn: false };
            const added = await database.write('test', (tx) => insertEntity(tx, own, group));
            assert.equal(added, !kept.has(name.toLowerCase()));
            if (added) kept.set(name.toLowerCase(), path);
          }
          for (const pathPrefix of ['/', '/a/']) {
            const seen: string[] = [];
            for (let after: string | undefined; ;) {
              const from = after;
              const page = await database.read((tx) => listEntities(tx, own, 'group', { after: from, pathPrefix, limit: 2 }));
              seen.push(...page.map(({ name }) => name.toLowerCase()));
              after = page.at(-1)?.name;
              if (page.length < 2) break;
            }
            const expected = [...kept].filter(([, path]) => path.startsWith(pathPrefix)).map(([name]) => name);
            assert.deepEqual(seen, expected.toSorted());
          }
        },
      ),
      { numRuns: kind === 'sqlite' ? 40 : 15 },
    );
  });
});

test('limits of what a user may have are kept', async () => {
  await using database = await openTestDatabase([migrations]);
  const { call } = callerOn(database);
  await call('CreateUser', { UserName: 'ann' });
  const tags = (count: number) => Array.from({ length: count }, (_, at) => ({ Key: `k${at}`, Value: '' }));
  await call('TagUser', { UserName: 'ann', Tags: tags(50) });
  await assert.rejects(call('TagUser', { UserName: 'ann', Tags: [{ Key: 'more', Value: '' }] }), refused('LimitExceeded'));
  await call('TagUser', { UserName: 'ann', Tags: [{ Key: 'K1', Value: 'replaced' }] });
  const twice = [
    { Key: 'a', Value: '' },
    { Key: 'A', Value: '' },
  ];
  await assert.rejects(call('CreateUser', { UserName: 'bob', Tags: twice }), refused('InvalidInput', /case insensitive/));
  assert.equal(((await call('ListUsers', {}))['Users'] as unknown[]).length, 2, 'the refused user was not made');
  const half = allow(`a:${'x'.repeat(1_000)}`);
  await call('PutUserPolicy', { UserName: 'ann', PolicyName: 'a', PolicyDocument: half });
  await call('PutUserPolicy', { UserName: 'ann', PolicyName: 'a', PolicyDocument: half });
  await assert.rejects(
    call('PutUserPolicy', { UserName: 'ann', PolicyName: 'b', PolicyDocument: half }),
    refused('LimitExceeded', /^Maximum policy size of 2048 bytes exceeded for user ann$/),
  );
  for (let at = 0; at < 10; at++) {
    await call('CreateGroup', { GroupName: `g${at}` });
    await call('AddUserToGroup', { GroupName: `g${at}`, UserName: 'ann' });
  }
  await call('AddUserToGroup', { GroupName: 'g0', UserName: 'ann' });
  await call('CreateGroup', { GroupName: 'eleventh' });
  await assert.rejects(call('AddUserToGroup', { GroupName: 'eleventh', UserName: 'ann' }), refused('LimitExceeded'));
});

test('what is journaled names full ARNs, and never a secret', async () => {
  await using database = await openTestDatabase([migrations]);
  const { call, journaled } = callerOn(database);
  await call('CreateUser', { UserName: 'ann', Path: '/x/' });
  const made = (await call('CreateAccessKey', { UserName: 'ann' }))['AccessKey'] as Readonly<Record<string, string>>;
  assert.match(made['SecretAccessKey'] ?? '', /^[A-Za-z0-9]{40}$/);
  assert.deepEqual(journaled, [[`arn:aws:iam::${ACCOUNT}:user/x/ann`], [`arn:aws:iam::${ACCOUNT}:user/x/ann`]]);
  assert.doesNotMatch(JSON.stringify(await call('ListAccessKeys', { UserName: 'ann' })), /Secret/);
});

test("the policies under AWS's name can be read, are small enough, and have ids and ARNs of their own", () => {
  for (const { document, arn } of MANAGED_POLICIES) {
    parsePolicy(document, 'identity');
    assert.ok(document.replaceAll(/\s/g, '').length <= 6_144, arn);
    assert.equal(readPolicyArn(arn)?.owner, 'aws');
  }
  for (const key of ['id', 'arn'] as const)
    assert.equal(new Set(MANAGED_POLICIES.map((one) => one[key])).size, MANAGED_POLICIES.length);
});

test('any name and path make an ARN from which they can be read again', () => {
  const segment = fc.stringMatching(/^[A-Za-z0-9.,+@=_-]{1,10}$/);
  fc.assert(
    fc.property(segment, fc.array(segment, { maxLength: 3 }), (name, segments) => {
      const path = segments.length === 0 ? '/' : `/${segments.join('/')}/`;
      const arn = entityArn(ACCOUNT, { kind: 'policy', path, name });
      assert.deepEqual(readPolicyArn(arn), { owner: ACCOUNT, path, name });
    }),
  );
});

test('an encoded document has only unreserved characters and decodes to itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(text.isWellFormed());
      assert.match(encodedPolicy(text), /^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
      assert.equal(decodeURIComponent(encodedPolicy(text)), text);
    }),
  );
});
