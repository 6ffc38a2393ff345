// Versions of managed policies: AWS's have one, written here; the account's own lie in the table.
import type { RequestContext } from '../../../platform/api/operation.ts';
import type { AccountId } from '../../../platform/ids.ts';
import type { ReadTx } from '../../../platform/store/index.ts';
import type { Entity } from '../entities/entity.ts';
import { managedPolicy } from './managed-policies.ts';
import { listVersions } from './policy-store.ts';

export interface PolicyText {
  readonly version: number;
  readonly document: string;
  readonly createdAt: Date;
}

interface Looking {
  readonly tx: ReadTx;
  readonly account: AccountId;
}

/** Newest first. */
export async function versionsOf({ tx, account }: Looking, policy: Entity, arn: string): Promise<readonly PolicyText[]> {
  const managed = managedPolicy(arn);
  if (managed !== undefined) return [{ version: 1, document: managed.document, createdAt: managed.createdAt }];
  const rows = await listVersions(tx, account, policy.id);
  return rows.map(({ version, document, created_at: at }) => ({ version, document, createdAt: new Date(at) }));
}

export async function findVersion(
  call: Looking & { readonly ctx: Pick<RequestContext<'NoSuchEntity'>, 'fail'> },
  policy: Entity,
  arn: string,
  versionId: string,
): Promise<PolicyText> {
  const found = (await versionsOf(call, policy, arn)).find(({ version }) => `v${version}` === versionId);
  return found ?? call.ctx.fail('NoSuchEntity', `Policy ${arn} version ${versionId} does not exist or is not attachable.`);
}
