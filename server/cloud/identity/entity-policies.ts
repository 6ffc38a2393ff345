// What a user or role brings to a decision: the texts of all policies that speak about it, its boundary, its tags.
import { readFileSync } from 'node:fs';
import type { AccountId } from '../../platform/ids.ts';
import type { EntityPolicies, PolicyLoader, PolicyText } from './find-policies.ts';
import { isNodeRole, nodeRoleArn } from './roles.ts';

const MANAGED_INSTANCE_CORE: PolicyText = {
  id: 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore',
  text: readFileSync(new URL('managed-policies/AmazonSSMManagedInstanceCore.json', import.meta.url), 'utf8'),
};

export function createPolicyLoader(): PolicyLoader {
  return {
    user: () => Promise.resolve(undefined),
    role: (_tx, account, name) => Promise.resolve(isNodeRole(name) ? nodeRole(account) : undefined),
    managed: () => Promise.resolve([]),
  };
}

/** `MusterNode`, there from birth. */
function nodeRole(account: AccountId): EntityPolicies {
  return { arn: nodeRoleArn(account), id: '', tags: new Map(), identity: [MANAGED_INSTANCE_CORE], boundary: undefined };
}
