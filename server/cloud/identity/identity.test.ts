// Identity through its public face, on a real database and a real seal.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { eachDatabase, openTestDatabase, quietLog, temporaryDirectory } from '@muster/testkit/database.ts';
import { requestContext } from '@muster/testkit/request-context.ts';
import { administratorPrincipal, anonymousPrincipal, nodePrincipal } from '../../platform/access/index.ts';
import type { Principal } from '../../platform/access/index.ts';
import type { AccountId, NodeId, Region } from '../../platform/ids.ts';
import { systemIds } from '../../platform/ids.ts';
import { SealError, sealWith } from '../../platform/seal/index.ts';
import type { Seal } from '../../platform/seal/index.ts';
import { tables } from '../../platform/store/index.ts';
import type { Database } from '../../platform/store/index.ts';
import { createIdentity, migrations, NODE_CREDENTIALS_SECONDS, NODE_ROLE, nodeRoleArn, writeCredentialsFile } from './index.ts';
import type { IdentityTables } from './tables.ts';

const ACCOUNT = '123456789012' as AccountId;
const OTHER = '210987654321' as AccountId;
const scope = { account: ACCOUNT, region: 'us-east-1' as Region };
const NODE = 'mi-000a93ebb5f1c28eb' as NodeId;
const NOW = new Date('2027-01-01T00:00:00Z');
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

function identityOn(
  database: Database,
  seal: Seal = sealWith(systemIds.bytes(32), systemIds),
  registered = new Set<NodeId>([NODE]),
) {
  return createIdentity({
    database,
    seal,
    clock: createSimulatedClock(NOW),
    ids: systemIds,
    log: quietLog,
    resourceTags: () => Promise.resolve(new Map()),
    isRegistered: (_scope, nodeId) => registered.has(nodeId),
  });
}

const issue = (identity: ReturnType<typeof identityOn>, nodeId = NODE) =>
  identity.issueNodeCredentials({ scope, nodeId, roleName: NODE_ROLE, now: NOW, lifetimeSeconds: NODE_CREDENTIALS_SECONDS });

eachDatabase((_kind, open) => {
  test('the administrator is made once, also when two servers start at once, and found by its key', async () => {
    await using database = await open([migrations]);
    const seal = sealWith(systemIds.bytes(32), systemIds);
    const identity = identityOn(database, seal);
    const [first, second] = await Promise.all([identity.ensureAdministrator(ACCOUNT), identity.ensureAdministrator(ACCOUNT)]);
    assert.deepEqual([first.accessKeyId, first.secretAccessKey], [second.accessKeyId, second.secretAccessKey]);
    assert.deepEqual(Number(first.created) + Number(second.created), 1);
    assert.match(first.accessKeyId, /^AKIA[A-Z2-7]{16}$/);
    assert.match(first.secretAccessKey, /^[A-Za-z0-9]{40}$/);
    const again = await identityOn(database, seal).ensureAdministrator(ACCOUNT);
    assert.deepEqual(again, { accessKeyId: first.accessKeyId, secretAccessKey: first.secretAccessKey, created: false });
    const other = await identity.ensureAdministrator(OTHER);
    assert.notEqual(other.accessKeyId, first.accessKeyId);

    const fresh = identityOn(database, seal);
    for (const asked of [NOW, later(1), later(61)]) {
      assert.deepEqual(await fresh.credentials.find(first.accessKeyId, undefined, asked), {
        secretAccessKey: first.secretAccessKey,
        principal: administratorPrincipal(ACCOUNT, first.accessKeyId),
      });
    }
    for (const unknown of ['AKIAAAAAAAAAAAAAAAAA', 'test', '', `${first.accessKeyId}A`]) {
      assert.equal(await fresh.credentials.find(unknown, undefined, NOW), 'unknown');
    }
    assert.equal(await fresh.credentials.find(first.accessKeyId, 'a token', NOW), 'invalid-token');
  });

  test('with another master key the administrator is not handed out, and the reason is said', async () => {
    await using database = await open([migrations]);
    const { secretAccessKey } = await identityOn(database).ensureAdministrator(ACCOUNT);
    await assert.rejects(
      identityOn(database).ensureAdministrator(ACCOUNT),
      (error: Error) =>
        error instanceof SealError &&
        /restore the right master key/.test(error.message) &&
        !error.message.includes(secretAccessKey),
    );
  });
});

