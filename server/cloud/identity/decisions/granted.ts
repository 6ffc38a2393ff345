// What was granted beside a resource's policy (grants of keys). Asked only where the policies lack an Allow: a Deny anywhere has ended the decision
// before, and who needs no grant costs no look.
import type { NowOrLater, ResourcePolicy } from '../../../platform/access/authenticator.ts';
import type { ReadTx } from '../../../platform/store/index.ts';
import { evaluate, type PolicySet } from '../policy-engine/evaluate.ts';
import type { Judgement, PolicyJudgement } from './judgement.ts';
import { compiledResourcePolicy } from './resource-policies.ts';

interface Asking {
  readonly set: PolicySet;
  readonly grants: NonNullable<ResourcePolicy['grants']>;
  readonly action: string;
  readonly tx: ReadTx | undefined;
}

export function throughGrants(judged: NowOrLater<readonly Judgement[]>, asking: Asking): NowOrLater<readonly Judgement[]> {
  if (judged instanceof Promise) return judged.then((known) => throughGrants(known, asking));
  return judged.some(lacksAllow) ? Promise.all(judged.map((one) => throughGrant(one, asking))) : judged;
}

function lacksAllow(judged: Judgement): judged is PolicyJudgement {
  return judged.rule === undefined && !judged.decision.allowed && !judged.decision.explicit;
}

async function throughGrant(judged: Judgement, { set, grants, action, tx }: Asking): Promise<Judgement> {
  if (!lacksAllow(judged)) return judged;
  const { account, arn, roleArn } = judged.request.caller;
  const names = [arn, ...(roleArn === undefined ? [] : [roleArn]), `arn:aws:iam::${account}:root`];
  const text = await grants(names, action, tx);
  if (text === undefined) return judged;
  const decision = evaluate({ ...set, resource: compiledResourcePolicy(text) }, judged.request);
  const isGranted = decision.allowed && decision.by.some(({ layer }) => layer === 'resource');
  return isGranted ? { ...judged, decision } : judged;
}
