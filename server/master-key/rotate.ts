// The rotation of the master key: every sealed value of every domain is opened with the old key and sealed with the new one, a chunk in a
// transaction. What is done is seen in the values themselves, so a rotation that was killed goes on where it was.
import { type Seal, sealAcross, type SealedColumn, sealedUnder, SealError, sealPrefix } from '../platform/seal/index.ts';
import type { Database, ReadTx } from '../platform/store/index.ts';
import type { Clock } from '../platform/time/clock.ts';
import * as store from './store.ts';

export interface RotationOptions {
  readonly database: Database;
  readonly from: Seal;
  readonly to: Seal;
  readonly columns: readonly SealedColumn[];
  /** What is derived from the old key and needed afterwards. */
  readonly keptPurposes: readonly string[];
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Some milliseconds of encryption and one commit. */
const CHUNK_ROWS_MAX = 200;

/** How many values were sealed anew. Throws SealError for one that neither key opens: with a wrong key before anything is written. */
export async function rotateMasterKey(options: RotationOptions): Promise<number> {
  const { database, from, to, columns } = options;
  await database.read((tx) => requireUnder(tx, [from.keyId, to.keyId], columns));
  await keepDerived(options);
  let count = 0;
  for (const column of [FORMER, ...options.columns]) count += await sealAnew(options, column);
  return count;
}

async function sealAnew({ database, from, to }: RotationOptions, column: SealedColumn): Promise<number> {
  const seal = sealAcross(to, from);
  const prefix = sealPrefix(to.keyId);
  let after: store.SealedRow | undefined;
  let count = 0;
  for (;;) {
    const rows = await database.write('master-key.seal-anew', async (tx) => {
      const found = await store.otherwiseSealed(tx, column, [prefix], after, CHUNK_ROWS_MAX);
      for (const row of found) {
        const context = column.context(row);
        await store.replaceSealed(tx, column, row, seal.seal(seal.unseal(row.sealed, context), context));
      }
      return found;
    });
    count += rows.length;
    after = rows.at(-1);
    if (rows.length < CHUNK_ROWS_MAX) return count;
  }
}

async function keepDerived({ database, from, to, keptPurposes, clock }: RotationOptions): Promise<void> {
  await database.write('master-key.keep-derived', async (tx) => {
    for (const purpose of keptPurposes) {
      const named = { key_id: from.keyId, purpose };
      const sealed = to.seal(from.derive(purpose), contextOf(named));
      await store.addFormerKey(tx, { ...named, sealed_key: sealed, retired_at: clock.nowMs() });
    }
  });
}

/**
 * The seal with what is kept of former master keys. Throws SealError when anything lies under another: with the wrong key, or between the two keys of a
 * rotation that has not ended, a server would seal new values beside old ones that it cannot open.
 */
export async function withFormer(seal: Seal, database: Database, columns: readonly SealedColumn[]): Promise<Seal> {
  const rows = await database.read(async (tx) => {
    await requireUnder(tx, [seal.keyId], columns);
    return store.formerKeys(tx);
  });
  const opened = rows.map((row) => ({ purpose: row.purpose, key: seal.unseal(row.sealed_key, contextOf(row)) }));
  return { ...seal, former: (purpose) => opened.filter((one) => one.purpose === purpose).map(({ key }) => key) };
}

async function requireUnder(tx: ReadTx, keyIds: readonly string[], columns: readonly SealedColumn[]): Promise<void> {
  const prefixes = keyIds.map(sealPrefix);
  for (const column of [FORMER, ...columns]) {
    const [other] = await store.otherwiseSealed(tx, column, prefixes, undefined, 1);
    if (other !== undefined)
      throw new SealError(
        `the data is sealed under master key ${sealedUnder(other.sealed).slice(0, 16)}, not under ${keyIds.join(' or ')}: restore the right ` +
          'master key, or name it with --master-key-file or in MUSTER_MASTER_KEY; if a rotation was interrupted, run muster keys ' +
          'rotate-master once more as before',
      );
  }
}

const FORMER: SealedColumn = {
  table: 'master_key_former',
  key: ['key_id', 'purpose'],
  column: 'sealed_key',
  context: (row) => contextOf({ key_id: String(row['key_id']), purpose: String(row['purpose']) }),
};

function contextOf({ key_id, purpose }: { readonly key_id: string; readonly purpose: string }): string {
  return `master-key/former/${key_id}/${purpose}`;
}
