// Whose policies the simulator looks at: a user with its groups, a group, a role, named by ARN; and what is left out of them.
import type { PolicyIdentifier } from '../../../platform/api/models/iam.types.gen.ts';
import type { RequestContext } from '../../../platform/api/operation.ts';
import type { AccountId } from '../../../platform/ids.ts';
import type { ReadTx } from '../../../platform/store/index.ts';
import {
  type EntityPolicies,
  inlinePolicyId,
  loadGroupPolicies,
  loadRolePolicies,
  loadUserPolicies,
} from '../policies/entity-policies.ts';
import type { PolicyText } from '../policies/stored-policy.ts';

interface Asked {
  readonly tx: ReadTx;
  readonly account: AccountId;
  readonly ctx: Pick<RequestContext<'NoSuchEntity' | 'InvalidInput'>, 'fail'>;
}

export type SourceKind = 'user' | 'group' | 'role';

export interface PolicySource {
  readonly kind: SourceKind;
  readonly name: string;
  readonly policies: EntityPolicies;
}

const LOADERS = { user: loadUserPolicies, group: loadGroupPolicies, role: loadRolePolicies } as const;
const SOURCE = /^arn:aws:iam::([0-9]{12}):(user|group|role)\/(?:[^/]+\/)*([^/]+)$/;

export async function requirePolicySource({ tx, account, ctx }: Asked, arn: string): Promise<PolicySource> {
  const [, owner, kind, name] = SOURCE.exec(arn) ?? [];
  if (owner === undefined || kind === undefined || name === undefined)
    return ctx.fail('InvalidInput', `Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
  const found = owner === account ? await LOADERS[kind as SourceKind](tx, account, name) : undefined;
  if (found === undefined || found.arn !== arn) return ctx.fail('NoSuchEntity', `The entity ${arn} cannot be found.`);
  return { kind: kind as SourceKind, name, policies: found };
}

/** Without those that are named. */
export function excluding(
  policies: Pick<EntityPolicies, 'identity' | 'boundary'>,
  excluded: readonly PolicyIdentifier[] | undefined = [],
): { readonly identity: readonly PolicyText[]; readonly boundary: PolicyText | undefined } {
  const ids = new Set(
    excluded.flatMap(({ PolicyArn: arn, InlinePolicyIdentifier: inline }) => [
      ...(arn === undefined ? [] : [arn]),
      ...(inline === undefined ? [] : [inlinePolicyId(inline.AttachmentType, inline.AttachmentName, inline.PolicyName)]),
    ]),
  );
  const withoutBoundary = excluded.some(({ PolicyType: type, PolicyArn: arn }) => {
    if (type !== undefined && type !== 'permission-boundary') return false;
    return arn === undefined ? type === 'permission-boundary' : arn === policies.boundary?.id;
  });
  return {
    identity: policies.identity.filter(({ id }) => !ids.has(id)),
    boundary: withoutBoundary ? undefined : policies.boundary,
  };
}

/** What is known of whoever has these policies, whatever the call: `aws:username` and the like. Lower-case keys. */
export function knownKeys({ kind, name, policies }: PolicySource, account: AccountId): ReadonlyMap<string, readonly string[]> {
  const tags = [...policies.tags].map(([key, value]) => [`aws:principaltag/${key.toLowerCase()}`, [value]] as const);
  // A group is nobody.
  if (kind === 'group') return new Map();
  return new Map<string, readonly string[]>([
    ['aws:principalaccount', [account]],
    ['aws:principalarn', [policies.arn]],
    ...(kind === 'user' ? ([['aws:username', [name]]] as const) : []),
    ...tags,
  ]);
}
