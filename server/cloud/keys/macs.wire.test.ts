// Keys for MACs through the official client: what they do, and what they are not let be used for.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as kms from '@aws-sdk/client-kms';
import * as ssm from '@aws-sdk/client-ssm';
import { systemIds } from '../../platform/ids.ts';
import { encryptUnder } from './ciphertext.ts';
import { keyArn, type KmsDoor, openKmsDoor, policy, refusal, userArn } from './kms-door.fixture.ts';

let door: KmsDoor;
let client: kms.KMSClient;
before(async () => {
  door = await openKmsDoor(14);
  ({ client } = door);
});
after(() => door.close());

const Message = Buffer.from('the message');
const newMacKey = (KeySpec: kms.KeySpec = 'HMAC_256') => door.newKey({ KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' });
const generate = (KeyId: string, MacAlgorithm: kms.MacAlgorithmSpec = 'HMAC_SHA_256', as = client) =>
  as.send(new kms.GenerateMacCommand({ KeyId, MacAlgorithm, Message }));

test('keys of each kind make MACs of their length, which verify under the message and the key alone', async () => {
  for (const [KeySpec, MacAlgorithm, bytes] of [
    ['HMAC_224', 'HMAC_SHA_224', 28],
    ['HMAC_256', 'HMAC_SHA_256', 32],
    ['HMAC_384', 'HMAC_SHA_384', 48],
    ['HMAC_512', 'HMAC_SHA_512', 64],
  ] as const) {
    const KeyId = await newMacKey(KeySpec);
    const { KeyMetadata } = await client.send(new kms.DescribeKeyCommand({ KeyId }));
    assert.deepEqual(
      [KeyMetadata?.KeySpec, KeyMetadata?.KeyUsage, KeyMetadata?.MacAlgorithms, KeyMetadata?.EncryptionAlgorithms],
      [KeySpec, 'GENERATE_VERIFY_MAC', [MacAlgorithm], undefined],
    );
    const { Mac, KeyId: under } = await generate(KeyId, MacAlgorithm);
    assert.deepEqual([Mac?.length, under], [bytes, keyArn(KeyId)]);
    const verify = (given: Partial<kms.VerifyMacCommandInput> = {}) =>
      client.send(new kms.VerifyMacCommand({ KeyId, MacAlgorithm, Message, Mac, ...given }));
    assert.equal((await verify()).MacValid, true);
    const flipped = Buffer.from(Mac ?? []);
    flipped[0] = (flipped[0] ?? 0) ^ 1;
    for (const wrong of [{ Message: Buffer.from('another') }, { Mac: flipped }, { Mac: flipped.subarray(1) }] as const)
      assert.match(await refusal(verify(wrong)), /^KMSInvalidMacException/);
    assert.match(await refusal(verify({ KeyId: await newMacKey(KeySpec) })), /^KMSInvalidMacException/);
    const other = MacAlgorithm === 'HMAC_SHA_512' ? 'HMAC_SHA_256' : 'HMAC_SHA_512';
    assert.equal(
      await refusal(verify({ MacAlgorithm: other })),
      `InvalidKeyUsageException: Algorithm ${other} and key spec ${KeySpec} are incompatible.`,
    );
  }
});

test('a key does what it is for and nothing else', async () => {
  const [mac, plain] = [await newMacKey(), await door.newKey()];
  const Plaintext = Message;
  const notFor = (id: string, usage: string, name: string) =>
    `InvalidKeyUsageException: ${keyArn(id)} key usage is ${usage} which is not valid for ${name}.`;
  assert.equal(
    await refusal(client.send(new kms.EncryptCommand({ KeyId: mac, Plaintext }))),
    notFor(mac, 'GENERATE_VERIFY_MAC', 'Encrypt'),
  );
  assert.equal(
    await refusal(client.send(new kms.GenerateDataKeyCommand({ KeyId: mac, KeySpec: 'AES_256' }))),
    notFor(mac, 'GENERATE_VERIFY_MAC', 'GenerateDataKey'),
  );
  assert.equal(await refusal(generate(plain)), notFor(plain, 'ENCRYPT_DECRYPT', 'GenerateMac'));
  for (const command of [
    new kms.EnableKeyRotationCommand({ KeyId: mac }),
    new kms.RotateKeyOnDemandCommand({ KeyId: mac }),
    new kms.GetKeyRotationStatusCommand({ KeyId: mac }),
  ])
    assert.match(await refusal(client.send(command)), /^UnsupportedOperationException/);
  const store = new ssm.SSMClient(door.configFor(door.simulation.administrator));
  assert.match(
    await refusal(store.send(new ssm.PutParameterCommand({ Name: '/m', Value: 'v', Type: 'SecureString', KeyId: mac }))),
    /^InvalidKeyId: .*Error Code: InvalidKeyUsageException/,
  );
  assert.match(await refusal(door.newKey({ KeySpec: 'HMAC_256' })), /^ValidationException: You must specify a KeyUsage/);
  assert.equal(
    await refusal(door.newKey({ KeySpec: 'HMAC_256', KeyUsage: 'ENCRYPT_DECRYPT' })),
    'ValidationException: KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec HMAC_256',
  );
});

test('whoever may make MACs cannot make a ciphertext of them', async () => {
  const KeyId = await newMacKey();
  const header = { account: '000000000000' as Parameters<typeof encryptUnder>[1]['account'], keyId: KeyId, version: 1 };
  const { Mac } = await generate(KeyId);
  const forged = encryptUnder(Buffer.from(Mac ?? []), header, {}, Message, systemIds);
  assert.match(
    await refusal(client.send(new kms.DecryptCommand({ CiphertextBlob: forged }))),
    /^InvalidKeyUsageException: .* not valid for Decrypt\.$/,
  );
});

test('grants and policies know keys for MACs', async () => {
  const KeyId = await newMacKey();
  const maker = await door.userWith('Maker');
  const GranteePrincipal = userArn('Maker');
  const grant = (given: Omit<kms.CreateGrantCommandInput, 'KeyId' | 'GranteePrincipal'>) =>
    refusal(client.send(new kms.CreateGrantCommand({ KeyId, GranteePrincipal, ...given })));
  assert.match(await grant({ Operations: ['Encrypt'] }), /^ValidationException: Operations: Encrypt is nothing/);
  const Constraints = { EncryptionContextSubset: { a: 'b' } };
  assert.match(await grant({ Operations: ['GenerateMac'], Constraints }), /^ValidationException: Constraints/);
  assert.equal(await grant({ Operations: ['GenerateMac'] }), 'allowed');
  assert.equal(await refusal(generate(KeyId, 'HMAC_SHA_256', maker)), 'allowed');
  const Mac = Buffer.alloc(32);
  assert.match(
    await refusal(maker.send(new kms.VerifyMacCommand({ KeyId, MacAlgorithm: 'HMAC_SHA_256', Message, Mac }))),
    /^AccessDeniedException/,
  );
  // The former name of the member decides as the new one does.
  const plain = await door.userWith(
    'Plain',
    policy({
      Effect: 'Allow',
      Action: 'kms:CreateKey',
      Resource: '*',
      Condition: { StringEquals: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT' } },
    }),
  );
  const create = (given: kms.CreateKeyCommandInput) => refusal(plain.send(new kms.CreateKeyCommand(given)));
  assert.equal(await create({}), 'allowed');
  const KeyUsage = 'GENERATE_VERIFY_MAC';
  for (const given of [{ KeySpec: 'HMAC_256' }, { CustomerMasterKeySpec: 'HMAC_256' }] as const)
    assert.match(await create({ ...given, KeyUsage }), /^AccessDeniedException/);
});
