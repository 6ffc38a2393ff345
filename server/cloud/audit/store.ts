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

export async function loggingTrails(tx: ReadTx, limit: number): Promise<TrailRow[]> {
  return await tables<AuditTables>(tx)
    .selectFrom('audit_trail')
    .selectAll()
    .where('logging', '=', 1)
    .orderBy('attempted_at')
    .limit(limit)
    .execute();
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
