// KMS through the public door: the official client, and the AWS CLI where it is installed, against the composed server; as the administrator and as
// users with policies of their own.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import * as kms from '@aws-sdk/client-kms';
import { temporaryDirectory } from '@muster/testkit/database.ts';
import type { JournalTables } from '../../platform/journal/tables.ts';
import { tables } from '../../platform/store/index.ts';
import { ACCOUNT, keyArn, type KmsDoor, openKmsDoor, policy, refusal } from './kms-door.fixture.ts';

const ROOT = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
let door: KmsDoor;
let client: kms.KMSClient;
const newKey = (input?: kms.CreateKeyCommandInput): Promise<string> => door.newKey(input);
const userWith = (name: string, document?: string): Promise<kms.KMSClient> => door.userWith(name, document);

before(async () => {
  door = await openKmsDoor(11);
  ({ client } = door);
});
after(() => door.close());

const bytes = (text: string): Uint8Array => Buffer.from(text);

test('a key is made, described and listed, and encrypts under its id, its ARN and its alias', async () => {
  const { KeyMetadata } = await client.send(new kms.CreateKeyCommand({ Description: 'of the wire test' }));
  const KeyId = KeyMetadata?.KeyId ?? '';
  assert.deepEqual(
    [KeyMetadata?.Arn, KeyMetadata?.KeyState, KeyMetadata?.KeySpec, KeyMetadata?.KeyManager, KeyMetadata?.Description],
    [keyArn(KeyId), 'Enabled', 'SYMMETRIC_DEFAULT', 'CUSTOMER', 'of the wire test'],
  );
  await client.send(new kms.CreateAliasCommand({ AliasName: 'alias/wire', TargetKeyId: KeyId }));
  const described = await client.send(new kms.DescribeKeyCommand({ KeyId: 'alias/wire' }));
  assert.deepEqual(described.KeyMetadata, KeyMetadata);
  assert.ok((await client.send(new kms.ListKeysCommand({}))).Keys?.some((one) => one.KeyId === KeyId));
  const EncryptionContext = { app: 'web', stage: 'test' };
  for (const name of [KeyId, keyArn(KeyId), 'alias/wire', `arn:aws:kms:us-east-1:${ACCOUNT}:alias/wire`]) {
    const sealed = await client.send(new kms.EncryptCommand({ KeyId: name, Plaintext: bytes('hunter2'), EncryptionContext }));
    assert.equal(sealed.KeyId, keyArn(KeyId));
    const { CiphertextBlob } = sealed;
    const opened = await client.send(
      new kms.DecryptCommand({ CiphertextBlob, EncryptionContext: { stage: 'test', app: 'web' } }),
    );
    assert.deepEqual([opened.KeyId, Buffer.from(opened.Plaintext ?? []).toString()], [keyArn(KeyId), 'hunter2']);
    assert.match(
      await refusal(client.send(new kms.DecryptCommand({ CiphertextBlob, EncryptionContext: { app: 'web' } }))),
      /^InvalidCiphertextException: /,
    );
  }
});

test('data keys come in the clear and encrypted, and go from one key to another', async () => {
  const [first, second] = [await newKey(), await newKey()];
  const made = await client.send(new kms.GenerateDataKeyCommand({ KeyId: first, KeySpec: 'AES_256' }));
  assert.equal(made.Plaintext?.length, 32);
  const moved = await client.send(
    new kms.ReEncryptCommand({
      CiphertextBlob: made.CiphertextBlob,
      DestinationKeyId: second,
      DestinationEncryptionContext: { a: 'b' },
    }),
  );
  assert.deepEqual([moved.SourceKeyId, moved.KeyId], [keyArn(first), keyArn(second)]);
  const opened = await client.send(
    new kms.DecryptCommand({ CiphertextBlob: moved.CiphertextBlob, EncryptionContext: { a: 'b' }, KeyId: second }),
  );
  assert.deepEqual(opened.Plaintext, made.Plaintext);
  assert.equal(
    await refusal(client.send(new kms.DecryptCommand({ CiphertextBlob: made.CiphertextBlob, KeyId: second }))),
    'IncorrectKeyException: The key ID in the request does not identify a CMK that can perform this operation.',
  );
  const without = await client.send(new kms.GenerateDataKeyWithoutPlaintextCommand({ KeyId: first, NumberOfBytes: 64 }));
  const bare = await client.send(new kms.DecryptCommand({ CiphertextBlob: without.CiphertextBlob }));
  assert.equal(bare.Plaintext?.length, 64);
  assert.equal((await client.send(new kms.GenerateRandomCommand({ NumberOfBytes: 17 }))).Plaintext?.length, 17);
  assert.equal(
    await refusal(client.send(new kms.GenerateDataKeyCommand({ KeyId: first }))),
    'ValidationException: Please specify either number of bytes or key spec.',
  );
});