test('a key that is not active is unknown, on other servers within a minute', async () => {
  await using database = await openTestDatabase([migrations]);
  const identity = identityOn(database);
  const { accessKeyId } = await identity.ensureAdministrator(ACCOUNT);
  assert.notEqual(await identity.credentials.find(accessKeyId, undefined, NOW), 'unknown');
  await database.write('test', (tx) =>
    tables<IdentityTables>(tx)
      .updateTable('identity_access_key')
      .set({ status: 'Inactive' })
      .where('access_key_id', '=', accessKeyId)
      .execute(),
  );
  assert.equal(await identity.credentials.find(accessKeyId, undefined, later(60)), 'unknown');
  identity.reset();
  assert.equal(await identity.credentials.find(accessKeyId, undefined, NOW), 'unknown');
});

test('no secret can be found in the bytes of the database files', async () => {
  await using directory = await temporaryDirectory();
  const database = await openTestDatabase([migrations], { dataDir: directory.path });
  const identity = identityOn(database);
  const { secretAccessKey, accessKeyId } = await identity.ensureAdministrator(ACCOUNT);
  const node = issue(identity);
  const files = (): Buffer =>
    Buffer.concat(
      readdirSync(directory.path)
        .filter((name) => statSync(join(directory.path, name)).isFile())
        .map((name) => readFileSync(join(directory.path, name))),
    );
  for (const bytes of [files(), await database.close().then(files)]) {
    assert.ok(bytes.includes(accessKeyId), 'the search finds what is there');
    for (const secret of [secretAccessKey, node.SecretAccessKey, node.SessionToken, node.AccessKeyId]) {
      assert.equal(bytes.includes(secret), false);
      assert.equal(bytes.includes(Buffer.from(secret).toString('base64')), false);
    }
  }
});

test('node credentials say who the node is until they expire, on any server with the same master key', async () => {
  await using database = await openTestDatabase([migrations]);
  const key = systemIds.bytes(32);
  const issued = issue(identityOn(database, sealWith(key, systemIds)));
  assert.match(issued.AccessKeyId, /^ASIA[A-Z2-7]{16}$/);
  assert.match(issued.SecretAccessKey, /^[A-Za-z0-9]{40}$/);
  assert.ok(issued.SessionToken.length < 300, `${issued.SessionToken.length} characters`);
  assert.deepEqual(issued.expiresAt, later(3_600));

  const { credentials } = identityOn(database, sealWith(key, systemIds));
  const principal = nodePrincipal({
    scope,
    nodeId: NODE,
    roleName: NODE_ROLE,
    accessKeyId: issued.AccessKeyId,
    signedWith: 'role-credentials',
  });
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(await credentials.find(issued.AccessKeyId, issued.SessionToken, later(3_599)), {
      secretAccessKey: issued.SecretAccessKey,
      principal,
    });
    assert.equal(await credentials.find(issued.AccessKeyId, issued.SessionToken, later(3_600)), 'expired');
  }
  const foreign = identityOn(database);
  assert.equal(await foreign.credentials.find(issued.AccessKeyId, issued.SessionToken, NOW), 'invalid-token');
});

test('a token is good beside its own key only, and any change of it is noticed', async () => {
  await using database = await openTestDatabase([migrations]);
  const identity = identityOn(database);
  const [a, b] = [issue(identity), issue(identity)];
  assert.notEqual(a.SecretAccessKey, b.SecretAccessKey);
  assert.equal(await identity.credentials.find(a.AccessKeyId, b.SessionToken, NOW), 'invalid-token');
  assert.equal(await identity.credentials.find(a.AccessKeyId, undefined, NOW), 'unknown');
  for (let index = 0; index < a.SessionToken.length; index++) {
    for (const by of ['A', 'b', '=', '/']) {
      if (a.SessionToken[index] === by) continue;
      const changed = a.SessionToken.slice(0, index) + by + a.SessionToken.slice(index + 1);
      assert.equal(await identity.credentials.find(a.AccessKeyId, changed, NOW), 'invalid-token');
    }
    assert.equal(await identity.credentials.find(a.AccessKeyId, a.SessionToken.slice(0, index), NOW), 'invalid-token');
  }
});

