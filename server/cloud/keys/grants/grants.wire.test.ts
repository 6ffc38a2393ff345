// Grants through the public door: what they allow beside the policies, and what they never do.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { ACCOUNT, keyArn, type KmsDoor, openKmsDoor, policy, refusal, userArn } from '../kms-door.fixture.ts';

let door: KmsDoor;
let client: kms.KMSClient;
before(async () => {
  door = await openKmsDoor(12);
  ({ client } = door);
});
after(() => door.close());

const Plaintext = Buffer.from('hunter2');
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;
type Grant = Omit<kms.CreateGrantCommandInput, 'KeyId'>;

const sealUnder = async (KeyId: string, EncryptionContext: Record<string, string> = {}) =>
  (await client.send(new kms.EncryptCommand({ KeyId, Plaintext, EncryptionContext }))).CiphertextBlob;
const decrypt = (as: kms.KMSClient, CiphertextBlob: Uint8Array | undefined, EncryptionContext: Record<string, string> = {}) =>
  refusal(as.send(new kms.DecryptCommand({ CiphertextBlob, EncryptionContext })));
const grant = (KeyId: string, given: Grant, as = client) => as.send(new kms.CreateGrantCommand({ KeyId, ...given }));

test('a grant allows its grantee what it lists, at once, though no policy does; revoked, at once no more', async () => {
  const KeyId = await door.newKey();
  const ann = await door.userWith('Ann');
  const ben = await door.userWith('Ben');
  const sealed = await sealUnder(KeyId);
  assert.match(await decrypt(ann, sealed), /because no identity-based policy allows the kms:Decrypt action$/);
  const { GrantId, GrantToken } = await grant(KeyId, {
    GranteePrincipal: userArn('Ann'),
    Operations: ['Decrypt', 'DescribeKey'],
  });
  assert.match(GrantId ?? '', /^[0-9a-f]{64}$/);
  assert.equal(await decrypt(ann, sealed), 'allowed');
  assert.equal(
    await refusal(ann.send(new kms.DecryptCommand({ CiphertextBlob: sealed, GrantTokens: [GrantToken ?? ''] }))),
    'allowed',
  );
  assert.equal(await refusal(ann.send(new kms.DescribeKeyCommand({ KeyId }))), 'allowed');
  // DescribeKey declares no error for tokens, and looks at none.
  assert.equal(await refusal(ann.send(new kms.DescribeKeyCommand({ KeyId, GrantTokens: ['none'] }))), 'allowed');
  assert.match(await refusal(ann.send(new kms.EncryptCommand({ KeyId, Plaintext }))), /^AccessDeniedException/);
  assert.match(await refusal(ann.send(new kms.PutKeyPolicyCommand({ KeyId, Policy: '{}' }))), /^AccessDeniedException/);
  assert.match(await decrypt(ben, sealed), /^AccessDeniedException/);
  const other = await sealUnder(await door.newKey());
  assert.match(await decrypt(ann, other), /^AccessDeniedException/);
  await client.send(new kms.RevokeGrantCommand({ KeyId, GrantId }));
  assert.match(await decrypt(ann, sealed), /^AccessDeniedException/);
  assert.equal(
    await refusal(client.send(new kms.RevokeGrantCommand({ KeyId, GrantId }))),
    `NotFoundException: Grant ID ${GrantId} is not found.`,
  );
});

