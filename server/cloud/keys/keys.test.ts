// Keys for other domains, on every database: what comes back, what does not, and what somebody finds who takes the files away.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { databasesAreBusy, eachDatabase, quietLog, temporaryDirectory } from '@muster/testkit/database.ts';
import { createSeededIds } from '@muster/testkit/random.ts';
import { requestContext } from '@muster/testkit/request-context.ts';
import type { ResourcePolicy } from '../../platform/access/authenticator.ts';
import type { GrantListEntry } from '../../platform/api/models/kms.types.gen.ts';
import { type AccountId, type Region, systemIds } from '../../platform/ids.ts';
import { createJournal, migrations as journalMigrations } from '../../platform/journal/index.ts';
import { sealWith } from '../../platform/seal/index.ts';
import { createPageTokens, type Database, openDatabase } from '../../platform/store/index.ts';
import { createTags, migrations as tagMigrations } from '../../platform/tags/index.ts';
import { createMetrics } from '../../platform/telemetry/index.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { encryptUnder, readHeader } from './ciphertext.ts';
import { createKeys, migrations } from './index.ts';
import { materialsOf } from './store.ts';

const SCOPE = { account: '000000000000' as AccountId, region: 'us-east-1' as Region };
const OTHER = { account: '111122223333' as AccountId, region: 'us-east-1' as Region };
const MASTER = systemIds.bytes(32);
const LISTS = [tagMigrations, journalMigrations, migrations];
const CONTEXT = { PARAMETER_ARN: 'arn:aws:ssm:us-east-1:000000000000:parameter/db/password' };
const SECRET = Buffer.from('planted-plaintext-of-a-parameter');

const keysOn = (database: Database, clock = createSimulatedClock()) =>
  createKeys({
    database,
    tags: createTags(),
    pageTokens: createPageTokens(systemIds.bytes(32)),
    seal: sealWith(MASTER, systemIds),
    clock,
    ids: systemIds,
    log: quietLog,
    journal: journalOn(database, clock),
    whyNotPolicy: () => undefined,
  });
const journalOn = (database: Database, clock: Clock) =>
  createJournal({ database, clock, log: quietLog, metrics: createMetrics() });

const code = (wanted: string, message?: string) => (error: Error) =>
  error.name === wanted && (message === undefined || error.message === message);

