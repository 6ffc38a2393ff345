// The policies that speak about a user or a role, as texts: its own, those attached to it, and of a user those of its groups. What the
// decision compiles and keeps until something changes.
import type { AccountId } from '../../../platform/ids.ts';
import type { ReadTx } from '../../../platform/store/index.ts';
import { groupIdsOf, tagsOf } from '../entities/belongings-store.ts';
import { findByIds, findEntity, readPolicyArn } from '../entities/directory.ts';
import { builtInAttachments, type Entity, entityArn } from '../entities/entity.ts';
import { managedPolicy } from './managed-policies.ts';
import { defaultDocuments, listAttached, listInline } from './policy-store.ts';
import type { PolicyText } from './stored-policy.ts';

/** What a user or role brings. */
export interface EntityPolicies {
  readonly arn: string;
  /** `AIDA…`, `AROA…`: an entity that was deleted and made again is another one. */
  readonly id: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly identity: readonly PolicyText[];
  readonly boundary: PolicyText | undefined;
}

export interface PolicyLoader {
  user(tx: ReadTx, account: AccountId, name: string): Promise<EntityPolicies | undefined>;
  role(tx: ReadTx, account: AccountId, name: string): Promise<EntityPolicies | undefined>;
  /** Texts of managed policies: those of sessions are named by ARN. */
  managed(tx: ReadTx, account: AccountId, arns: readonly string[]): Promise<readonly PolicyText[]>;
}

export function createPolicyLoader(): PolicyLoader {
  return { user: loadUserPolicies, role: loadRolePolicies, managed: loadManagedPolicies };
}

export async function loadUserPolicies(tx: ReadTx, account: AccountId, userName: string): Promise<EntityPolicies | undefined> {
  const user = await findEntity(tx, account, 'user', userName);
  if (user === undefined) return undefined;
  return load(tx, account, user, await findByIds(tx, account, await groupIdsOf(tx, account, user.id)));
}

/** Of a group alone: what it gives its members. */
export async function loadGroupPolicies(tx: ReadTx, account: AccountId, name: string): Promise<EntityPolicies | undefined> {
  const group = await findEntity(tx, account, 'group', name);
  return group === undefined ? undefined : load(tx, account, group, []);
}

export async function loadRolePolicies(tx: ReadTx, account: AccountId, roleName: string): Promise<EntityPolicies | undefined> {
  const role = await findEntity(tx, account, 'role', roleName);
  return role === undefined ? undefined : load(tx, account, role, []);
}

/** The default versions, in the order of the ARNs; those that are not there are left out. */
export async function loadManagedPolicies(
  tx: ReadTx,
  account: AccountId,
  arns: readonly string[],
): Promise<readonly PolicyText[]> {
  const names = arns.flatMap((arn) => {
    const named = readPolicyArn(arn);
    return named?.owner === account ? [named.name] : [];
  });
  const own = await defaultDocuments(tx, account, names);
  const texts = new Map(
    own.map(({ name, path, document }) => [entityArn(account, { kind: 'policy', path, name }), document] as const),
  );
  return arns.flatMap((id) => {
    const text = managedPolicy(id)?.document ?? texts.get(id);
    return text === undefined ? [] : [{ id, text }];
  });
}

/** What explanations call an inline policy: AWS's `user_ann_Name`. Those of a user and of its groups may have the same name. */
export function inlinePolicyId(kind: string, holder: string, name: string): string {
  return `${kind}_${holder}_${name}`;
}

async function load(tx: ReadTx, account: AccountId, entity: Entity, groups: readonly Entity[]): Promise<EntityPolicies> {
  const holdersById = new Map([entity, ...groups].map((one) => [one.id, one]));
  const holders = [...holdersById.keys()];
  const attached = [...builtInAttachments(entity), ...(await listAttached(tx, account, holders))];
  const inline = await listInline(tx, account, holders);
  const tags = await tagsOf(tx, account, entity.id);
  return {
    arn: entityArn(account, entity),
    id: entity.id,
    tags: new Map(tags.map(({ Key, Value }) => [Key, Value])),
    identity: [
      ...inline.map(({ name, document, holderId }) => {
        const holder = holdersById.get(holderId) ?? entity;
        return { id: inlinePolicyId(holder.kind, holder.name, name), text: document };
      }),
      ...(await loadManagedPolicies(tx, account, [...new Set(attached)])),
    ],
    boundary: await loadBoundary(tx, account, entity.boundaryArn),
  };
}

async function loadBoundary(tx: ReadTx, account: AccountId, arn: string | undefined): Promise<PolicyText | undefined> {
  if (arn === undefined) return undefined;
  const [boundary] = await loadManagedPolicies(tx, account, [arn]);
  // A policy that bounds somebody cannot be deleted; were it gone all the same, its text reads as none that allows anything.
  return boundary ?? { id: arn, text: '' };
}
