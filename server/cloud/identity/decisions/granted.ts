// What was granted beside a resource's policy (grants of keys). Asked only where the policies lack an Allow: a Deny anywhere has ended the decision
// before, and who needs no grant costs no look.
import type { ResourcePolicy } from '../../../platform/access/authenticator.ts';
import type { ReadTx } from '../../../platform/store/index.ts';
import { evaluate, type PolicySet } from '../policy-engine/evaluate.ts';
import type { Judge, Judgement } from './authorize.ts';
import { compiledResourcePolicy } from './resource-policies.ts';

/** `tx`: what the decisions were opened with. */
export function withGrants(judge: Judge['judge'], set: PolicySet, tx: ReadTx | undefined): Judge['judge'] {
  return async (action, resources, options) => {
    const grants = options?.resourcePolicy?.grants;
    if (grants === undefined) return judge(action, resources, options);
    const judged = await judge(action, resources, options);
    return Promise.all(judged.map((one) => throughGrants(one, set, grants, action, options?.tx ?? tx)));
  };
}

async function throughGrants(
  judged: Judgement,
  set: PolicySet,
  grants: NonNullable<ResourcePolicy['grants']>,
  action: string,
  tx: ReadTx | undefined,
): Promise<Judgement> {
  if (judged.rule !== undefined || judged.decision.allowed || judged.decision.explicit) return judged;
  const { account, arn, roleArn } = judged.request.caller;
  const names = [arn, ...(roleArn === undefined ? [] : [roleArn]), `arn:aws:iam::${account}:root`];
  const text = await grants(names, action, tx);
  if (text === undefined) return judged;
  const decision = evaluate({ ...set, resource: compiledResourcePolicy(text) }, judged.request);
  const isGranted = decision.allowed && decision.by.some(({ layer }) => layer === 'resource');
  return isGranted ? { ...judged, decision } : judged;
}
