// The rotation of the master key, on every database and through the command: all that was sealed opens with the new key and with no other, also
// after a rotation that was killed; and no column with sealed values is forgotten.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { eachDatabase, databaseDefaults, openTestDatabase, quietLog } from '@muster/testkit/database.ts';
import { startTransitVault } from '@muster/testkit/vault.ts';
import { sql } from 'kysely';
import { createKeys, migrations as keyMigrations, sealedMaterial } from '../cloud/keys/index.ts';
import { MIGRATIONS } from '../compose.ts';
import { type AccountId, type Region, systemIds } from '../platform/ids.ts';
import { createJournalSigner, SIGNING_PURPOSE } from '../platform/journal/index.ts';
import {
  loadWrappedMasterKey,
  openSeal,
  type Seal,
  SealError,
  sealPrefix,
  sealWith,
  vaultTransit,
} from '../platform/seal/index.ts';
import { createPageTokens, type Database, openDatabase, SimulatedCrash, tables } from '../platform/store/index.ts';
import { createTags, migrations as tagMigrations } from '../platform/tags/index.ts';
import { systemClock } from '../platform/time/clock.ts';
import { keysCommand } from '../rotate-master.ts';
import { SEALED_COLUMNS } from '../sealed-columns.ts';
import { migrations, rotateMasterKey, withFormer } from './index.ts';

const LISTS = [tagMigrations, keyMigrations, migrations];
const SCOPE = { account: '000000000000' as AccountId, region: 'us-east-1' as Region };
const root = mkdtempSync(join(tmpdir(), 'muster-rotate-'));
after(() => rmSync(root, { recursive: true }));
const newDir = (): string => mkdtempSync(join(root, 'd'));
const newSeal = (): Seal => sealWith(systemIds.bytes(32), systemIds);
const rotation = (database: Database, from: Seal, to: Seal) =>
  rotateMasterKey({ database, from, to, columns: [sealedMaterial], keptPurposes: [SIGNING_PURPOSE], clock: systemClock });

const keysUnder = (database: Database, seal: Seal) =>
  createKeys({
    database,
    tags: createTags(),
    pageTokens: createPageTokens(systemIds.bytes(32)),
    seal,
    clock: systemClock,
    ids: systemIds,
    log: quietLog,
    journal: { write: () => Promise.resolve() },
    whyNotPolicy: () => undefined,
  }).keys;

interface Materials {
  keys_material: {
    account: string;
    region: string;
    key_id: string;
    version: number;
    material_id: string;
    sealed_material: string;
    created_at: number;
    on_demand: number;
  };
}
/** More than one chunk, beside a real key. */
const ROWS = 450;

async function fill(database: Database, seal: Seal): Promise<Buffer> {
  const { ciphertext } = await keysUnder(database, seal).encrypt(undefined, SCOPE, {
    keyId: 'alias/aws/ssm',
    plaintext: Buffer.from('hunter2'),
    context: {},
  });
  await database.write('test.fill', async (tx) => {
    for (let at = 0; at < ROWS; at++) {
      const row = { ...SCOPE, key_id: systemIds.uuid(), version: (at % 12) + 1 };
      await tables<Materials>(tx)
        .insertInto('keys_material')
        .values({
          ...row,
          sealed_material: seal.seal(Buffer.from(String(at)), sealedMaterial.context(row)),
          material_id: 'x',
          created_at: 1,
          on_demand: 0,
        })
        .execute();
    }
  });
  return ciphertext;
}

const materials = (database: Database) =>
  database.read((tx) => tables<Materials>(tx).selectFrom('keys_material').selectAll().execute());

async function decrypted(database: Database, seal: Seal, ciphertext: Buffer): Promise<string> {
  return (await keysUnder(database, seal).decrypt(SCOPE, { ciphertext, context: {} })).plaintext.toString();
}