test('names that are none, taken or reserved are refused in words of AWS', async () => {
  const KeyId = await newKey();
  const missing = '11111111-2222-3333-4444-555555555555';
  const cases: readonly (readonly [Promise<unknown>, string])[] = [
    [client.send(new kms.DescribeKeyCommand({ KeyId: missing })), `NotFoundException: Key '${keyArn(missing)}' does not exist`],
    [client.send(new kms.DescribeKeyCommand({ KeyId: 'nonsense' })), "NotFoundException: Invalid keyId 'nonsense'"],
    [
      client.send(new kms.EncryptCommand({ KeyId: 'alias/none', Plaintext: bytes('x') })),
      `NotFoundException: Alias arn:aws:kms:us-east-1:${ACCOUNT}:alias/none is not found.`,
    ],
    [
      client.send(new kms.DescribeKeyCommand({ KeyId: `arn:aws:kms:us-west-2:${ACCOUNT}:key/${missing}` })),
      'NotFoundException: Invalid arn us-west-2',
    ],
    [client.send(new kms.EnableKeyCommand({ KeyId: 'alias/aws/ssm' })), 'InvalidArnException: Invalid arn alias/aws/ssm'],
    [
      client.send(new kms.CreateAliasCommand({ AliasName: 'wire', TargetKeyId: KeyId })),
      'ValidationException: Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    ],
    [
      client.send(new kms.CreateAliasCommand({ AliasName: 'alias/aws/mine', TargetKeyId: KeyId })),
      'InvalidAliasNameException: Alias names that begin with alias/aws/ are reserved.',
    ],
    [
      client.send(new kms.CreateAliasCommand({ AliasName: 'alias/wire', TargetKeyId: KeyId })),
      `AlreadyExistsException: An alias with the name arn:aws:kms:us-east-1:${ACCOUNT}:alias/wire already exists`,
    ],
    [
      client.send(new kms.CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })),
      'UnsupportedOperationException: KeySpec RSA_2048 is not supported: this server makes keys of KeySpec SYMMETRIC_DEFAULT and HMAC_224 to HMAC_512 only.',
    ],
    [client.send(new kms.DecryptCommand({ CiphertextBlob: bytes('none of ours') })), 'InvalidCiphertextException: '],
  ];
  for (const [work, wanted] of cases) assert.match(await refusal(work), new RegExp(`^${RegExp.escape(wanted)}`));
});

test('aliases move, end and are listed with the key of Parameter Store', async () => {
  const [first, second] = [await newKey(), await newKey()];
  await client.send(new kms.CreateAliasCommand({ AliasName: 'alias/moving', TargetKeyId: first }));
  const target = async () => (await client.send(new kms.DescribeKeyCommand({ KeyId: 'alias/moving' }))).KeyMetadata?.KeyId;
  assert.equal(await target(), first);
  await client.send(new kms.UpdateAliasCommand({ AliasName: 'alias/moving', TargetKeyId: second }));
  assert.equal(await target(), second);
  const all = await client.send(new kms.ListAliasesCommand({ Limit: 1 }));
  assert.deepEqual([all.Aliases?.[0]?.AliasName, all.Truncated], ['alias/aws/ssm', true]);
  const more = await client.send(new kms.ListAliasesCommand({ Marker: all.NextMarker }));
  assert.ok(more.Aliases?.some(({ AliasName, TargetKeyId }) => AliasName === 'alias/moving' && TargetKeyId === second));
  assert.deepEqual((await client.send(new kms.ListAliasesCommand({ KeyId: first }))).Aliases, []);
  await client.send(new kms.DeleteAliasCommand({ AliasName: 'alias/moving' }));
  assert.match(await refusal(client.send(new kms.DescribeKeyCommand({ KeyId: 'alias/moving' }))), /alias\/moving is not found/);
  // The key that the server made cannot be changed, not even by the administrator.
  const ssm = (await client.send(new kms.DescribeKeyCommand({ KeyId: 'alias/aws/ssm' }))).KeyMetadata;
  assert.equal(ssm?.KeyManager, 'AWS');
  assert.match(await refusal(client.send(new kms.DisableKeyCommand({ KeyId: ssm?.KeyId }))), /^AccessDeniedException: /);
});