test('a node that is deregistered loses access at once', async () => {
  await using database = await openTestDatabase([migrations]);
  const registered = new Set([NODE]);
  const identity = identityOn(database, undefined, registered);
  const issued = issue(identity);
  assert.notEqual(await identity.credentials.find(issued.AccessKeyId, issued.SessionToken, NOW), 'unknown');
  registered.delete(NODE);
  assert.equal(await identity.credentials.find(issued.AccessKeyId, issued.SessionToken, NOW), 'unknown');
});

test('the credentials file is private, complete and written only when it changes', async () => {
  await using directory = await temporaryDirectory();
  const key = { accessKeyId: 'AKIA1', secretAccessKey: 's3cret', region: 'eu-west-1', endpointUrl: 'https://127.0.0.1:8443' };
  const path = writeCredentialsFile(directory.path, key);
  assert.equal(
    readFileSync(path, 'utf8'),
    '[default]\naws_access_key_id = AKIA1\naws_secret_access_key = s3cret\nregion = eu-west-1\nendpoint_url = https://127.0.0.1:8443\n',
  );
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const before = statSync(path, { bigint: true });
  writeCredentialsFile(directory.path, key);
  assert.equal(statSync(path, { bigint: true }).ino, before.ino);
  writeCredentialsFile(directory.path, { ...key, secretAccessKey: 'other' });
  assert.match(readFileSync(path, 'utf8'), /other/);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('the node role exists from birth, under both of its names, and Systems Manager may take it', async () => {
  await using database = await openTestDatabase([migrations]);
  const identity = identityOn(database);
  const may = (name: string, service = 'ssm.amazonaws.com') => identity.mayAssume(ACCOUNT, name, service);
  for (const name of ['MusterNode', 'service-role/MusterNode']) assert.equal(await may(name), true);
  assert.equal(await may('MusterNode', 'events.amazonaws.com'), false);
  for (const name of ['', 'musternode', 'other/MusterNode', 'AmazonEC2Role', '../role/MusterNode', 'a'.repeat(600)])
    assert.equal(await may(name), false, name);
  assert.equal(nodeRoleArn(ACCOUNT), 'arn:aws:iam::123456789012:role/MusterNode');
});

const administrator = administratorPrincipal(ACCOUNT, 'AKIA1');
const caller = { scope, nodeId: NODE, roleName: NODE_ROLE, accessKeyId: 'ASIA1' };
const node = nodePrincipal({ ...caller, signedWith: 'role-credentials' });
const nodeKey = nodePrincipal({ ...caller, accessKeyId: NODE, signedWith: 'node-key' });
const cloudNode = nodePrincipal({ ...caller, nodeId: 'i-0123456789abcdef0' as NodeId, signedWith: 'role-credentials' });
const anonymous = anonymousPrincipal(ACCOUNT);
const self = `arn:aws:ssm:us-east-1:123456789012:managed-instance/${NODE}`;
const neighbour = 'arn:aws:ssm:us-east-1:123456789012:managed-instance/mi-000a93ebb5f1c28ec';
const ssm = (rest: string): string => `arn:aws:ssm:us-east-1:123456789012:${rest}`;

const CALL = { sourceIp: '192.0.2.1', userAgent: 'test', at: NOW, secure: true, region: scope.region };

const DECISIONS: [Principal, string, string, boolean][] = [
  [administrator, 'ssm:SendCommand', self, true],
  [administrator, 'ssm:SendCommand', 'arn:aws:ssm:us-east-1::document/AWS-RunShellScript', true],
  [administrator, 'ssm:ListCommands', '*', true],
  [administrator, 's3:GetObject', 'arn:aws:s3:::bucket/key', true],
  [administrator, 'iam:GetRole', 'arn:aws:iam::123456789012:role/x', true],
  [administrator, 'ssm:PutParameter', 'arn:aws:ssm:us-east-1:210987654321:parameter/x', false],
  // Whether it is shared is asked of its own policy.
  [administrator, 'ssm:GetParameter', 'arn:aws:ssm:us-east-1:210987654321:parameter/x', true],
  [administrator, 'ssm:GetParameter', 'not an arn', false],
  [node, 'ssm:UpdateInstanceInformation', self, true],
  [node, 'ssm:UpdateInstanceInformation', neighbour, false],
  [node, 'ssm:UpdateInstanceInformation', '*', false],
  [node, 'ssm:UpdateInstanceInformation', self.replace('us-east-1', 'eu-west-1'), false],
  [node, 'ssm:UpdateInstanceInformation', self.replace(ACCOUNT, OTHER), false],
  [node, 'ssm:UpdateInstanceInformation', `${self}/x`, false],
  [node, 'ssm:ListInstanceAssociations', self, true],
  [node, 'ssm:PutInventory', neighbour, false],
  [node, 'ssm:GetDocument', ssm('document/mine'), true],
  [node, 'ssm:GetDocument', 'arn:aws:ssm:us-east-1::document/AWS-RunShellScript', true],
  // Whether it is shared is asked of its owner's rows.
  [node, 'ssm:GetDocument', 'arn:aws:ssm:us-east-1:210987654321:document/theirs', true],
  [node, 'ssm:GetDocument', 'arn:aws:ssm:eu-west-1:210987654321:document/theirs', false],
  [node, 'ssm:GetDocument', 'arn:aws:ssm:us-east-1:x:document/theirs', false],
  [administrator, 'ssm:SendCommand', 'arn:aws:ssm:us-east-1:210987654321:document/theirs', true],
  [administrator, 'ssm:DeleteDocument', 'arn:aws:ssm:us-east-1:210987654321:document/theirs', false],
  [administrator, 'ssm:SendCommand', 'arn:aws:ssm:us-east-1:210987654321:managed-instance/mi-0123456789abcdef0', false],
  [node, 'ssm:DeleteDocument', ssm('document/mine'), false],
  [node, 'ssm:GetParameter', ssm('parameter/db/password'), false],
  [node, 'ssm:GetParameter', ssm(`parameter/muster/nodes/${NODE}/token`), true],
  [node, 'ssm:GetParameters', ssm('parameter/muster/nodes/mi-000a93ebb5f1c28ec/token'), false],
  [node, 'ssm:GetParameter', ssm('*'), false],
  [node, 'ssm:PutParameter', ssm(`parameter/muster/nodes/${NODE}/token`), false],
  [node, 'ssmmessages:CreateControlChannel', '*', true],
  [node, 'ssmmessages:OpenControlChannel', self, true],
  [node, 'ssmmessages:OpenControlChannel', neighbour, false],
  [node, 'ec2messages:GetMessages', '*', true],
  [node, 'ec2messages:SendReply', neighbour, false],
  [node, 'sts:GetCallerIdentity', '*', true],
  [node, 'ssm:SendCommand', self, false],
  [node, 'ssm:StartSession', self, false],
  [node, 'ssm:CreateActivation', '*', false],
  [node, 'ssm:DeregisterManagedInstance', self, false],
  [node, 'ssm:RequestManagedInstanceRoleToken', self, false],
  [node, 'muster:Anything', '*', false],
  [node, 'toString', '*', false],
  [node, '__proto__', '*', false],
  [cloudNode, 'ssm:UpdateInstanceInformation', 'arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0', true],
  [cloudNode, 'ssm:UpdateInstanceInformation', self, false],
  [nodeKey, 'ssm:RequestManagedInstanceRoleToken', self, true],
  [nodeKey, 'ssm:UpdateManagedInstancePublicKey', self, true],
  [nodeKey, 'ssm:UpdateManagedInstancePublicKey', neighbour, false],
  [nodeKey, 'ssm:UpdateInstanceInformation', self, false],
  [nodeKey, 'sts:GetCallerIdentity', '*', false],
  [anonymous, 'sts:GetCallerIdentity', '*', false],
  [anonymous, 'ssm:RegisterManagedInstance', '*', false],
];

test('each decision is as the table says', async () => {
  await using database = await openTestDatabase([migrations]);
  const { authorizer } = identityOn(database);
  for (const [principal, action, resource, expected] of DECISIONS) {
    const name = `${principal.kind} ${action} on ${resource}`;
    const permissions = await authorizer.open(principal, CALL);
    assert.equal((await permissions.decide(action, [resource]))[0]?.allowed, expected, name);
  }
});

test('GetCallerIdentity tells each caller who it is', async () => {
  await using database = await openTestDatabase([migrations]);
  const getCallerIdentity = identityOn(database).operations.find(({ name }) => name === 'GetCallerIdentity');
  for (const principal of [administrator, node]) {
    assert.deepEqual(await getCallerIdentity!.handle(requestContext({ now: NOW, principal }), {}), {
      UserId: principal.userId,
      Account: ACCOUNT,
      Arn: principal.arn,
    });
  }
});