eachDatabase((_kind, open) => {
  test('after a rotation everything opens with the new key and nothing with the old', async () => {
    await using database = await open(LISTS);
    const [from, to] = [newSeal(), newSeal()];
    const ciphertext = await fill(database, from);
    assert.equal(await rotation(database, from, to), ROWS + 1);
    const rows = await materials(database);
    assert.equal(rows.filter((row) => row.sealed_material.startsWith(sealPrefix(to.keyId))).length, ROWS + 1);
    for (const row of rows) to.unseal(row.sealed_material, sealedMaterial.context({ ...row }));
    assert.equal(await decrypted(database, to, ciphertext), 'hunter2');
    await assert.rejects(decrypted(database, from, ciphertext), SealError);
    // Again, there is nothing left to do.
    assert.equal(await rotation(database, from, to), 0);
  });

  test('what was signed under former keys still verifies, after any number of rotations', async () => {
    await using database = await open(LISTS);
    const [first, second, third] = [newSeal(), newSeal(), newSeal()];
    const signature = createJournalSigner(first).sign('a statement');
    await rotation(database, first, second);
    await rotation(database, second, third);
    assert.ok(!createJournalSigner(third).verifies('a statement', signature));
    const signer = createJournalSigner(await withFormer(third, database, [sealedMaterial]));
    assert.ok(signer.verifies('a statement', signature));
    assert.ok(!signer.verifies('another statement', signature));
    assert.notEqual(signer.sign('a statement'), signature);
  });

  test('no server starts over values of another master key, nor between the two of a rotation that has not ended', async () => {
    await using database = await open(LISTS);
    const [from, to] = [newSeal(), newSeal()];
    const start = (seal: Seal) => withFormer(seal, database, [sealedMaterial]);
    await start(newSeal());
    await fill(database, from);
    await start(from);
    await assert.rejects(start(to), (error: Error) => error instanceof SealError && error.message.includes('restore the right'));
    // Fails after what is kept of the former key has been sealed under the new one.
    const unfinished = { ...sealedMaterial, context: () => 'another' };
    const broken = { database, from, to, keptPurposes: [SIGNING_PURPOSE], clock: systemClock, columns: [unfinished] };
    await assert.rejects(rotateMasterKey(broken));
    for (const seal of [from, to]) await assert.rejects(start(seal), SealError);
    await rotation(database, from, to);
    await start(to);
    await assert.rejects(start(from), SealError);
  });

  test('a rotation from a wrong key writes nothing, so that the server starts as before', async () => {
    await using database = await open(LISTS);
    const [from, to] = [newSeal(), newSeal()];
    await fill(database, from);
    await assert.rejects(rotation(database, newSeal(), to), SealError);
    await withFormer(from, database, [sealedMaterial]);
    assert.equal(await rotation(database, from, to), ROWS + 1);
  });

  test('a value that neither key opens stops the rotation, and says so without it', async () => {
    await using database = await open(LISTS);
    const [from, to] = [newSeal(), newSeal()];
    await fill(database, newSeal());
    await assert.rejects(rotation(database, from, to), SealError);
  });
});

test('a rotation that is killed at any statement goes on where it was', async () => {
  const dataDir = newDir();
  const [from, to] = [newSeal(), newSeal()];
  const defaults = { ...databaseDefaults(), dataDir, migrations: LISTS, inThread: true };
  const first = await openDatabase(defaults);
  const ciphertext = await fill(first, from);
  await first.close();
  let crashes = 0;
  for (const crashAtStatement of [1, 3, 50, 260, 420, 10_000]) {
    const database = await openDatabase({ ...defaults, crashAtStatement });
    try {
      await rotation(database, from, to);
      await database.close();
    } catch (error) {
      assert.ok(error instanceof SimulatedCrash, String(error));
      crashes++;
    }
  }
  assert.ok(crashes >= 3, `${crashes} crashes`);
  const database = await openDatabase(defaults);
  assert.ok((await materials(database)).every((row) => row.sealed_material.startsWith(sealPrefix(to.keyId))));
  assert.equal(await decrypted(database, to, ciphertext), 'hunter2');
  await database.close();
});

test('the command gives a data directory a new key and keeps the former one for its backups', async () => {
  const dataDir = newDir();
  const open = () => openDatabase({ ...databaseDefaults(), dataDir, migrations: MIGRATIONS });
  const before = openSeal({ dataDir, ids: systemIds });
  const database = await open();
  const ciphertext = await fill(database, before);
  assert.equal(await keysCommand(['rotate-master', '--data-dir', dataDir], {}), 1, 'a server holds the directory');
  await database.close();

  // A rotation that was killed before its end: the server does not start, the command goes on with the key that was made.
  const next = systemIds.bytes(32);
  writeFileSync(join(dataDir, 'master.key.next'), next, { mode: 0o600 });
  assert.throws(
    () => openSeal({ dataDir, ids: systemIds }),
    /rotation of the master key .* has not ended: run muster keys rotate-master/,
  );
  assert.equal(await keysCommand(['rotate-master', '--data-dir', dataDir], {}), 0);

  const now = openSeal({ dataDir, ids: systemIds, mayCreate: false });
  assert.equal(now.keyId, sealWith(next, systemIds).keyId);
  assert.equal(existsSync(join(dataDir, 'master.key.next')), false);
  for (const name of readdirSync(dataDir).filter((one) => one.startsWith('master.key')))
    assert.equal(statSync(join(dataDir, name)).mode & 0o777, 0o600, name);
  const former = openSeal({ dataDir, ids: systemIds, source: { file: join(dataDir, `master.key.${before.keyId}`) } });
  assert.equal(former.keyId, before.keyId);
  const again = await open();
  assert.equal(await decrypted(again, now, ciphertext), 'hunter2');
  await again.close();
});