test('a disabled key encrypts and decrypts nothing until it is enabled again', async () => {
  const KeyId = await newKey();
  const { CiphertextBlob } = await client.send(new kms.EncryptCommand({ KeyId, Plaintext: bytes('x') }));
  await client.send(new kms.DisableKeyCommand({ KeyId }));
  const disabled = `DisabledException: ${keyArn(KeyId)} is disabled.`;
  assert.equal(await refusal(client.send(new kms.DecryptCommand({ CiphertextBlob }))), disabled);
  assert.equal(await refusal(client.send(new kms.EncryptCommand({ KeyId, Plaintext: bytes('x') }))), disabled);
  await client.send(new kms.EnableKeyCommand({ KeyId }));
  assert.equal(await refusal(client.send(new kms.DecryptCommand({ CiphertextBlob }))), 'allowed');
});

test('rotated, a key still decrypts what its former material encrypted', async () => {
  const KeyId = await newKey();
  const encrypt = async () => (await client.send(new kms.EncryptCommand({ KeyId, Plaintext: bytes('x') }))).CiphertextBlob;
  const materialOf = async (CiphertextBlob: Uint8Array | undefined) =>
    (await client.send(new kms.DecryptCommand({ CiphertextBlob }))).KeyMaterialId;
  const first = await encrypt();
  await client.send(new kms.RotateKeyOnDemandCommand({ KeyId }));
  const second = await encrypt();
  assert.notEqual(await materialOf(first), await materialOf(second));
  await client.send(new kms.EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  const status = await client.send(new kms.GetKeyRotationStatusCommand({ KeyId }));
  assert.deepEqual([status.KeyRotationEnabled, status.RotationPeriodInDays], [true, 90]);
  const { Rotations } = await client.send(new kms.ListKeyRotationsCommand({ KeyId }));
  assert.deepEqual(
    Rotations?.map(({ RotationType, KeyMaterialState }) => [RotationType, KeyMaterialState]),
    [['ON_DEMAND', 'CURRENT']],
  );
});

test('a key waits for its deletion, which can be called off, and is then gone with its aliases', async () => {
  const KeyId = await newKey();
  await client.send(new kms.CreateAliasCommand({ AliasName: 'alias/leaving', TargetKeyId: KeyId }));
  assert.match(
    await refusal(client.send(new kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 6 }))),
    /^ValidationException: PendingWindowInDays: 6/,
  );
  const scheduled = await client.send(new kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  assert.equal(scheduled.KeyState, 'PendingDeletion');
  const pending = `KMSInvalidStateException: ${keyArn(KeyId)} is pending deletion.`;
  assert.equal(await refusal(client.send(new kms.EncryptCommand({ KeyId, Plaintext: bytes('x') }))), pending);
  assert.equal(await refusal(client.send(new kms.EnableKeyCommand({ KeyId }))), pending);
  await client.send(new kms.CancelKeyDeletionCommand({ KeyId }));
  assert.equal((await client.send(new kms.DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState, 'Disabled');
  assert.equal(
    await refusal(client.send(new kms.CancelKeyDeletionCommand({ KeyId }))),
    `KMSInvalidStateException: ${keyArn(KeyId)} is not pending deletion.`,
  );
});

test('a key is used by those whom its policy lets, and the shipped policy leaves that to policies of identities', async () => {
  const KeyId = await newKey();
  const nobody = await userWith('Nobody');
  const reader = await userWith('Reader', policy({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: keyArn(KeyId) }));
  const { CiphertextBlob } = await client.send(
    new kms.EncryptCommand({ KeyId, Plaintext: bytes('x'), EncryptionContext: { app: 'web' } }),
  );
  const decrypt = (as: kms.KMSClient) =>
    refusal(as.send(new kms.DecryptCommand({ CiphertextBlob, EncryptionContext: { app: 'web' } })));
  const denied = (name: string, reason: string) =>
    `AccessDeniedException: User: arn:aws:iam::${ACCOUNT}:user/${name} is not authorized to perform: kms:Decrypt on resource: ${keyArn(KeyId)} ${reason}`;
  assert.equal(await decrypt(nobody), denied('Nobody', 'because no identity-based policy allows the kms:Decrypt action'));
  assert.equal(await decrypt(reader), 'allowed');
  // Without the account's line nobody's own policy is enough; one whom the key's policy names needs none.
  const put = (...statements: object[]) =>
    client.send(new kms.PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy: policy(...statements) }));
  const named = { AWS: `arn:aws:iam::${ACCOUNT}:user/Nobody` };
  const ofContext = { StringEquals: { 'kms:EncryptionContext:app': 'web' } };
  await put({ Effect: 'Allow', Principal: named, Action: 'kms:Decrypt', Resource: '*', Condition: ofContext });
  assert.equal(await decrypt(reader), denied('Reader', 'because no resource-based policy allows the kms:Decrypt action'));
  assert.equal(await decrypt(nobody), 'allowed');
  await put({
    Effect: 'Allow',
    Principal: named,
    Action: 'kms:Decrypt',
    Resource: '*',
    Condition: { StringEquals: { 'kms:EncryptionContext:app': 'db' } },
  });
  assert.match(await decrypt(nobody), /^AccessDeniedException/);
  const hidden = { 'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': 'app' } };
  await put(
    { Effect: 'Allow', Principal: ROOT, Action: 'kms:*', Resource: '*' },
    { Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt', Resource: '*', Condition: hidden },
  );
  assert.equal(await decrypt(reader), denied('Reader', 'with an explicit deny in a resource-based policy'));
  // Of what is not there nothing is said to those who may not ask.
  assert.match(
    await refusal(reader.send(new kms.DescribeKeyCommand({ KeyId: '11111111-2222-3333-4444-555555555555' }))),
    /^AccessDeniedException/,
  );
});

