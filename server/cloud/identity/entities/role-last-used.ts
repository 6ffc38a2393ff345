// RoleLastUsed: what this process knows, and what all have written. Empty for a role that nobody used yet, as on AWS.
import type { RoleLastUsed } from '../../../platform/api/models/iam.types.gen.ts';
import type { Reading } from '../iam-operation.ts';
import type { Entity } from './entity.ts';
import { findRoleUse } from './role-use-store.ts';

export async function roleLastUsed({ tx, iam, account }: Reading, { id, name }: Entity): Promise<RoleLastUsed> {
  const used = iam.roleUses.waiting(account, name) ?? (await findRoleUse(tx, account, id));
  return used === undefined ? {} : { LastUsedDate: used.at, Region: used.region };
}
