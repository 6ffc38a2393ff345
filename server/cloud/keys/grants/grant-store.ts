// Every statement about grants of keys.
import type { GrantOperation } from '../../../platform/api/models/kms.types.gen.ts';
import type { AccountId, Region, Scope } from '../../../platform/ids.ts';
import { tables } from '../../../platform/store/index.ts';
import type { ReadTx, Tx } from '../../../platform/store/index.ts';
import type { Constraints, Grant } from './grant.ts';
import type { GrantRow, KeyTables } from '../tables.ts';

/** Of one key. */
interface OfKey extends Scope {
  readonly keyId: string;
}

export async function findGrant(tx: ReadTx, key: OfKey, grantId: string): Promise<Grant | undefined> {
  const row = await grants(tx, key).selectAll().where('grant_id', '=', grantId).executeTakeFirst();
  return row === undefined ? undefined : toGrant(row);
}

/** In the order of their ids, after `after`. */
export async function listGrants(
  tx: ReadTx,
  key: OfKey,
  { grantee, grantId }: { readonly grantee?: string | undefined; readonly grantId?: string | undefined },
  after: string,
  limit: number,
): Promise<Grant[]> {
  const rows = await grants(tx, key)
    .selectAll()
    .$if(grantee !== undefined, (query) => query.where('grantee', '=', grantee ?? ''))
    .$if(grantId !== undefined, (query) => query.where('grant_id', '=', grantId ?? ''))
    .where('grant_id', '>', after)
    .orderBy('grant_id')
    .limit(limit)
    .execute();
  return rows.map(toGrant);
}

/** Of keys in the region, whosesoever. In the order of their ids, after `after`. */
export async function retirableGrants(
  tx: ReadTx,
  region: Region,
  retiring: string,
  after: string,
  limit: number,
): Promise<Grant[]> {
  const rows = await tables<KeyTables>(tx)
    .selectFrom('keys_grant')
    .selectAll()
    .where('region', '=', region)
    .where('retiring', '=', retiring)
    .where('grant_id', '>', after)
    .orderBy('grant_id')
    .limit(limit)
    .execute();
  return rows.map(toGrant);
}

/** At most `limit` of each of them. */
export async function grantsOf(tx: ReadTx, key: OfKey, grantees: readonly string[], limit: number): Promise<Grant[]> {
  const rows = await grants(tx, key)
    .selectAll()
    .where('grantee', 'in', grantees)
    .limit(limit * grantees.length)
    .execute();
  return rows.map(toGrant);
}

export async function countGrants(tx: ReadTx, key: OfKey): Promise<number> {
  const { count } = await grants(tx, key)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

export async function insertGrant(tx: Tx, grant: Grant): Promise<void> {
  await tables<KeyTables>(tx).insertInto('keys_grant').values(toRow(grant)).execute();
}

/** False when it is not there any more. */
export async function deleteGrant(tx: Tx, { account, region, keyId, grantId }: OfKey & Pick<Grant, 'grantId'>): Promise<boolean> {
  const { numDeletedRows } = await tables<KeyTables>(tx)
    .deleteFrom('keys_grant')
    .where('account', '=', account)
    .where('region', '=', region)
    .where('key_id', '=', keyId)
    .where('grant_id', '=', grantId)
    .executeTakeFirst();
  return Number(numDeletedRows) === 1;
}

function grants(tx: ReadTx, { account, region, keyId }: OfKey) {
  return tables<KeyTables>(tx)
    .selectFrom('keys_grant')
    .where('account', '=', account)
    .where('region', '=', region)
    .where('key_id', '=', keyId);
}

/* oxlint-disable typescript/no-unsafe-type-assertion -- written by toRow */
function toGrant(row: GrantRow): Grant {
  const constraints = JSON.parse(row.constraints) as Partial<Constraints>;
  return {
    account: row.account as AccountId,
    region: row.region as Region,
    keyId: row.key_id,
    grantId: row.grant_id,
    name: row.name ?? undefined,
    grantee: row.grantee,
    retiring: row.retiring ?? undefined,
    issuer: row.issuer as AccountId,
    operations: JSON.parse(row.operations) as GrantOperation[],
    constraints: { equals: constraints.equals, subset: constraints.subset },
    createdAt: new Date(row.created_at),
  };
}
/* oxlint-enable typescript/no-unsafe-type-assertion */

function toRow(grant: Grant): GrantRow {
  return {
    account: grant.account,
    region: grant.region,
    key_id: grant.keyId,
    grant_id: grant.grantId,
    name: grant.name ?? null,
    grantee: grant.grantee,
    retiring: grant.retiring ?? null,
    issuer: grant.issuer,
    operations: JSON.stringify(grant.operations),
    constraints: JSON.stringify(grant.constraints),
    created_at: grant.createdAt.getTime(),
  };
}