test('a policy under which its author could not change it again is refused, unless they insist', async () => {
  const KeyId = await newKey();
  const keeper = await userWith('Keeper', policy({ Effect: 'Allow', Action: 'kms:*', Resource: '*' }));
  const Policy = policy({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/Nobody` },
    Action: 'kms:*',
    Resource: '*',
  });
  assert.equal(
    await refusal(keeper.send(new kms.PutKeyPolicyCommand({ KeyId, Policy }))),
    'MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.',
  );
  await keeper.send(new kms.PutKeyPolicyCommand({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true }));
  assert.equal((await client.send(new kms.GetKeyPolicyCommand({ KeyId }))).Policy, Policy);
  assert.match(
    await refusal(client.send(new kms.PutKeyPolicyCommand({ KeyId, Policy: '{}' }))),
    /^MalformedPolicyDocumentException/,
  );
});

test('the key of Parameter Store can be used through Parameter Store only', async () => {
  const direct = await userWith('Direct', policy({ Effect: 'Allow', Action: 'kms:*', Resource: '*' }));
  assert.match(
    await refusal(direct.send(new kms.EncryptCommand({ KeyId: 'alias/aws/ssm', Plaintext: bytes('x') }))),
    /because no resource-based policy allows the kms:Encrypt action$/,
  );
  assert.equal(await refusal(direct.send(new kms.DescribeKeyCommand({ KeyId: 'alias/aws/ssm' }))), 'allowed');
});

test('tags of keys are kept, and policies may ask for them', async () => {
  const KeyId = await newKey({ Tags: [{ TagKey: 'Team', TagValue: 'blue' }] });
  const team = await userWith(
    'Blue',
    policy({ Effect: 'Allow', Action: 'kms:*', Resource: '*', Condition: { StringEquals: { 'aws:ResourceTag/Team': 'blue' } } }),
  );
  assert.equal(await refusal(team.send(new kms.DescribeKeyCommand({ KeyId }))), 'allowed');
  await client.send(new kms.TagResourceCommand({ KeyId, Tags: [{ TagKey: 'Team', TagValue: 'red' }] }));
  assert.deepEqual((await client.send(new kms.ListResourceTagsCommand({ KeyId }))).Tags, [{ TagKey: 'Team', TagValue: 'red' }]);
  assert.match(await refusal(team.send(new kms.DescribeKeyCommand({ KeyId }))), /^AccessDeniedException/);
  await client.send(new kms.UntagResourceCommand({ KeyId, TagKeys: ['Team'] }));
  assert.deepEqual((await client.send(new kms.ListResourceTagsCommand({ KeyId }))).Tags, []);
});

test('a dry run says that it would have worked, and does nothing', async () => {
  const KeyId = await newKey();
  assert.match(
    await refusal(client.send(new kms.EncryptCommand({ KeyId, Plaintext: bytes('x'), DryRun: true }))),
    /^DryRunOperationException: The request would have succeeded/,
  );
});

test('the journal tells of every use and of no plaintext', async () => {
  const KeyId = await newKey();
  const Plaintext = bytes('planted-plaintext');
  const { CiphertextBlob } = await client.send(new kms.EncryptCommand({ KeyId, Plaintext }));
  await client.send(new kms.DecryptCommand({ CiphertextBlob }));
  const rows = await door.simulation.database.read((tx) =>
    tables<JournalTables>(tx).selectFrom('journal_entry').selectAll().where('event_source', '=', 'kms.amazonaws.com').execute(),
  );
  const decrypted = rows.filter((row) => row.event_name === 'Decrypt' && row.resources.includes(keyArn(KeyId)));
  assert.deepEqual(
    decrypted.map((row) => row.audit_class),
    ['secret'],
  );
  const all = JSON.stringify(rows);
  for (const form of ['utf8', 'base64', 'hex'] as const) assert.ok(!all.includes(Buffer.from(Plaintext).toString(form)));
});

const WITHOUT_AWS_CLI = spawnSync('aws', ['--version']).status === 0 ? false : 'not run: the AWS CLI is not installed';

const run = promisify(execFile);
test(
  'the AWS CLI makes a key, encrypts and decrypts, and makes, lists and takes back a grant',
  { skip: WITHOUT_AWS_CLI },
  async () => {
    const { accessKeyId, secretAccessKey } = door.simulation.administrator;
    const env = {
      PATH: process.env['PATH'] ?? '',
      AWS_CONFIG_FILE: devNull,
      AWS_ENDPOINT_URL: door.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    const aws = async (...words: string[]): Promise<string> =>
      (await run('aws', ['--output', 'text', 'kms', ...words], { env })).stdout.trim();
    await using directory = await temporaryDirectory();
    const file = (name: string) => join(directory.path, name);
    writeFileSync(file('plain'), 'hunter2');
    const keyId = await aws('create-key', '--query', 'KeyMetadata.KeyId');
    const context = ['--encryption-context', 'app=web'];
    // Files of bytes, as both versions of the CLI take them.
    const sealed = ['encrypt', '--key-id', keyId, '--plaintext', `fileb://${file('plain')}`, '--query', 'CiphertextBlob'];
    writeFileSync(file('sealed'), Buffer.from(await aws(...sealed, ...context), 'base64'));
    const opened = ['decrypt', '--ciphertext-blob', `fileb://${file('sealed')}`, '--query', 'Plaintext'];
    assert.equal(Buffer.from(await aws(...opened, ...context), 'base64').toString(), 'hunter2');
    await assert.rejects(aws(...opened), /InvalidCiphertextException/);

    const grantee = `arn:aws:iam::${ACCOUNT}:user/Cli`;
    const made = ['create-grant', '--key-id', keyId, '--grantee-principal', grantee, '--operations', 'Decrypt', 'Encrypt'];
    const constraints = ['--constraints', 'EncryptionContextSubset={app=web}'];
    const grantId = await aws(...made, ...constraints, '--query', 'GrantId');
    const listed = ['list-grants', '--key-id', keyId, '--query', 'Grants[].[GrantId,Constraints.EncryptionContextSubset.app]'];
    assert.equal(await aws(...listed), `${grantId}\tweb`);
    await aws('retire-grant', '--key-id', keyArn(keyId), '--grant-id', grantId);
    assert.equal(await aws(...listed), '');
  },
);
