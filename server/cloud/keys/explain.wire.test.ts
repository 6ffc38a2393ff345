// `Muster.ExplainAccess` about keys, through the public door: what the key's own policy and its grants say, as the call itself would get it; and to whom
// nothing of it is said.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as kms from '@aws-sdk/client-kms';
import { addUser } from '@muster/testkit/people.ts';
import type { AccessCredentials } from '@muster/testkit/signing.ts';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { ACCOUNT, keyArn, type KmsDoor, openKmsDoor, policy, refusal, userArn } from './kms-door.fixture.ts';

let door: KmsDoor;
before(async () => {
  door = await openKmsDoor(31);
});
after(() => door.close());

interface Explanation {
  readonly Decision: string;
  readonly Layer: string;
  readonly Resource: string;
  readonly Explanation: string;
  readonly MatchedStatements: readonly { readonly PolicyId: string; readonly Statement: string; readonly StartLine?: number }[];
  readonly NearMisses: readonly { readonly PolicyId: string; readonly Statement: string; readonly Reason: string }[];
}

async function explained(
  credentials: AccessCredentials,
  Action: string,
  Resource: string,
  context: Readonly<Record<string, string>> = {},
  PrincipalArn?: string,
): Promise<Explanation> {
  const { simulation } = door;
  const caller = { transport: simulation.network, region: 'us-east-1', now: simulation.clock.now(), credentials };
  const ContextEntries = Object.entries(context).map(([Key, value]) => ({ Key, Values: [value] }));
  const input = { Action, Resource, ContextEntries, ...(PrincipalArn === undefined ? {} : { PrincipalArn }) };
  const { status, body } = await callOperation(caller, 'muster', 'ExplainAccess', input);
  assert.equal(status, 200, body);
  return JSON.parse(body) as Explanation;
}

const ASKS = { Effect: 'Allow', Action: ['muster:ExplainAccess', 'kms:GetKeyPolicy'], Resource: '*' };
const ROOT = {
  Sid: 'Account',
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
  Action: 'kms:*',
  Resource: '*',
};
const Plaintext = Buffer.from('x');

/** A user who may ask, and the outcome of their own Encrypt. */
async function person(name: string, ...statements: object[]) {
  const credentials = await addUser(door.simulation, name, policy(ASKS, ...statements));
  const client = new kms.KMSClient(door.configFor(credentials));
  const encrypt = async (KeyId: string, EncryptionContext: Record<string, string> = {}) =>
    (await refusal(client.send(new kms.EncryptCommand({ KeyId, Plaintext, EncryptionContext })))) === 'allowed';
  return { credentials, encrypt };
}

const keyWith = (...statements: object[]) => door.newKey({ Policy: policy(...statements) });

test('a statement of the key that allows is named with its line; so is one that denies', async () => {
  const { credentials, encrypt } = await person('Ann');
  const named = { Sid: 'AnnSeals', Effect: 'Allow', Principal: { AWS: userArn('Ann') }, Action: 'kms:Encrypt', Resource: '*' };
  const KeyId = await keyWith(ROOT, named);
  const allowed = await explained(credentials, 'kms:Encrypt', keyArn(KeyId));
  assert.equal(allowed.Decision === 'allowed', await encrypt(KeyId));
  assert.deepEqual([allowed.Decision, allowed.Layer], ['allowed', 'resource']);
  assert.deepEqual(
    allowed.MatchedStatements.map(({ PolicyId, Statement, StartLine }) => [PolicyId, Statement, StartLine]),
    [[`key policy of ${KeyId}`, 'AnnSeals', 1]],
  );
  assert.equal(
    allowed.Explanation,
    `${userArn('Ann')} may kms:Encrypt on ${keyArn(KeyId)}: statement AnnSeals of the key policy of ${KeyId}.`,
  );
  const forbidding = { Sid: 'NotAnn', Effect: 'Deny', Principal: { AWS: userArn('Ann') }, Action: 'kms:Encrypt', Resource: '*' };
  const other = await keyWith(ROOT, named, forbidding);
  const denied = await explained(credentials, 'kms:Encrypt', keyArn(other));
  assert.equal(denied.Decision === 'allowed', await encrypt(other));
  assert.deepEqual(
    [denied.Decision, denied.Layer, denied.MatchedStatements[0]?.Statement],
    ['explicitDeny', 'resource', 'NotAnn'],
  );
});

