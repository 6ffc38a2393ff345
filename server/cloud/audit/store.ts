// Every SQL statement of the audit domain: trails and their positions. There are few of them, so lists are read whole.
import type { AccountId, Region, Scope } from '../../platform/ids.ts';
import { type ReadTx, tables, type Tx } from '../../platform/store/index.ts';
import type { AuditTables, TrailRow } from './tables.ts';

export interface TrailKey extends Scope {
  readonly name: string;
}

/** Of all regions of the account, by name. */
export async function listTrails(tx: ReadTx, account: AccountId): Promise<TrailRow[]> {
  return await tables<AuditTables>(tx)
    .selectFrom('audit_trail')
    .selectAll()
    .where('account', '=', account)
    .orderBy('name')
    .orderBy('region')
    .execute();
}

/** Those that deliver, and those whose last files stand in no digest yet; the ones that waited longest first. */
export async function trailsToLookAt(tx: ReadTx, limit: number): Promise<TrailRow[]> {
  return await tables<AuditTables>(tx)
    .selectFrom('audit_trail')
    .selectAll()
    .where((where) =>
      where.or([
        where('logging', '=', 1),
        where.exists(
          where
            .selectFrom('audit_file')
            .select('audit_file.name')
            .whereRef('audit_file.account', '=', 'audit_trail.account')
            .whereRef('audit_file.region', '=', 'audit_trail.region')
            .whereRef('audit_file.name', '=', 'audit_trail.name'),
        ),
      ]),
    )
    .orderBy('attempted_at')
    .limit(limit)
    .execute();
}

/** Whether a trail is the one that it was: not deleted, nor started anew, since it was read. Asked in the unit that notes what was delivered. */
export async function isCurrent(tx: ReadTx, trail: TrailRow): Promise<boolean> {
  const now = await findTrail(tx, trail);
  return now !== undefined && now.started_at === trail.started_at;
}

export async function findTrail(tx: ReadTx, { account, region, name }: TrailKey): Promise<TrailRow | undefined> {
  return await tables<AuditTables>(tx)
    .selectFrom('audit_trail')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** False when there is one of this name. */
export async function insertTrail(tx: Tx, row: TrailRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tables<AuditTables>(tx)
    .insertInto('audit_trail')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

export async function changeTrail(tx: Tx, { account, region, name }: TrailKey, set: Partial<TrailRow>): Promise<void> {
  await tables<AuditTables>(tx)
    .updateTable('audit_trail')
    .set(set)
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .execute();
}

export async function deleteTrail(tx: Tx, key: TrailKey): Promise<void> {
  await deletePositions(tx, key);
  await deleteLogPositions(tx, key);
  await tables<AuditTables>(tx)
    .deleteFrom('audit_trail')
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('name', '=', key.name)
    .execute();
}

export async function positionsOf(tx: ReadTx, { account, region, name }: TrailKey): Promise<Map<Region, number>> {
  const rows = await tables<AuditTables>(tx)
    .selectFrom('audit_position')
    .select(['of_region', 'sequence'])
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .execute();
  return new Map(rows.map((row) => [row.of_region, row.sequence]));
}

export async function deletePositions(tx: Tx, { account, region, name }: TrailKey): Promise<void> {
  await tables<AuditTables>(tx)
    .deleteFrom('audit_position')
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .execute();
}

export async function putPosition(
  tx: Tx,
  { account, region, name }: TrailKey,
  ofRegion: Region,
  sequence: number,
): Promise<void> {
  await tables<AuditTables>(tx)
    .insertInto('audit_position')
    .values({ account, region, name, of_region: ofRegion, sequence })
    .onConflict((conflict) => conflict.columns(['account', 'region', 'name', 'of_region']).doUpdateSet({ sequence }))
    .execute();
}

/** How far the log group of a trail has the records of each region, and where in it they ended. */
export async function logPositionsOf(
  tx: ReadTx,
  { account, region, name }: TrailKey,
): Promise<Map<Region, { readonly sequence: number; readonly place: string | null }>> {
  const rows = await tables<AuditTables>(tx)
    .selectFrom('audit_log_position')
    .select(['of_region', 'sequence', 'place'])
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .execute();
  return new Map(rows.map(({ of_region: ofRegion, sequence, place }) => [ofRegion, { sequence, place }]));
}

export async function deleteLogPositions(tx: Tx, { account, region, name }: TrailKey): Promise<void> {
  await tables<AuditTables>(tx)
    .deleteFrom('audit_log_position')
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .execute();
}

export async function putLogPosition(
  tx: Tx,
  { account, region, name }: TrailKey,
  ofRegion: Region,
  sequence: number,
  place: string | null,
): Promise<void> {
  await tables<AuditTables>(tx)
    .insertInto('audit_log_position')
    .values({ account, region, name, of_region: ofRegion, sequence, place })
    .onConflict((conflict) => conflict.columns(['account', 'region', 'name', 'of_region']).doUpdateSet({ sequence, place }))
    .execute();
}
