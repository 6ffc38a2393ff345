// Session tokens: what they carry comes back as it was, what ends them early ends them, and nothing that was changed opens. And the one property that
// matters most: a session may never do more than its role and its session policies both allow.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { openTestDatabase, quietLog } from '@muster/testkit/database.ts';
import { createRandom, createSeededIds } from '@muster/testkit/random.ts';
import { nodePrincipal } from '../../../platform/access/index.ts';
import type { AccountId, NodeId, Region } from '../../../platform/ids.ts';
import { systemIds } from '../../../platform/ids.ts';
import { sealWith } from '../../../platform/seal/index.ts';
import type { Database } from '../../../platform/store/index.ts';
import { loadRolePolicies } from '../policies/entity-policies.ts';
import { insertEntity } from '../entities/entity-store.ts';
import { createIdentityDomain, NODE_CREDENTIALS_SECONDS } from '../identity.ts';
import { migrations } from '../index.ts';
import { compilePolicy } from '../policy-engine/compile.ts';
import { parsePolicy } from '../policy-engine/document.ts';
import { evaluate } from '../policy-engine/evaluate.ts';
import { resourceName } from '../policy-engine/request.ts';
import { putInline } from '../policies/policy-store.ts';
import { createTokenSealer } from './session-token.ts';
import { createSessions, PACKED_BYTES_MAX, type RoleSession } from './sessions.ts';

const ACCOUNT = '123456789012' as AccountId;
const NOW = new Date('2027-01-01T00:00:00Z');
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const ROLE = 'Operator';
const ROLE_ID = 'AROAOPERATOR234567ABC';
const CALL = { sourceIp: '192.0.2.1', userAgent: 'test', at: NOW, secure: true, region: 'us-east-1' as Region };

const SESSION: RoleSession = {
  account: ACCOUNT,
  roleName: ROLE,
  roleArn: `arn:aws:iam::${ACCOUNT}:role/ops/${ROLE}`,
  roleId: ROLE_ID,
  sessionName: 'me',
  tags: { team: 'ä', __proto__x: '' },
  transitiveTagKeys: ['team'],
  sessionPolicies: { texts: ['{"Statement":[]}'], arns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] },
  sourceIdentity: 'alice',
  provider: `arn:aws:iam::${ACCOUNT}:oidc-provider/issuer.test`,
  subject: 'a|b',
  audience: 'c',
};

function domainOn(database: Database, seal = sealWith(systemIds.bytes(32), systemIds)) {
  return createIdentityDomain({
    database,
    seal,
    clock: createSimulatedClock(NOW),
    ids: systemIds,
    log: quietLog,
    resourceTags: () => Promise.resolve(new Map()),
    isRegistered: () => true,
  });
}

async function addRole(database: Database, id = ROLE_ID, policy?: string): Promise<void> {
  await database.write('test', async (tx) => {
    await insertEntity(tx, ACCOUNT, { kind: 'role', name: ROLE, id, path: '/ops/', createdAt: NOW, isBuiltIn: false });
    if (policy !== undefined) await putInline(tx, ACCOUNT, id, { name: 'p', document: policy });
  });
}