test('what the key says nothing about, no identity allows: the statement that names somebody else is shown', async () => {
  const { credentials, encrypt } = await person('Ben', { Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*' });
  const KeyId = await keyWith(
    { ...ROOT, Action: ['kms:GetKeyPolicy', 'kms:PutKeyPolicy'] },
    { Sid: 'OthersSeal', Effect: 'Allow', Principal: { AWS: userArn('Else') }, Action: 'kms:Encrypt', Resource: '*' },
  );
  const answer = await explained(credentials, 'kms:Encrypt', keyArn(KeyId));
  assert.equal(await encrypt(KeyId), false);
  assert.deepEqual([answer.Decision, answer.Layer], ['implicitDeny', 'resource']);
  assert.match(
    answer.Explanation,
    /because no resource-based policy allows the kms:Encrypt action\. One statement speaks of the action/,
  );
  assert.deepEqual(
    answer.NearMisses.map(({ Statement, Reason }) => [Statement, Reason]),
    [['OthersSeal', `It does not name ${userArn('Ben')}.`]],
  );
  const decrypt = await explained(credentials, 'kms:Decrypt', keyArn(KeyId));
  assert.match(decrypt.Explanation, /because no identity-based policy allows the kms:Decrypt action/);
});

test('a grant is named, by the encryption context that the asker describes', async () => {
  const { credentials, encrypt } = await person('Cleo');
  const KeyId = await door.newKey();
  const { GrantId } = await door.client.send(
    new kms.CreateGrantCommand({
      KeyId,
      Name: 'deploys',
      GranteePrincipal: userArn('Cleo'),
      Operations: ['Encrypt'],
      Constraints: { EncryptionContextEquals: { Stage: 'dev' } },
    }),
  );
  const dev = await explained(credentials, 'kms:Encrypt', keyArn(KeyId), { 'kms:EncryptionContext:Stage': 'dev' });
  assert.equal(dev.Decision === 'allowed', await encrypt(KeyId, { Stage: 'dev' }));
  assert.equal(
    dev.Explanation,
    `${userArn('Cleo')} may kms:Encrypt on ${keyArn(KeyId)}: grant ${GrantId} (deploys for ${userArn('Cleo')}).`,
  );
  assert.deepEqual(
    dev.MatchedStatements.map(({ PolicyId, Statement }) => [PolicyId, Statement]),
    [[`grant ${GrantId}`, `deploys for ${userArn('Cleo')}`]],
  );
  const live = await explained(credentials, 'kms:Encrypt', keyArn(KeyId), { 'kms:EncryptionContext:Stage': 'live' });
  assert.equal(live.Decision === 'allowed', await encrypt(KeyId, { Stage: 'live' }));
  assert.equal(live.Decision, 'implicitDeny');
});

test('an alias is its key, conditions of the key are judged by what is given, and a disabled key is said', async () => {
  const { credentials } = await person('Dora', { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' });
  const KeyId = await keyWith(
    { ...ROOT, Action: ['kms:GetKeyPolicy', 'kms:PutKeyPolicy', 'kms:DisableKey', 'kms:CreateAlias'] },
    {
      ...ROOT,
      Sid: 'ThroughSsm',
      Action: 'kms:Decrypt',
      Condition: { StringEquals: { 'kms:ViaService': 'ssm.us-east-1.amazonaws.com' } },
    },
  );
  await door.client.send(new kms.CreateAliasCommand({ AliasName: 'alias/app', TargetKeyId: KeyId }));
  const direct = await explained(credentials, 'kms:Decrypt', 'alias/app');
  assert.deepEqual([direct.Decision, direct.Resource], ['implicitDeny', keyArn(KeyId)]);
  assert.match(direct.NearMisses[0]?.Reason ?? '', /^StringEquals kms:ViaService does not hold: the call has no such key\.$/);
  await door.client.send(new kms.DisableKeyCommand({ KeyId }));
  const through = await explained(credentials, 'kms:Decrypt', 'alias/app', { 'kms:ViaService': 'ssm.us-east-1.amazonaws.com' });
  assert.equal(through.Decision, 'allowed');
  assert.match(
    through.Explanation,
    new RegExp(`of the key policy of ${KeyId}, and statement 2 of the .* ${keyArn(KeyId)} is disabled\\.$`),
  );
});

test('whoever may not read the policy hears the same of a key that is there and of one that is not', async () => {
  const statements = [
    { Effect: 'Allow', Action: 'muster:ExplainAccess', Resource: '*' },
    { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' },
  ];
  const stranger = await addUser(door.simulation, 'Eve', policy(...statements));
  const KeyId = await keyWith({ ...ROOT, Action: ['kms:GetKeyPolicy', 'kms:PutKeyPolicy'] });
  const absent = '12345678-1234-1234-1234-123456789012';
  const [there, none] = [
    await explained(stranger, 'kms:Decrypt', keyArn(KeyId)),
    await explained(stranger, 'kms:Decrypt', keyArn(absent)),
  ];
  assert.deepEqual(JSON.parse(JSON.stringify(there).replaceAll(KeyId, absent)), none);
  assert.match(there.Explanation, /Policies of identities alone were looked at: .* to those who may kms:GetKeyPolicy\.$/);
  const { administrator } = door.simulation;
  const asked = await explained(administrator, 'kms:Decrypt', keyArn(KeyId), {}, userArn('Eve'));
  assert.deepEqual([asked.Decision, asked.Layer], ['implicitDeny', 'resource']);
  for (const name of [keyArn(absent), absent, 'alias/absent']) {
    const nothing = await explained(administrator, 'kms:Decrypt', name, {}, userArn('Eve'));
    assert.match(nothing.Explanation, /There is no such resource here\.$/);
  }
});