eachDatabase((_kind, open) => {
  test('a key that nobody asks for again leaves the memory, and nothing looks after it any more', async () => {
    await using database = await open(LISTS);
    const clock = createSimulatedClock();
    clock.holdWhile(databasesAreBusy);
    const { keys } = keysOn(database, clock);
    await keys.resolveKey(SCOPE, 'alias/aws/ssm');
    await clock.advance(30_000);
    await keys.resolveKey(OTHER, 'alias/aws/ssm');
    assert.ok(clock.timers > 0);
    await clock.advance(120_000);
    assert.equal(clock.timers, 0);
  });

  test('the key of Parameter Store is there when it is first asked for, once in a scope', async () => {
    await using database = await open(LISTS);
    const { keys } = keysOn(database);
    const both = await Promise.all([keys.resolveKey(SCOPE, 'alias/aws/ssm'), keys.resolveKey(SCOPE, 'alias/aws/ssm')]);
    assert.equal(both[0].keyArn, both[1].keyArn);
    assert.match(both[0].keyArn, /^arn:aws:kms:us-east-1:000000000000:key\/[0-9a-f-]{36}$/);
    assert.notEqual((await keys.resolveKey(OTHER, 'alias/aws/ssm')).keyId, both[0].keyId);
    assert.equal((await keys.resolveKey(SCOPE, both[0].keyArn)).keyId, both[0].keyId);
    await assert.rejects(
      keys.resolveKey(SCOPE, 'alias/nothing'),
      code('NotFoundException', 'Alias arn:aws:kms:us-east-1:000000000000:alias/nothing is not found.'),
    );
    // Another account's is made by that account alone.
    await assert.rejects(
      keys.resolveKey(SCOPE, 'arn:aws:kms:us-east-1:999988887777:alias/aws/ssm'),
      code('NotFoundException', 'Alias arn:aws:kms:us-east-1:999988887777:alias/aws/ssm is not found.'),
    );
  });

  test('what one server encrypted, its successor decrypts; a unit that fails leaves no key behind', async () => {
    await using database = await open(LISTS);
    const { keys } = keysOn(database);
    const request = { keyId: 'alias/aws/ssm', plaintext: SECRET, context: CONTEXT };
    await assert.rejects(
      database.write('test', async (tx) => {
        await keys.encrypt(tx, SCOPE, request);
        throw new Error('rolled back');
      }),
      /rolled back/,
    );
    const { ciphertext, keyArn } = await database.write('test', (tx) => keys.encrypt(tx, SCOPE, request));
    const later = keysOn(database).keys;
    assert.deepEqual(await later.decrypt(SCOPE, { ciphertext, context: CONTEXT }), { plaintext: SECRET, keyArn });
    assert.equal((await later.keyOf(SCOPE, ciphertext)).key.keyArn, keyArn);
    assert.deepEqual((await keys.decrypt(SCOPE, { ciphertext, context: CONTEXT })).plaintext, SECRET);
    const elsewhere = { account: SCOPE.account, region: 'eu-west-1' as Region };
    await assert.rejects(keys.decrypt(elsewhere, { ciphertext, context: CONTEXT }), code('AccessDeniedException'));
  });

  test('a flipped bit, a shorter text or another context decrypts nothing', async () => {
    await using database = await open(LISTS);
    const { keys } = keysOn(database);
    const { ciphertext } = await keys.encrypt(undefined, SCOPE, { keyId: 'alias/aws/ssm', plaintext: SECRET, context: CONTEXT });
    const refused = code('InvalidCiphertextException', '');
    // What is remembered of a message that was read lets no other through.
    assert.deepEqual((await keys.decrypt(SCOPE, { ciphertext, context: CONTEXT })).plaintext, SECRET);
    for (let bit = 0; bit < ciphertext.length * 8; bit++) {
      const flipped = Buffer.from(ciphertext);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await assert.rejects(keys.decrypt(SCOPE, { ciphertext: flipped, context: CONTEXT }), refused, `bit ${bit}`);
    }
    for (const length of [0, 1, 40, ciphertext.length - 1])
      await assert.rejects(keys.decrypt(SCOPE, { ciphertext: ciphertext.subarray(0, length), context: CONTEXT }), refused);
    for (const context of [{}, { ...CONTEXT, more: '' }, { PARAMETER_ARN: 'x' }, { parameter_arn: CONTEXT.PARAMETER_ARN }])
      await assert.rejects(keys.decrypt(SCOPE, { ciphertext, context }), refused);
  });

  test('anything that was encrypted comes back with its context in any order, and with that alone', async () => {
    await using database = await open(LISTS);
    const { keys } = keysOn(database);
    await keys.resolveKey(SCOPE, 'alias/aws/ssm');
    const contexts = fc.dictionary(fc.string({ maxLength: 10 }), fc.string({ maxLength: 10 }), { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 4_096 }), contexts, contexts, async (bytes, context, other) => {
        const plaintext = Buffer.from(bytes);
        const { ciphertext } = await keys.encrypt(undefined, SCOPE, { keyId: 'alias/aws/ssm', plaintext, context });
        const shuffled = Object.fromEntries(Object.entries(context).toReversed());
        assert.deepEqual((await keys.decrypt(SCOPE, { ciphertext, context: shuffled })).plaintext, plaintext);
        const isSame = isDeepStrictEqual({ ...context }, { ...other });
        if (!isSame)
          await assert.rejects(keys.decrypt(SCOPE, { ciphertext, context: other }), code('InvalidCiphertextException', ''));
      }),
      { numRuns: 60 },
    );
    await assert.rejects(
      keys.encrypt(undefined, SCOPE, { keyId: 'alias/aws/ssm', plaintext: Buffer.alloc(4_097), context: {} }),
      code('ValidationException'),
    );
    // As JSON: `{"a":"…"}`, where some characters take six bytes.
    const encryptIn = (value: string) =>
      keys.encrypt(undefined, SCOPE, { keyId: 'alias/aws/ssm', plaintext: SECRET, context: { a: value } });
    for (const most of ['b'.repeat(8_184), '\u0000'.repeat(1_364), 'é'.repeat(4_092), '\ud800'.repeat(1_364)]) {
      await encryptIn(most);
      await assert.rejects(encryptIn(`${most}b`), code('ValidationException'));
    }
  });

  test('two ciphertexts of one plaintext have nothing in common but the name of the key', async () => {
    await using database = await open(LISTS);
    const { keys } = keysOn(database);
    const encrypt = async () =>
      (await keys.encrypt(undefined, SCOPE, { keyId: 'alias/aws/ssm', plaintext: SECRET, context: {} })).ciphertext;
    const [first, second] = [await encrypt(), await encrypt()];
    assert.deepEqual(first.subarray(0, 31), second.subarray(0, 31));
    assert.notDeepEqual(first.subarray(31, 47), second.subarray(31, 47));
    assert.notDeepEqual(first.subarray(59), second.subarray(59));
  });

  test('grants are kept, found by who has them and by who may retire them, and go with their key', async () => {
    await using database = await open(LISTS);
    const face = keysOn(database);
    const now = new Date('2026-01-01T00:00:00Z');
    const call = async (name: string, input: unknown): Promise<Record<string, unknown>> => {
      const found = face.operations.find((one) => one.name === name);
      assert.ok(found !== undefined);
      return (await found.handle(requestContext({ now, scope: SCOPE }), input)) as Record<string, unknown>;
    };
    const made = (await call('CreateKey', {})) as { readonly KeyMetadata: { readonly KeyId: string } };
    const { KeyId } = made.KeyMetadata;
    const user = (name: string): string => `arn:aws:iam::000000000000:user/${name}`;
    const odd = { '\u0000': '\ud800', ['__proto__']: 'y' };
    const grant = { KeyId, GranteePrincipal: user('a'), RetiringPrincipal: user('r'), Name: 'one', Operations: ['Decrypt'] };
    const first = await call('CreateGrant', { ...grant, Constraints: { EncryptionContextEquals: odd } });
    assert.deepEqual(await call('CreateGrant', { ...grant, Constraints: { EncryptionContextEquals: odd } }), first);
    await call('CreateGrant', { ...grant, GranteePrincipal: '000000000000' });
    const [only] = (await call('ListGrants', { KeyId, GranteePrincipal: user('a') }))['Grants'] as readonly GrantListEntry[];
    assert.deepEqual([only?.GrantId, only?.Constraints?.EncryptionContextEquals], [first['GrantId'], odd]);
    const retirable = async () => (await call('ListRetirableGrants', { RetiringPrincipal: user('r') }))['Grants'];
    assert.equal(((await retirable()) as readonly unknown[]).length, 2);

    const { grants } = (await face.keys.resolveKey(SCOPE, KeyId)).permission({ callerAccount: SCOPE.account, context: odd })
      .resourcePolicy as ResourcePolicy;
    const asked = (names: string[], action: string) => grants?.(names, action, undefined);
    assert.match((await asked([user('b'), user('a')], 'kms:Decrypt')) ?? '', /user\/a/);
    assert.match((await database.write('in a unit', async (tx) => grants?.([user('a')], 'kms:Decrypt', tx))) ?? '', /user\/a/);
    for (const [name, action] of [
      ['b', 'kms:Decrypt'],
      ['a', 'kms:Encrypt'],
      ['a', 'kms:PutKeyPolicy'],
      ['a', 'ssm:Decrypt'],
    ] as const)
      assert.equal(await asked([user(name)], action), undefined);

    await call('RetireGrant', { GrantToken: first['GrantToken'] });
    assert.equal(await asked([user('a')], 'kms:Decrypt'), undefined);
    await call('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
    const [keeper] = face.reconcilers;
    const later = new Date('2026-01-09T00:00:00Z');
    for (const key of (await keeper?.due(later, 10)) ?? []) await keeper?.reconcile(key, later);
    assert.deepEqual(await retirable(), []);
  });

  test('once a key is disabled nothing more is decrypted, however many were about to', async () => {
    await using database = await open(LISTS);
    const face = keysOn(database);
    const now = new Date('2026-01-01T00:00:00Z');
    const call = (name: string, input: unknown): Promise<unknown> => {
      const found = face.operations.find((one) => one.name === name);
      return found?.handle(requestContext({ now, scope: SCOPE }), input) ?? assert.fail(name);
    };
    const { KeyId } = ((await call('CreateKey', {})) as { readonly KeyMetadata: { readonly KeyId: string } }).KeyMetadata;
    const { ciphertext } = await face.keys.encrypt(undefined, SCOPE, { keyId: KeyId, plaintext: SECRET, context: {} });
    const decrypt = () => face.keys.decrypt(SCOPE, { ciphertext, context: {} });
    for (let round = 0; round < 20; round++) {
      // Loads begin before the change, beside it and after it: none of them may put the old state back into memory.
      const crowd = Array.from({ length: 5 }, async () => decrypt().catch(() => undefined));
      const disabled = call('DisableKey', { KeyId });
      crowd.push(...Array.from({ length: 5 }, async () => decrypt().catch(() => undefined)));
      await disabled;
      await assert.rejects(decrypt(), code('DisabledException'));
      await Promise.all(crowd);
      await assert.rejects(decrypt(), code('DisabledException'));
      await call('EnableKey', { KeyId });
    }
    assert.deepEqual((await decrypt()).plaintext, SECRET);
  });

  test("a ciphertext of another account's key sounds the same whether the key is there or not", async () => {
    await using database = await open(LISTS);
    const face = keysOn(database);
    const decrypt = face.operations.find((one) => one.name === 'Decrypt');
    const { ciphertext } = await face.keys.encrypt(undefined, OTHER, { keyId: 'alias/aws/ssm', plaintext: SECRET, context: {} });
    const gone = Buffer.from(ciphertext);
    const header = readHeader(ciphertext) ?? assert.fail();
    encryptUnder(MASTER, { ...header, keyId: systemIds.uuid() }, {}, SECRET, systemIds).copy(gone, 0, 0, 31);
    const now = new Date('2026-01-01T00:00:00Z');
    for (const CiphertextBlob of [ciphertext, gone])
      await assert.rejects(
        decrypt?.handle(requestContext({ now, scope: SCOPE, allowed: () => false }), { CiphertextBlob }) ?? assert.fail(),
        /^AccessDeniedException: The ciphertext refers to a customer master key that does not exist/,
      );
  });

  test('keys whose days are over go with all that belongs to them, and those whose rotation is due get new material', async () => {
    await using database = await open(LISTS);
    const face = keysOn(database);
    const [keeper] = face.reconcilers;
    assert.ok(keeper !== undefined);
    const now = new Date('2026-01-01T00:00:00Z');
    const at = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
    const call = (name: string, input: unknown): Promise<unknown> => {
      const found = face.operations.find((one) => one.name === name);
      assert.ok(found !== undefined);
      return found.handle(requestContext({ now, scope: SCOPE }), input);
    };
    const made = async () => (await call('CreateKey', {})) as { readonly KeyMetadata: { readonly KeyId: string } };
    const [leaving, turning] = [(await made()).KeyMetadata.KeyId, (await made()).KeyMetadata.KeyId];
    await call('CreateAlias', { AliasName: 'alias/last', TargetKeyId: leaving });
    const encrypt = async (keyId: string) =>
      (await face.keys.encrypt(undefined, SCOPE, { keyId, plaintext: SECRET, context: CONTEXT })).ciphertext;
    const lost = await encrypt('alias/last');
    const old = await encrypt(turning);
    await call('ScheduleKeyDeletion', { KeyId: leaving, PendingWindowInDays: 7 });
    await call('EnableKeyRotation', { KeyId: turning, RotationPeriodInDays: 90 });

    const pass = async (when: Date): Promise<number> => {
      const due = await keeper.due(when, 10);
      for (const key of due) await keeper.reconcile(key, when);
      return due.length;
    };
    assert.equal(await pass(at(6)), 0);
    assert.equal(await pass(at(7)), 1);
    await assert.rejects(face.keys.decrypt(SCOPE, { ciphertext: lost, context: CONTEXT }), code('AccessDeniedException'));
    await assert.rejects(face.keys.resolveKey(SCOPE, 'alias/last'), code('NotFoundException'));
    assert.deepEqual(await database.read((tx) => materialsOf(tx, SCOPE, leaving)), []);

    assert.equal(await pass(at(89)), 0);
    assert.equal(await pass(at(90)), 1);
    assert.equal(await pass(at(90)), 0);
    assert.equal((await database.read((tx) => materialsOf(tx, SCOPE, turning))).length, 2);
    // Nobody called for it, and it is on record.
    const page = { from: now, to: at(100), limit: 10 };
    const records = await database.read((tx) => journalOn(database, createSimulatedClock()).read(tx, SCOPE, page));
    assert.deepEqual(
      records.map((one) => [one.eventName, one.principal.kind, one.resources]),
      [
        ['RotateKey', 'service', [`arn:aws:kms:us-east-1:000000000000:key/${turning}`]],
        ['DeleteKey', 'service', [`arn:aws:kms:us-east-1:000000000000:key/${leaving}`]],
      ],
    );
    for (const ciphertext of [old, await encrypt(turning)])
      assert.deepEqual((await face.keys.decrypt(SCOPE, { ciphertext, context: CONTEXT })).plaintext, SECRET);
    assert.notEqual(old.readUInt32BE(23), (await encrypt(turning)).readUInt32BE(23));
  });
});