test('a session of a role comes back as it was made, on any server with the same master key', async () => {
  await using database = await openTestDatabase([migrations]);
  await addRole(database);
  const key = systemIds.bytes(32);
  const issued = domainOn(database, sealWith(key, systemIds)).sts.sessions.issueForRole(SESSION, NOW, 900);
  assert.match(issued.AccessKeyId, /^ASIA[A-Z2-7]{16}$/);
  assert.deepEqual(issued.Expiration, later(900));
  const { credentials } = domainOn(database, sealWith(key, systemIds));
  for (let round = 0; round < 2; round++) {
    const found = await credentials.find(issued.AccessKeyId, issued.SessionToken, later(899));
    assert.ok(typeof found !== 'string');
    const { roleId, ...said } = SESSION;
    assert.deepEqual(found, {
      secretAccessKey: issued.SecretAccessKey,
      principal: {
        ...said,
        kind: 'role',
        accessKeyId: issued.AccessKeyId,
        arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${ROLE}/me`,
        userId: `${roleId}:me`,
        issuedAt: NOW.toISOString(),
      },
    });
    assert.equal(await credentials.find(issued.AccessKeyId, issued.SessionToken, later(900)), 'expired');
  }
  assert.equal(await domainOn(database).credentials.find(issued.AccessKeyId, issued.SessionToken, NOW), 'invalid-token');
});

test('a session of a role that is gone, or was made again, is nobody', async () => {
  await using database = await openTestDatabase([migrations]);
  const { sts, credentials } = domainOn(database);
  const issued = sts.sessions.issueForRole(SESSION, NOW, 900);
  const find = () => credentials.find(issued.AccessKeyId, issued.SessionToken, NOW);
  assert.equal(await find(), 'unknown');
  await addRole(database, 'AROAANOTHERONE2345ABC');
  sts.policies.forgetAll();
  assert.equal(await find(), 'unknown');
});

test('the largest session that can be asked for makes a token that fits into the head of a request', () => {
  const sessions = createSessions(createTokenSealer(sealWith(systemIds.bytes(32), systemIds), systemIds));
  const { SessionToken, AccessKeyId } = sessions.issueForRole(
    {
      ...SESSION,
      roleName: 'r'.repeat(64),
      roleArn: `arn:aws:iam::${ACCOUNT}:role/${'p'.repeat(511)}/${'r'.repeat(64)}`,
      sessionName: 's'.repeat(64),
      sourceIdentity: 'i'.repeat(64),
      tags: { t: 'x'.repeat(PACKED_BYTES_MAX) },
      provider: `arn:aws:iam::${ACCOUNT}:oidc-provider/${'u'.repeat(255)}`,
      subject: '"'.repeat(255),
      audience: '"'.repeat(255),
    },
    NOW,
    43_200,
  );
  assert.ok(SessionToken.length < 12 * 1024, `${SessionToken.length} characters`);
  assert.ok(sessions.open(AccessKeyId, SessionToken) !== undefined);
});

test('changed, swapped and foreign tokens are all refused', async () => {
  const seed = 20_270_101;
  const random = createRandom(seed);
  await using database = await openTestDatabase([migrations]);
  await addRole(database);
  const domain = domainOn(database, sealWith(systemIds.bytes(32), createSeededIds(seed)));
  const foreign = domainOn(database);
  const scope = { account: ACCOUNT, region: 'us-east-1' as Region };
  const node = (from: typeof domain) =>
    from.issueNodeCredentials({
      scope,
      nodeId: 'mi-000a93ebb5f1c28eb' as NodeId,
      roleName: 'MusterNode',
      now: NOW,
      lifetimeSeconds: NODE_CREDENTIALS_SECONDS,
    });
  const of = (from: typeof domain) => [
    from.sts.sessions.issueForRole(SESSION, NOW, 900),
    from.sts.sessions.issueForRole({ ...SESSION, sessionPolicies: undefined, tags: {} }, NOW, 900),
    from.sts.sessions.issueForUser('AKIAAAAAAAAAAAAAAAAA', NOW, 900),
    node(from),
  ];
  const own = of(domain);
  const strangers = of(foreign);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ %'.split('');
  const mutate = (token: string): string => {
    const at = random.below(token.length);
    switch (random.below(5)) {
      case 0:
        return token.slice(0, at) + random.pick(alphabet) + token.slice(at + 1);
      case 1:
        return token.slice(0, at);
      case 2:
        return token.slice(0, at) + random.pick(alphabet) + token.slice(at);
      case 3:
        return token.slice(at) + token.slice(0, at);
      default: {
        const bytes = Buffer.from(token, 'base64url');
        const index = random.below(bytes.length);
        bytes[index] = (bytes[index] ?? 0) ^ (1 << random.below(8));
        return bytes.toString('base64url');
      }
    }
  };
  for (let round = 0; round < 4_000; round++) {
    const { AccessKeyId, SessionToken } = random.pick(own);
    const token = mutate(SessionToken);
    if (token === SessionToken) continue;
    assert.equal(await domain.credentials.find(AccessKeyId, token, NOW), 'invalid-token', `seed ${seed}, round ${round}`);
  }
  const tokens = [...own, ...strangers];
  for (const { AccessKeyId } of tokens)
    for (const other of tokens)
      if (other.AccessKeyId !== AccessKeyId || strangers.includes(other))
        assert.equal(await domain.credentials.find(AccessKeyId, other.SessionToken, NOW), 'invalid-token');
  for (const token of ['', 'A', 'Ag', 'AQ', '.'.repeat(20_000), 'Ag'.repeat(20_000)])
    assert.equal(await domain.credentials.find(own[0]!.AccessKeyId, token, NOW), 'invalid-token');
});

test('a session may never do more than its role and its session policies both allow', async () => {
  const seed = 7;
  const random = createRandom(seed);
  const actions = ['ssm:SendCommand', 'ssm:GetParameter', 'ssm:PutParameter', 'iam:GetRole'];
  const resources = ['a', 'b', 'c'].map((name) => `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/${name}`);
  const patterns = [...actions, '*', 'ssm:*', 'ssm:Get*'];
  const statement = () => ({
    Effect: random.chance(0.75) ? 'Allow' : 'Deny',
    [random.chance(0.9) ? 'Action' : 'NotAction']: random.pick(patterns),
    Resource: random.chance(0.3) ? '*' : random.pick(resources),
    ...(random.chance(0.2) ? { Condition: { StringEquals: { 'aws:PrincipalTag/team': random.pick(['red', 'blue']) } } } : {}),
  });
  const policy = () =>
    JSON.stringify({ Version: '2012-10-17', Statement: Array.from({ length: 1 + random.below(3) }, statement) });
  let granted = 0;
  for (let round = 0; round < 30; round++) {
    await using database = await openTestDatabase([migrations]);
    const ofRole = policy();
    await addRole(database, ROLE_ID, ofRole);
    const domain = domainOn(database);
    const texts = [policy()];
    const tags = { team: 'red' };
    const issue = (sessionPolicies: RoleSession['sessionPolicies']) =>
      domain.sts.sessions.issueForRole({ ...SESSION, tags, sessionPolicies }, NOW, 900);
    const decide = async (issued: ReturnType<typeof issue>) => {
      const found = await domain.credentials.find(issued.AccessKeyId, issued.SessionToken, NOW);
      assert.ok(typeof found !== 'string');
      const permissions = await domain.authorizer.open(found.principal, CALL);
      return Promise.all(
        actions.map(async (action) => (await permissions.decide(action, resources)).map(({ allowed }) => allowed)),
      );
    };
    const limited = await decide(issue({ texts, arns: [] }));
    const whole = await decide(issue(undefined));
    const alone = compilePolicy('s', parsePolicy(texts[0]!, 'identity'));
    for (const [row, action] of actions.entries())
      for (const [column, resource] of resources.entries()) {
        const bySession = evaluate(
          { identity: [alone] },
          {
            caller: { account: ACCOUNT, arn: '' },
            action,
            resource: resourceName(resource),
            resourceAccount: ACCOUNT,
            keys: new Map([['aws:principaltag/team', ['red']]]),
          },
        ).allowed;
        const expected = (whole[row]?.[column] ?? false) && bySession;
        assert.equal(limited[row]?.[column], expected, `seed ${seed}: ${ofRole} and ${texts[0]} for ${action} on ${resource}`);
        if (expected) granted += 1;
      }
    const nothing = await decide(issue({ texts: [], arns: [`arn:aws:iam::${ACCOUNT}:policy/Gone`] }));
    assert.ok(
      nothing.flat().every((allowed) => !allowed),
      'a session policy that is gone allows nothing',
    );
  }
  assert.ok(granted > 10, `${granted} calls were granted: the policies test something`);
});

test("a node's session judges by its role too, and keeps its own form", async () => {
  await using database = await openTestDatabase([migrations]);
  const domain = domainOn(database);
  const nodeId = 'mi-000a93ebb5f1c28eb' as NodeId;
  const scope = { account: ACCOUNT, region: 'us-east-1' as Region };
  const issued = domain.issueNodeCredentials({ scope, nodeId, roleName: 'MusterNode', now: NOW, lifetimeSeconds: 60 });
  const found = await domain.credentials.find(issued.AccessKeyId, issued.SessionToken, NOW);
  assert.ok(typeof found !== 'string');
  const signedWith = 'role-credentials';
  assert.deepEqual(
    found.principal,
    nodePrincipal({ scope, nodeId, roleName: 'MusterNode', accessKeyId: issued.AccessKeyId, signedWith }),
  );
  // The id that its role's sessions carry is the role's.
  const role = await database.read((tx) => loadRolePolicies(tx, ACCOUNT, 'MusterNode'));
  assert.equal(found.principal.userId, `${role?.id}:${nodeId}`);
});
