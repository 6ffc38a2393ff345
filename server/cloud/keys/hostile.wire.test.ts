// What somebody tries who means no good: names, contexts and ciphertexts that are not what they seem, and questions about what is not theirs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as kms from '@aws-sdk/client-kms';
import type { AccountId } from '../../platform/ids.ts';
import { systemIds } from '../../platform/ids.ts';
import { encryptUnder, readHeader } from './ciphertext.ts';
import { ACCOUNT, keyArn, type KmsDoor, openKmsDoor, policy, refusal } from './kms-door.fixture.ts';

let door: KmsDoor;
let client: kms.KMSClient;
before(async () => {
  door = await openKmsDoor(13);
  ({ client } = door);
});
after(() => door.close());

const Plaintext = Buffer.from('hunter2');
const encrypt = (KeyId: string, EncryptionContext: Record<string, string> = {}, as = client) =>
  as.send(new kms.EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
const decrypt = (CiphertextBlob: Uint8Array | undefined, given: Partial<kms.DecryptCommandInput> = {}, as = client) =>
  refusal(as.send(new kms.DecryptCommand({ CiphertextBlob, ...given })));

test('a context of any names is the whole context: none of them is lost on the way', async () => {
  const KeyId = await door.newKey();
  const contexts: Record<string, string>[] = [
    { ['__proto__']: 'a' },
    { constructor: 'a', toString: 'b' },
    { a: '1', b: '2' },
    { 'a","b': '1' },
    { a: '1","b":"2' },
    { '\u00e9': 'x' },
    { 'e\u0301': 'x' },
    { '1': 'x', '01': 'y' },
    { '': '' },
  ];
  for (const [at, EncryptionContext] of contexts.entries()) {
    const { CiphertextBlob } = await encrypt(KeyId, EncryptionContext);
    assert.equal(await decrypt(CiphertextBlob, { EncryptionContext }), 'allowed', `context ${at}`);
    for (const [other, context] of [{}, ...contexts].entries())
      if (other !== at + 1)
        assert.match(
          await decrypt(CiphertextBlob, { EncryptionContext: context }),
          /^InvalidCiphertextException/,
          `${at} under ${other}`,
        );
  }
});

test('a policy that asks for a name of the context is not got round by the same name in other letters', async () => {
  const KeyId = await door.newKey();
  const web = await door.userWith(
    'Web',
    policy({
      Effect: 'Allow',
      Action: 'kms:*',
      Resource: keyArn(KeyId),
      Condition: { StringEquals: { 'kms:EncryptionContext:app': 'web' } },
    }),
  );
  assert.equal(await refusal(encrypt(KeyId, { app: 'web' }, web)), 'allowed');
  for (const context of [{ app: 'db' }, { app: 'db', APP: 'web' }, { APP: 'web', app: 'db' }])
    assert.notEqual(await refusal(encrypt(KeyId, context, web)), 'allowed', JSON.stringify(context));
});

test('a context that is too large is refused before any policy is asked about it', async () => {
  const KeyId = await door.newKey();
  const nobody = await door.userWith('Nobody');
  const EncryptionContext = { a: 'x'.repeat(8_192) };
  const tooLarge = /^ValidationException: encryptionContext: 8200 bytes as JSON; at most 8192 are taken\.$/;
  const { CiphertextBlob } = await encrypt(KeyId);
  assert.match(await refusal(encrypt(KeyId, EncryptionContext, nobody)), tooLarge);
  assert.match(await decrypt(CiphertextBlob, { EncryptionContext }, nobody), tooLarge);
});

test('a ciphertext under the names of another key, account or version is none', async () => {
  const [first, second] = [await door.newKey(), await door.newKey()];
  const { CiphertextBlob } = await encrypt(first);
  const bytes = Buffer.from(CiphertextBlob ?? []);
  const header = readHeader(bytes);
  assert.ok(header !== undefined);
  // Headers that are well formed: whoever can hash can write them.
  const under = (named: Partial<typeof header>) => {
    const made = encryptUnder(Buffer.alloc(32), { ...header, ...named }, {}, Plaintext, systemIds);
    return Buffer.concat([made.subarray(0, 31), bytes.subarray(31)]);
  };
  assert.match(await decrypt(under({ keyId: second })), /^InvalidCiphertextException/);
  for (const version of [0, 2, 4_294_967_295]) assert.match(await decrypt(under({ version })), /^InvalidCiphertextException/);
  const elsewhere = /^AccessDeniedException: The ciphertext refers to a customer master key that does not exist/;
  assert.match(await decrypt(under({ account: '111122223333' as AccountId })), elsewhere);
  assert.match(await decrypt(under({ keyId: systemIds.uuid() })), elsewhere);
  assert.equal(await decrypt(under({})), 'allowed');
});

test('who may decrypt with one key learns nothing of others by naming them', async () => {
  const [mine, other] = [await door.newKey(), await door.newKey()];
  await client.send(new kms.CreateAliasCommand({ AliasName: 'alias/payroll', TargetKeyId: other }));
  await client.send(new kms.DisableKeyCommand({ KeyId: other }));
  const reader = await door.userWith('Reader', policy({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: keyArn(mine) }));
  const { CiphertextBlob } = await encrypt(mine);
  const naming = (KeyId: string) => decrypt(CiphertextBlob, { KeyId }, reader);
  assert.equal(await naming(mine), 'allowed');
  const denied = /^AccessDeniedException: User: .*\/Reader is not authorized to perform: kms:Decrypt/;
  for (const name of [
    other,
    systemIds.uuid(),
    'alias/payroll',
    'alias/nothing',
    `arn:aws:kms:us-east-1:111122223333:key/${other}`,
  ])
    assert.match(await naming(name), denied, name);
  // Who may use both is told what is wrong.
  await client.send(new kms.EnableKeyCommand({ KeyId: other }));
  assert.match(await decrypt(CiphertextBlob, { KeyId: 'alias/payroll' }), /^IncorrectKeyException/);
  assert.match(await decrypt(CiphertextBlob, { KeyId: 'alias/nothing' }), /^NotFoundException/);
});

test("of another account's keys one hears nothing, whether they are there or not", async () => {
  const theirs = `arn:aws:kms:us-east-1:111122223333:key/${systemIds.uuid()}`;
  const user = await door.userWith('Nosy', policy({ Effect: 'Allow', Action: 'kms:*', Resource: '*' }));
  for (const as of [client, user]) {
    assert.match(await refusal(as.send(new kms.DescribeKeyCommand({ KeyId: theirs }))), /^AccessDeniedException/);
    assert.equal(
      await refusal(as.send(new kms.ListAliasesCommand({ KeyId: theirs }))),
      `NotFoundException: Invalid arn ${theirs}`,
    );
    const alias = 'arn:aws:kms:us-east-1:111122223333:alias/x';
    assert.match(await refusal(as.send(new kms.DescribeKeyCommand({ KeyId: alias }))), /^AccessDeniedException/);
  }
});

test('no header and no context makes a call one through a service', async () => {
  const forger = await door.userWith('Forger', policy({ Effect: 'Allow', Action: 'kms:*', Resource: '*' }));
  const via = 'ssm.us-east-1.amazonaws.com';
  for (const name of ['x-amz-via-service', 'kms:ViaService', 'via'])
    forger.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers[name.replace(':', '-')] = via;
        return next(args);
      },
      { step: 'build', name },
    );
  const EncryptionContext = { 'kms:ViaService': via, '/../kms:viaservice': via };
  assert.match(
    await refusal(encrypt('alias/aws/ssm', EncryptionContext, forger)),
    /no resource-based policy allows the kms:Encrypt/,
  );
});

test('names that can be no key are not found, whatever stands in them', async () => {
  const names = ['key\u0000', 'alias/\u0000', 'alias/a b', `arn:aws:kms:us-east-1:${ACCOUNT}:key/\u0000`, 'alias/__proto__', ' '];
  names.push(`arn:aws:kms:us-east-1:${ACCOUNT}:alias/\ud800`, `arn:aws:kms:us-east-1:${ACCOUNT}:key/${'x'.repeat(1_900)}`);
  for (const KeyId of names)
    assert.match(
      await refusal(client.send(new kms.DescribeKeyCommand({ KeyId }))),
      /^(?:NotFoundException|ValidationException)/,
      JSON.stringify(KeyId.slice(0, 60)),
    );
});
