// Every SQL statement about digest files: what they will contain, where their chains end, and the keys that sign them.
import type { AccountId, Region } from '../../../platform/ids.ts';
import { type ReadTx, tables, type Tx } from '../../../platform/store/index.ts';
import type { TrailKey } from '../store.ts';
import type { AuditTables, DigestKeyRow, DigestRow, FileRow } from '../tables.ts';

const REMOVED_AT_ONCE = 200;

/** Delivered again after a crash, a file has the same name: the row of the last time holds. */
export async function putFile(tx: Tx, row: FileRow): Promise<void> {
  await tables<AuditTables>(tx)
    .insertInto('audit_file')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['account', 'region', 'name', 'of_region', 'bucket', 'object']).doUpdateSet({
        hash: row.hash,
        oldest_at: row.oldest_at,
        newest_at: row.newest_at,
        delivered_at: row.delivered_at,
      }),
    )
    .execute();
}

/** Delivered before `endAt`, in the order of their names. */
export async function filesBefore(
  tx: ReadTx,
  { account, region, name }: TrailKey,
  ofRegion: Region,
  endAt: number,
  limit: number,
): Promise<FileRow[]> {
  return await tables<AuditTables>(tx)
    .selectFrom('audit_file')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .where('of_region', '=', ofRegion)
    .where('delivered_at', '<', endAt)
    .orderBy('delivered_at')
    .orderBy('object')
    .limit(limit)
    .execute();
}

export async function removeFiles(tx: Tx, { account, region, name }: TrailKey, files: readonly FileRow[]): Promise<void> {
  for (let from = 0; from < files.length; from += REMOVED_AT_ONCE)
    await tables<AuditTables>(tx)
      .deleteFrom('audit_file')
      .where('account', '=', account)
      .where('region', '=', region)
      .where('name', '=', name)
      .where(
        'object',
        'in',
        files.slice(from, from + REMOVED_AT_ONCE).map(({ object }) => object),
      )
      .execute();
}

/** The ends of a trail's chains of digests, one for each region. */
export async function digestChains(tx: ReadTx, { account, region, name }: TrailKey): Promise<DigestRow[]> {
  return await tables<AuditTables>(tx)
    .selectFrom('audit_digest')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .orderBy('of_region')
    .execute();
}

/** Begins a chain with the first file; one that is there goes on. */
export async function beginChain(tx: Tx, { account, region, name }: TrailKey, ofRegion: Region, at: number): Promise<void> {
  const empty = { bucket: null, object: null, hash: null, signature: null };
  await tables<AuditTables>(tx)
    .insertInto('audit_digest')
    .values({ account, region, name, of_region: ofRegion, next_start_at: at, ...empty })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** After a pause there are no digests of it: the next one begins at `at`, behind the last one. */
export async function resumeChains(tx: Tx, { account, region, name }: TrailKey, at: number): Promise<void> {
  await tables<AuditTables>(tx)
    .updateTable('audit_digest')
    .set({ next_start_at: at })
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .where('next_start_at', '<', at)
    .execute();
}

export async function moveChain(tx: Tx, row: DigestRow): Promise<void> {
  await tables<AuditTables>(tx)
    .updateTable('audit_digest')
    .set(row)
    .where('account', '=', row.account)
    .where('region', '=', row.region)
    .where('name', '=', row.name)
    .where('of_region', '=', row.of_region)
    .execute();
}

export async function deleteDigests(tx: Tx, { account, region, name }: TrailKey): Promise<void> {
  for (const table of ['audit_file', 'audit_digest'] as const)
    await tables<AuditTables>(tx)
      .deleteFrom(table)
      .where('account', '=', account)
      .where('region', '=', region)
      .where('name', '=', name)
      .execute();
}

/** Of those that may sign what begins at `at`. */
export async function newestDigestKey(tx: ReadTx, account: AccountId, at: number): Promise<DigestKeyRow | undefined> {
  return await tables<AuditTables>(tx)
    .selectFrom('audit_digest_key')
    .selectAll()
    .where('account', '=', account)
    .where('created_at', '<=', at)
    .where('expires_at', '>', at)
    .orderBy('created_at', 'desc')
    .orderBy('fingerprint')
    .limit(1)
    .executeTakeFirst();
}

/** Those that may have signed something in a range; one a year. */
export async function digestKeysBetween(tx: ReadTx, account: AccountId, from: number, to: number): Promise<DigestKeyRow[]> {
  return await tables<AuditTables>(tx)
    .selectFrom('audit_digest_key')
    .selectAll()
    .where('account', '=', account)
    .where('created_at', '<=', to)
    .where('expires_at', '>=', from)
    .orderBy('created_at')
    .execute();
}

export async function addDigestKey(tx: Tx, row: DigestKeyRow): Promise<void> {
  await tables<AuditTables>(tx).insertInto('audit_digest_key').values(row).execute();
}
