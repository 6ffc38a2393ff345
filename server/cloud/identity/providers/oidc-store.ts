// SQL of what an account has beside entities: OIDC providers, and its alias.
import type { AccountId } from '../../../platform/ids.ts';
import { tables } from '../../../platform/store/index.ts';
import type { ReadTx, Tx } from '../../../platform/store/index.ts';
import { GLOBAL } from '../entities/entity.ts';
import type { IdentityTables, OidcProviderRow } from '../tables.ts';

export interface OidcProvider {
  /** Without `https://`. */
  readonly url: string;
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly createdAt: Date;
}

export function providerArn(account: string, url: string): string {
  return `arn:aws:iam::${account}:oidc-provider/${url}`;
}

/** `url`: without `https://`, as the ARN ends. */
export async function findProvider(tx: ReadTx, account: AccountId, url: string): Promise<OidcProvider | undefined> {
  const row = await tables<IdentityTables>(tx)
    .selectFrom('identity_oidc_provider')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('url', '=', url)
    .executeTakeFirst();
  return row === undefined ? undefined : toProvider(row);
}

/** By URL; at most PROVIDERS_MAX. */
export async function listProviders(tx: ReadTx, account: AccountId): Promise<OidcProvider[]> {
  const rows = await tables<IdentityTables>(tx)
    .selectFrom('identity_oidc_provider')
    .selectAll()
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .orderBy('url')
    .execute();
  return rows.map(toProvider);
}

/** Adds, or replaces what is there. */
export async function putProvider(tx: Tx, account: AccountId, provider: OidcProvider): Promise<void> {
  const lists = { client_ids: JSON.stringify(provider.clientIds), thumbprints: JSON.stringify(provider.thumbprints) };
  await tables<IdentityTables>(tx)
    .insertInto('identity_oidc_provider')
    .values({ account, region: GLOBAL, url: provider.url, ...lists, created_at: provider.createdAt.getTime() })
    .onConflict((conflict) => conflict.columns(['account', 'region', 'url']).doUpdateSet(lists))
    .execute();
}

export async function deleteProvider(tx: Tx, account: AccountId, url: string): Promise<void> {
  const db = tables<IdentityTables>(tx);
  await db
    .deleteFrom('identity_oidc_provider')
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('url', '=', url)
    .execute();
  await db
    .deleteFrom('identity_tag')
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .where('entity_id', '=', providerArn(account, url))
    .execute();
}

export async function findAlias(tx: ReadTx, account: AccountId): Promise<string | undefined> {
  const row = await tables<IdentityTables>(tx)
    .selectFrom('identity_account_alias')
    .select('alias')
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .executeTakeFirst();
  return row?.alias;
}

/** An account has one: a new one takes its place. False when another account has it. */
export async function putAlias(tx: Tx, account: AccountId, alias: string): Promise<boolean> {
  await deleteAlias(tx, account);
  const result = await tables<IdentityTables>(tx)
    .insertInto('identity_account_alias')
    .values({ account, region: GLOBAL, alias })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows ?? 0) === 1;
}

export async function deleteAlias(tx: Tx, account: AccountId): Promise<void> {
  await tables<IdentityTables>(tx)
    .deleteFrom('identity_account_alias')
    .where('account', '=', account)
    .where('region', '=', GLOBAL)
    .execute();
}

function toProvider(row: OidcProviderRow): OidcProvider {
  // Both were written by `putProvider` from lists of text.
  const clientIds: string[] = JSON.parse(row.client_ids);
  const thumbprints: string[] = JSON.parse(row.thumbprints);
  return { url: row.url, clientIds, thumbprints, createdAt: new Date(row.created_at) };
}
