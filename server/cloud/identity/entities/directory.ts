// Entities by name, those from birth included: what the operations and the decision look up.
import type { AccountId } from '../../../platform/ids.ts';
import type { ReadTx } from '../../../platform/store/index.ts';
import { builtInEntities, type Entity, nameKey } from './entity.ts';
import * as store from './entity-store.ts';
import { managedPolicy } from '../policies/managed-policies.ts';
import type { EntityKind } from '../tables.ts';

export async function findEntity(tx: ReadTx, account: AccountId, kind: EntityKind, name: string): Promise<Entity | undefined> {
  return findBuiltIn(account, kind, name) ?? (await store.findByName(tx, account, kind, name));
}

export function findBuiltIn(account: AccountId, kind: EntityKind, name: string): Entity | undefined {
  return builtInEntities(account).find((one) => one.kind === kind && nameKey(one.name) === nameKey(name));
}

/** A page in name order. */
export async function listEntities(tx: ReadTx, account: AccountId, kind: EntityKind, page: store.EntityPage): Promise<Entity[]> {
  const { after, pathPrefix = '/', limit } = page;
  const builtIn = builtInEntities(account).filter(
    (one) => one.kind === kind && one.path.startsWith(pathPrefix) && (after === undefined || nameKey(one.name) > nameKey(after)),
  );
  const found = await store.listEntities(tx, account, kind, page);
  return [...builtIn, ...found].toSorted((a, b) => (nameKey(a.name) < nameKey(b.name) ? -1 : 1)).slice(0, limit);
}

/** Those of ids, with those from birth, in name order. */
export async function findByIds(tx: ReadTx, account: AccountId, ids: readonly string[]): Promise<Entity[]> {
  const builtIn = builtInEntities(account).filter(({ id }) => ids.includes(id));
  const found = await store.findByIds(tx, account, ids);
  return [...builtIn, ...found].toSorted((a, b) => (nameKey(a.name) < nameKey(b.name) ? -1 : 1));
}

const POLICY_ARN = /^arn:aws:iam::(\d{12}|aws):policy(\/(?:[^/]+\/)*)([^/]+)$/;

export interface PolicyName {
  readonly owner: string;
  readonly path: string;
  readonly name: string;
}

/** Undefined: no ARN of a policy. */
export function readPolicyArn(arn: string): PolicyName | undefined {
  const [, owner, path, name] = POLICY_ARN.exec(arn) ?? [];
  return owner === undefined || path === undefined || name === undefined ? undefined : { owner, path, name };
}

/** AWS's or the account's own. */
export async function findPolicy(tx: ReadTx, account: AccountId, arn: string): Promise<Entity | undefined> {
  const named = readPolicyArn(arn);
  if (named === undefined) return undefined;
  if (named.owner === 'aws') return managedPolicy(arn);
  if (named.owner !== account) return undefined;
  const policy = await store.findByName(tx, account, 'policy', named.name);
  return policy?.path === named.path ? policy : undefined;
}