test('a database file that is stolen shows neither plaintext nor material', async () => {
  await using directory = await temporaryDirectory();
  // Known random bytes: every one of them is looked for.
  const seeded = createSeededIds(41);
  const planted: Buffer[] = [];
  const ids = {
    ...seeded,
    bytes: (count: number) => {
      const bytes = seeded.bytes(count);
      // Copied: whoever asked for a key clears it after use.
      if (count === 32) planted.push(Buffer.from(bytes));
      return bytes;
    },
  };
  const options = { clock: createSimulatedClock(), log: quietLog, metrics: createMetrics() };
  const database = await openDatabase({ dataDir: directory.path, migrations: LISTS, ...options });
  const { keys } = createKeys({
    database,
    tags: createTags(),
    pageTokens: createPageTokens(MASTER),
    seal: sealWith(MASTER, ids),
    clock: options.clock,
    ids,
    log: quietLog,
    journal: journalOn(database, options.clock),
    whyNotPolicy: () => undefined,
  });
  const before = await filesOf(directory.path, SECRET);
  await keys.encrypt(undefined, SCOPE, { keyId: 'alias/aws/ssm', plaintext: SECRET, context: CONTEXT });
  for (const needle of [SECRET, MASTER, ...planted]) {
    assert.equal(await filesOf(directory.path, needle), before);
    for (const written of ['hex', 'base64', 'base64url'] as const)
      assert.equal(await filesOf(directory.path, Buffer.from(needle.toString(written))), 0);
  }
  assert.ok(planted.length >= 2, 'the material and the key of its envelope');
  assert.ok((await filesOf(directory.path, Buffer.from('alias/aws/ssm'))) > 0, 'the files were really searched');
  await database.close();
  for (const needle of [SECRET, MASTER, ...planted]) assert.equal(await filesOf(directory.path, needle), 0);
});

/** How many files of the directory hold these bytes. */
async function filesOf(directory: string, needle: Buffer): Promise<number> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return Promise.resolve(files.filter((one) => readFileSync(join(one.parentPath, one.name)).includes(needle)).length);
}