test('a Deny of the key or of the caller stands above every grant', async () => {
  const KeyId = await door.newKey();
  const cat = await door.userWith('Cat');
  const dan = await door.userWith('Dan', policy({ Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*' }));
  const sealed = await sealUnder(KeyId);
  for (const name of ['Cat', 'Dan']) await grant(KeyId, { GranteePrincipal: userArn(name), Operations: ['Decrypt'] });
  assert.equal(await decrypt(cat, sealed), 'allowed');
  assert.match(await decrypt(dan, sealed), /with an explicit deny in an identity-based policy$/);
  const Policy = policy(
    { Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Deny', Principal: { AWS: userArn('Cat') }, Action: 'kms:Decrypt', Resource: '*' },
  );
  await client.send(new kms.PutKeyPolicyCommand({ KeyId, Policy }));
  assert.match(await decrypt(cat, sealed), /with an explicit deny in a resource-based policy$/);
});

test('constraints let through the encryption context that they name, and no other', async () => {
  const KeyId = await door.newKey();
  const eve = await door.userWith('Eve');
  const context = { app: 'web', stage: 'test' };
  const [sealed, bare] = [await sealUnder(KeyId, context), await sealUnder(KeyId)];
  const make = (Constraints: kms.GrantConstraints) =>
    grant(KeyId, { GranteePrincipal: userArn('Eve'), Operations: ['Decrypt', 'Encrypt', 'DescribeKey'], Constraints });
  const drop = async (made: kms.CreateGrantCommandOutput) =>
    client.send(new kms.RevokeGrantCommand({ KeyId, GrantId: made.GrantId }));

  const subset = await make({ EncryptionContextSubset: { app: 'web' } });
  assert.equal(await decrypt(eve, sealed, context), 'allowed');
  assert.match(await decrypt(eve, bare), /^AccessDeniedException/);
  assert.match(
    await refusal(eve.send(new kms.EncryptCommand({ KeyId, Plaintext, EncryptionContext: { APP: 'web' } }))),
    /^AccessDeniedException/,
  );
  assert.equal(await refusal(eve.send(new kms.DescribeKeyCommand({ KeyId }))), 'allowed');
  await drop(subset);

  const wrong = await make({ EncryptionContextEquals: { app: 'web' } });
  assert.match(await decrypt(eve, sealed, context), /^AccessDeniedException/);
  const right = await make({ EncryptionContextEquals: context });
  assert.equal(await decrypt(eve, sealed, { stage: 'test', app: 'web' }), 'allowed');
  await drop(wrong);
  await drop(right);

  await make({ EncryptionContextEquals: {} });
  assert.equal(await decrypt(eve, bare), 'allowed');
  assert.match(await decrypt(eve, sealed, context), /^AccessDeniedException/);
});

test('a grant of a role is one of all its sessions, within their session policies; one of a session of that session alone', async () => {
  const KeyId = await door.newKey();
  const sealed = await sealUnder(KeyId);
  const admin = new iam.IAMClient(door.configFor(door.simulation.administrator));
  const AssumeRolePolicyDocument = policy({ Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'sts:AssumeRole' });
  await admin.send(new iam.CreateRoleCommand({ RoleName: 'Reader', AssumeRolePolicyDocument }));
  const security = new sts.STSClient(door.configFor(door.simulation.administrator));
  const session = async (RoleSessionName: string, Policy?: string) => {
    const asked = { RoleArn: `arn:aws:iam::${ACCOUNT}:role/Reader`, RoleSessionName, Policy };
    const { Credentials: got } = await security.send(new sts.AssumeRoleCommand(asked));
    return new kms.KMSClient(
      door.configFor({
        accessKeyId: got?.AccessKeyId ?? '',
        secretAccessKey: got?.SecretAccessKey ?? '',
        sessionToken: got?.SessionToken,
      }),
    );
  };
  const [one, two] = [await session('one'), await session('two')];
  const limited = await session('limited', policy({ Effect: 'Allow', Action: 'ssm:*', Resource: '*' }));
  const GranteePrincipal = `arn:aws:sts::${ACCOUNT}:assumed-role/Reader/one`;
  await grant(KeyId, { GranteePrincipal, Operations: ['Decrypt'] });
  assert.equal(await decrypt(one, sealed), 'allowed');
  assert.match(await decrypt(two, sealed), /^AccessDeniedException/);
  await grant(KeyId, { GranteePrincipal: `arn:aws:iam::${ACCOUNT}:role/Reader`, Operations: ['Decrypt'] });
  assert.equal(await decrypt(two, sealed), 'allowed');
  assert.match(await decrypt(limited, sealed), /^AccessDeniedException/);
});

test('who may make grants by a grant alone gives no more than they have', async () => {
  const KeyId = await door.newKey();
  const fay = await door.userWith('Fay');
  const gus = await door.userWith('Gus');
  const app = { EncryptionContextSubset: { app: 'web' } };
  await grant(KeyId, { GranteePrincipal: userArn('Fay'), Operations: ['Decrypt', 'CreateGrant'], Constraints: app });
  const pass = (given: Omit<Grant, 'GranteePrincipal'>) =>
    refusal(grant(KeyId, { GranteePrincipal: userArn('Gus'), ...given }, fay));
  assert.match(await pass({ Operations: ['Decrypt'] }), /^AccessDeniedException/);
  assert.match(await pass({ Operations: ['Encrypt'], Constraints: app }), /^AccessDeniedException/);
  const elsewhere = { EncryptionContextSubset: { app: 'db' } };
  assert.match(await pass({ Operations: ['Decrypt'], Constraints: elsewhere }), /^AccessDeniedException/);
  const narrower = { EncryptionContextEquals: { app: 'web', stage: 'test' } };
  assert.equal(await pass({ Operations: ['Decrypt'], Constraints: narrower }), 'allowed');
  assert.equal(
    await decrypt(gus, await sealUnder(KeyId, { app: 'web', stage: 'test' }), { app: 'web', stage: 'test' }),
    'allowed',
  );
  assert.match(await decrypt(gus, await sealUnder(KeyId, { app: 'web' }), { app: 'web' }), /^AccessDeniedException/);
  // Listing and revoking are no operations of grants.
  assert.match(await refusal(fay.send(new kms.ListGrantsCommand({ KeyId }))), /^AccessDeniedException/);
});

test('policies may limit who makes which grants for whom', async () => {
  const KeyId = await door.newKey();
  const hal = await door.userWith(
    'Hal',
    policy({
      Effect: 'Allow',
      Action: 'kms:CreateGrant',
      Resource: '*',
      Condition: {
        'ForAllValues:StringEquals': { 'kms:GrantOperations': ['Decrypt', 'DescribeKey'] },
        StringEquals: {
          'kms:GranteePrincipal': userArn('Ida'),
          'kms:RetiringPrincipal': userArn('Hal'),
          'kms:GrantConstraintType': 'EncryptionContextEquals',
        },
        Bool: { 'kms:GrantIsForAWSResource': 'false' },
      },
    }),
  );
  const good = {
    GranteePrincipal: userArn('Ida'),
    RetiringPrincipal: userArn('Hal'),
    Operations: ['Decrypt'],
    Constraints: { EncryptionContextEquals: { a: 'b' } },
  } satisfies Grant;
  const make = (given: Grant) => refusal(grant(KeyId, given, hal));
  assert.equal(await make(good), 'allowed');
  for (const worse of [
    { ...good, Operations: ['Decrypt', 'Encrypt'] },
    { ...good, GranteePrincipal: userArn('Hal') },
    { ...good, RetiringPrincipal: undefined },
    { ...good, Constraints: { EncryptionContextSubset: { a: 'b' } } },
    { ...good, Constraints: undefined },
  ] satisfies Grant[])
    assert.match(await make(worse), /^AccessDeniedException/, JSON.stringify(worse));
});

test('a grant is retired by whom it names and by the account, not by a policy of the key; denied by one of the caller', async () => {
  const KeyId = await door.newKey();
  const jan = await door.userWith('Jan');
  const kim = await door.userWith('Kim');
  const lee = await door.userWith('Lee', policy({ Effect: 'Deny', Action: 'kms:RetireGrant', Resource: '*' }));
  const may = await door.userWith('May', policy({ Effect: 'Allow', Action: 'kms:RetireGrant', Resource: keyArn(KeyId) }));
  const Policy = policy(
    { Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Allow', Principal: { AWS: userArn('Kim') }, Action: 'kms:RetireGrant', Resource: '*' },
  );
  await client.send(new kms.PutKeyPolicyCommand({ KeyId, Policy }));
  const make = (given: Omit<Grant, 'Operations'>, ...more: kms.GrantOperation[]) =>
    grant(KeyId, { Operations: ['Decrypt', ...more], ...given });
  const retire = (as: kms.KMSClient, made: kms.CreateGrantCommandOutput, DryRun = false) =>
    refusal(as.send(new kms.RetireGrantCommand({ KeyId: keyArn(KeyId), GrantId: made.GrantId, DryRun })));

  const first = await make({ GranteePrincipal: userArn('Kim'), RetiringPrincipal: userArn('Jan') });
  assert.match(await retire(kim, first), /^AccessDeniedException/);
  assert.match(await retire(jan, first, true), /^DryRunOperationException/);
  assert.equal(await retire(jan, first), 'allowed');
  assert.match(await retire(jan, first), /^AccessDeniedException/);
  assert.match(await retire(client, first), /^NotFoundException/);

  const byToken = await make({ GranteePrincipal: userArn('Kim') }, 'RetireGrant');
  const { GrantToken } = byToken;
  assert.match(await refusal(jan.send(new kms.RetireGrantCommand({ GrantToken }))), /^AccessDeniedException/);
  assert.equal(await refusal(kim.send(new kms.RetireGrantCommand({ GrantToken }))), 'allowed');

  const third = await make({ GranteePrincipal: userArn('Lee'), RetiringPrincipal: userArn('Lee') });
  assert.match(await retire(lee, third), /with an explicit deny in an identity-based policy$/);
  assert.equal(await retire(may, third), 'allowed');
});

test('grants are listed page by page, of a key, of a grantee, and of who may retire them', async () => {
  const KeyId = await door.newKey();
  const names = ['Ned', 'Ned', 'Ola'];
  for (const name of names)
    await grant(KeyId, {
      GranteePrincipal: userArn(name),
      RetiringPrincipal: userArn('Pam'),
      Operations: ['Decrypt', 'Encrypt'],
      Constraints: { EncryptionContextSubset: { app: 'web' } },
    });
  const list = (given: Partial<kms.ListGrantsCommandInput> = {}) => client.send(new kms.ListGrantsCommand({ KeyId, ...given }));
  const all = (await list()).Grants ?? [];
  assert.equal(all.length, 3);
  const [one] = all;
  assert.deepEqual(
    [one?.KeyId, one?.IssuingAccount, one?.RetiringPrincipal, one?.Operations, one?.Constraints?.EncryptionContextSubset],
    [keyArn(KeyId), ROOT, userArn('Pam'), ['Decrypt', 'Encrypt'], { app: 'web' }],
  );
  assert.equal((await list({ GranteePrincipal: userArn('Ned') })).Grants?.length, 2);
  assert.deepEqual((await list({ GrantId: one?.GrantId })).Grants, [one]);
  const page = await list({ Limit: 2 });
  assert.deepEqual([page.Grants?.length, page.Truncated], [2, true]);
  const rest = await list({ Limit: 2, Marker: page.NextMarker });
  assert.deepEqual([...(page.Grants ?? []), ...(rest.Grants ?? [])], all);
  assert.equal(rest.Truncated, false);
  const retirable = (RetiringPrincipal: string) =>
    client.send(new kms.ListRetirableGrantsCommand({ RetiringPrincipal, Limit: 2 }));
  assert.deepEqual([(await retirable(userArn('Pam'))).Grants?.length, (await retirable(userArn('Ned'))).Grants?.length], [2, 0]);
  assert.match(await refusal(retirable('arn:aws:iam::111122223333:user/x')), /^InvalidArnException/);
});

test('a named grant is made once however often it is asked for; without a name each call makes one', async () => {
  const KeyId = await door.newKey();
  const named = { GranteePrincipal: userArn('Quy'), Operations: ['Decrypt', 'Encrypt'], Name: 'retry' } satisfies Grant;
  const first = await grant(KeyId, named);
  assert.equal((await grant(KeyId, { ...named, Operations: ['Encrypt', 'Decrypt'] })).GrantId, first.GrantId);
  assert.notEqual((await grant(KeyId, { ...named, Operations: ['Decrypt'] })).GrantId, first.GrantId);
  const bare = { GranteePrincipal: userArn('Quy'), Operations: ['Decrypt'] } satisfies Grant;
  assert.notEqual((await grant(KeyId, bare)).GrantId, (await grant(KeyId, bare)).GrantId);
});

test('what no grant can be is refused', async () => {
  const KeyId = await door.newKey();
  const good = { GranteePrincipal: userArn('Ann'), Operations: ['Decrypt'] } satisfies Grant;
  const long = { EncryptionContextEquals: { a: 'x'.repeat(385) } };
  const many = { EncryptionContextSubset: Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`n${n}`, 'x'])) };
  const cases: readonly (readonly [Grant, RegExp])[] = [
    [{ ...good, GranteePrincipal: 'nobody' }, /^InvalidArnException: ARN does not refer to a valid principal: nobody$/],
    [{ ...good, RetiringPrincipal: `arn:aws:iam::${ACCOUNT}:group/g` }, /^InvalidArnException/],
    [{ ...good, GranteePrincipal: undefined }, /^ValidationException: GranteePrincipal/],
    [{ ...good, Operations: [] }, /^ValidationException: Operations/],
    [{ ...good, Operations: ['Sign'] }, /^ValidationException: Operations: Sign/],
    [{ ...good, Constraints: long }, /^ValidationException: Constraints\.EncryptionContextEquals/],
    [{ ...good, Constraints: many }, /^ValidationException: Constraints\.EncryptionContextSubset: 9 pairs/],
    [{ ...good, GrantTokens: ['bm9uZQ=='] }, /^InvalidGrantTokenException/],
    [{ ...good, DryRun: true }, /^DryRunOperationException/],
  ];
  for (const [given, wanted] of cases) assert.match(await refusal(grant(KeyId, given)), wanted);
  assert.deepEqual((await client.send(new kms.ListGrantsCommand({ KeyId }))).Grants, []);
  assert.match(await refusal(grant('alias/aws/ssm', good)), /^InvalidArnException/);
  const ssmKey = (await client.send(new kms.DescribeKeyCommand({ KeyId: 'alias/aws/ssm' }))).KeyMetadata?.KeyId ?? '';
  assert.match(await refusal(grant(ssmKey, good)), /^AccessDeniedException/);
  await client.send(new kms.DisableKeyCommand({ KeyId }));
  assert.equal(await refusal(grant(KeyId, good)), `DisabledException: ${keyArn(KeyId)} is disabled.`);
  assert.match(await refusal(client.send(new kms.RevokeGrantCommand({ KeyId, GrantId: 'short' }))), /^InvalidGrantIdException/);
});

test('a parameter is read by a grant on its key', async () => {
  const KeyId = await door.newKey();
  await door.userWith('Rex', policy({ Effect: 'Allow', Action: 'ssm:GetParameter', Resource: '*' }));
  const admin = new iam.IAMClient(door.configFor(door.simulation.administrator));
  const { AccessKey } = await admin.send(new iam.CreateAccessKeyCommand({ UserName: 'Rex' }));
  const rex = new ssm.SSMClient(
    door.configFor({ accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }),
  );
  const store = new ssm.SSMClient(door.configFor(door.simulation.administrator));
  await store.send(new ssm.PutParameterCommand({ Name: '/granted', Value: 'v', Type: 'SecureString', KeyId }));
  const read = () => refusal(rex.send(new ssm.GetParameterCommand({ Name: '/granted', WithDecryption: true })));
  assert.match(await read(), /^AccessDeniedException/);
  const PARAMETER_ARN = `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/granted`;
  const Constraints = { EncryptionContextEquals: { PARAMETER_ARN } };
  await grant(KeyId, { GranteePrincipal: userArn('Rex'), Operations: ['Decrypt'], Constraints });
  assert.equal(await read(), 'allowed');
});