test('the key moves from the data directory to a file, and from a file to the environment', async () => {
  const dataDir = newDir();
  const open = () => openDatabase({ ...databaseDefaults(), dataDir, migrations: MIGRATIONS });
  const database = await open();
  const ciphertext = await fill(database, openSeal({ dataDir, ids: systemIds }));
  await database.close();
  const file = join(newDir(), 'key');
  writeFileSync(file, systemIds.bytes(32), { mode: 0o600 });
  assert.equal(await keysCommand(['rotate-master', '--data-dir', dataDir, '--new-master-key-file', file], {}), 0);
  assert.equal(existsSync(join(dataDir, 'master.key')), false);
  const key = systemIds.bytes(32).toString('hex');
  const env = { MUSTER_DATA_DIR: dataDir, MUSTER_MASTER_KEY_FILE: file, MUSTER_NEW_MASTER_KEY: key };
  assert.equal(await keysCommand(['rotate-master'], env), 0);
  const again = await open();
  assert.equal(await decrypted(again, openSeal({ dataDir, ids: systemIds, source: { env: key } }), ciphertext), 'hunter2');
  await again.close();
});

test('the key moves under Vault, and is rotated there', async () => {
  await using vault = await startTransitVault();
  const dataDir = newDir();
  const open = () => openDatabase({ ...databaseDefaults(), dataDir, migrations: MIGRATIONS });
  const database = await open();
  const ciphertext = await fill(database, openSeal({ dataDir, ids: systemIds }));
  await database.close();
  const tokenFile = join(newDir(), 'token');
  writeFileSync(tokenFile, vault.token, { mode: 0o600 });
  const words = ['rotate-master', '--data-dir', dataDir, '--vault-address', vault.address, '--vault-token-file', tokenFile];
  const wrapper = vaultTransit({ address: vault.address, tokenFile, key: 'muster', mount: 'transit' }, { clock: systemClock });
  const seen = new Set<string>();
  for (let round = 0; round < 3; round++) {
    assert.equal(await keysCommand(words, {}), 0);
    const key = await loadWrappedMasterKey({ dataDir, wrapper, ids: systemIds, mayCreate: false });
    seen.add(key.toString('hex'));
    const again = await open();
    assert.equal(await decrypted(again, sealWith(key, systemIds), ciphertext), 'hunter2');
    await again.close();
  }
  assert.equal(seen.size, 3);
  assert.equal(existsSync(join(dataDir, 'master.key')), false);
  assert.equal(await keysCommand(words.slice(0, -2), {}), 2, 'an address without a token');
  assert.equal(await keysCommand(words.with(4, 'http://vault.example.org'), {}), 2, 'the key would travel in the clear');
});

test('wrong use and missing keys are told in one line', async () => {
  assert.equal(await keysCommand([], {}), 2);
  assert.equal(await keysCommand(['rotate-master', '--what'], {}), 2);
  assert.equal(await keysCommand(['rotate-master', '--data-dir', newDir()], {}), 1);
});

test('no column with sealed values is forgotten', async () => {
  await using database = await openTestDatabase(MIGRATIONS);
  const found = await database.read((tx) =>
    sql<{
      table: string;
      column: string;
    }>`select m.name as "table", p.name as "column" from sqlite_master m, pragma_table_info(m.name) p
      where m.type = 'table' and lower(p.type) = 'text' and substr(p.name, 1, 7) = 'sealed_'`.execute(tables<Materials>(tx)),
  );
  // The chain's head, sealed in another sense; and what the rotation keeps itself.
  const others = new Set(['journal_chain.sealed_hash', 'journal_chain.sealed_signature', 'master_key_former.sealed_key']);
  const names = found.rows.map(({ table, column }) => `${table}.${column}`).filter((name) => !others.has(name));
  assert.deepEqual(names.toSorted(), SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`).toSorted());
});
