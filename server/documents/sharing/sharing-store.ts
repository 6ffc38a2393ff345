// Every statement about shares.
import type { AccountId, Scope } from '../../platform/ids.ts';
import { tables } from '../../platform/store/index.ts';
import type { ReadTx, Tx } from '../../platform/store/index.ts';
import { EVERYBODY } from './sharing.ts';
import type { Share, SharedVersion } from './sharing.ts';

interface ShareRow {
  account: string;
  region: string;
  name: string;
  grantee: string;
  shared_version: string;
}

interface SharingTables {
  documents_share: ShareRow;
}

/** Rows in one statement: five values each, below SQLite's bound of variables. */
const CHUNK = 100;

/** What `account` may see of the document; a share with the account itself beats one with everybody. */
export async function findShare(tx: ReadTx, owner: Scope, name: string, account: string): Promise<Share | undefined> {
  const rows = await sharesOf(tx, owner, name)
    .select(['grantee', 'shared_version'])
    .where('grantee', 'in', [account, EVERYBODY])
    .execute();
  const row = rows.find(({ grantee }) => grantee === account) ?? rows[0];
  return row === undefined ? undefined : toShare(row);
}

export async function isShared(tx: ReadTx, owner: Scope, name: string): Promise<boolean> {
  return (await sharesOf(tx, owner, name).select('grantee').limit(1).executeTakeFirst()) !== undefined;
}

/** In the order of accounts, after `after`. */
export async function listShares(
  tx: ReadTx,
  owner: Scope,
  name: string,
  after: string | undefined,
  limit: number,
): Promise<Share[]> {
  let query = sharesOf(tx, owner, name).select(['grantee', 'shared_version']);
  if (after !== undefined) query = query.where('grantee', '>', after);
  return (await query.orderBy('grantee').limit(limit).execute()).map(toShare);
}

/** Public documents of one account and region. */
export async function listPublic(tx: ReadTx, owner: Scope, limit: number): Promise<string[]> {
  const rows = await tables<SharingTables>(tx)
    .selectFrom('documents_share')
    .select('name')
    .where('region', '=', owner.region)
    .where('grantee', '=', EVERYBODY)
    .where('account', '=', owner.account)
    .limit(limit)
    .execute();
  return rows.map(({ name }) => name);
}

export interface SharedDocument {
  readonly owner: Scope;
  readonly name: string;
  readonly share: Share;
}

/** What others share with `scope.account`: with it by name first, then with everybody; owners and names in order. */
export async function listSharedWith(tx: ReadTx, scope: Scope, limit: number): Promise<SharedDocument[]> {
  const found: SharedDocument[] = [];
  for (const grantee of [scope.account, EVERYBODY]) {
    const rows = await tables<SharingTables>(tx)
      .selectFrom('documents_share')
      .select(['account', 'name', 'grantee', 'shared_version'])
      .where('region', '=', scope.region)
      .where('grantee', '=', grantee)
      .where('account', '!=', scope.account)
      .orderBy('account')
      .orderBy('name')
      .limit(limit - found.length)
      .execute();
    for (const row of rows) {
      const account = row.account as AccountId;
      found.push({ owner: { account, region: scope.region }, name: row.name, share: toShare(row) });
    }
  }
  return found;
}

/** Whoever it is shared with already gets the new version. */
export async function addShares(tx: Tx, owner: Scope, name: string, shares: readonly Share[]): Promise<void> {
  for (let start = 0; start < shares.length; start += CHUNK) {
    await tables<SharingTables>(tx)
      .insertInto('documents_share')
      .values(
        shares.slice(start, start + CHUNK).map(({ grantee, sharedVersion }) => ({
          account: owner.account,
          region: owner.region,
          name,
          grantee,
          shared_version: sharedVersion,
        })),
      )
      .onConflict((conflict) =>
        conflict
          .columns(['account', 'region', 'name', 'grantee'])
          .doUpdateSet((e) => ({ shared_version: e.ref('excluded.shared_version') })),
      )
      .execute();
  }
}

/** Of a document that is gone, or about to be made: a new one must not be shared by what an older one of its name left. */
export async function removeAllShares(tx: Tx, owner: Scope, name: string): Promise<void> {
  await tables<SharingTables>(tx)
    .deleteFrom('documents_share')
    .where('account', '=', owner.account)
    .where('region', '=', owner.region)
    .where('name', '=', name)
    .execute();
}

export async function removeShares(tx: Tx, owner: Scope, name: string, grantees: readonly string[]): Promise<void> {
  if (grantees.length === 0) return;
  await tables<SharingTables>(tx)
    .deleteFrom('documents_share')
    .where('account', '=', owner.account)
    .where('region', '=', owner.region)
    .where('name', '=', name)
    .where('grantee', 'in', grantees)
    .execute();
}

function sharesOf(tx: ReadTx, owner: Scope, name: string) {
  return tables<SharingTables>(tx)
    .selectFrom('documents_share')
    .where('account', '=', owner.account)
    .where('region', '=', owner.region)
    .where('name', '=', name);
}

function toShare(row: Pick<ShareRow, 'grantee' | 'shared_version'>): Share {
  const version: SharedVersion =
    row.shared_version === '$LATEST' || row.shared_version === '$ALL' ? row.shared_version : '$DEFAULT';
  return { grantee: row.grantee, sharedVersion: version };
}
