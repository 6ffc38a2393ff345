// Why a decision is as it is, in words for an operator: the layer that decides, the statements that speak and where they stand, and those that
// nearly did. Built from the decision's own judgement, so it never says anything else than the call would get. Pure.
import type { ExplainAccessResult, AccessStatement } from '../../../platform/api/models/muster/identity.types.gen.ts';
import type { MatchedStatement, PolicySet } from '../policy-engine/evaluate.ts';
import { type NearMiss, nearMisses } from '../policy-engine/near-misses.ts';
import { type Extent, statementExtents } from '../policy-engine/positions.ts';
import type { SeenResource } from './explained-resource.ts';
import type { FoundPolicies } from './find-policies.ts';
import type { Judgement, Rule } from './judgement.ts';
import { denialReason, POLICY_NAMES } from './reason.ts';
import { compiledResourcePolicy, RESOURCE_POLICY } from './resource-policies.ts';

export interface Asked {
  readonly principalArn: string;
  readonly action: string;
  readonly resource: string;
}

/** Statements that one answer names; a principal may have thousands. */
const NEAR_MISSES_MAX = 20;

export function explain(
  asked: Asked,
  judgement: Judgement,
  found: FoundPolicies | undefined,
  seen?: SeenResource,
): ExplainAccessResult {
  const named = { PrincipalArn: asked.principalArn, Action: asked.action, Resource: asked.resource };
  if (judgement.rule !== undefined)
    return {
      ...named,
      Decision: judgement.allowed ? 'allowed' : 'implicitDeny',
      Layer: 'none',
      Explanation: withRemark(RULES[judgement.rule](judgement.allowed), seen),
      MatchedStatements: [],
      NearMisses: [],
      MissingContextKeys: [],
    };
  const { decision, request } = judgement;
  const names = new Names(found, seen);
  const set = names.set;
  const wanted = decision.allowed ? 'Deny' : 'Allow';
  const missed = nearMisses(set, request).filter(({ effect, layer }) => {
    if (effect !== wanted) return false;
    return decision.allowed || decision.explicit || layer === decision.missing;
  });
  const keys = missed.flatMap(({ conditions }) => conditions.filter(({ given }) => given === undefined).map(({ key }) => key));
  return {
    ...named,
    Decision: decision.allowed ? 'allowed' : decision.explicit ? 'explicitDeny' : 'implicitDeny',
    Layer: decision.allowed || decision.explicit ? (decision.by[0]?.layer ?? 'identity') : decision.missing,
    Explanation: withRemark(sentence(asked, judgement, missed, names), seen),
    MatchedStatements: decision.by.flatMap((statement) => names.views(statement)),
    NearMisses: missed.slice(0, NEAR_MISSES_MAX).map((miss) => ({ ...names.view(miss), Reason: missReason(miss, asked) })),
    MissingContextKeys: [...new Set(keys)].toSorted(),
  };
}

const RULES: Readonly<Record<Rule, (allowed: boolean) => string>> = {
  anonymous: () => 'Denied: a call without a signature has no permission at all.',
  administrator: (allowed) =>
    allowed
      ? 'Allowed: the administrator of an account needs no policy for what is in it.'
      : "Denied: the resource is another account's, and an administrator's rights end with the own account.",
  'node-key': (allowed) =>
    allowed
      ? "Allowed: this is what a node's own key is for."
      : "Denied: a node's own key is good for getting credentials, and for nothing else.",
  everybody: () => 'Allowed: every caller may do this; no policy is asked.',
  'user-session': () =>
    'Denied: a session made with GetSessionToken cannot call IAM, nor STS but for AssumeRole and GetCallerIdentity. Use the access key itself.',
  'other-node': () => 'Denied: agents make this call about their own node only, whatever the policies of the role allow.',
};

function sentence(
  { principalArn, action, resource }: Asked,
  { decision }: Extract<Judgement, { rule: undefined }>,
  missed: readonly NearMiss[],
  names: Names,
): string {
  const what = `${principalArn} ${decision.allowed ? 'may' : 'may not'} ${action} on ${resource}`;
  const by = decision.by.map((statement) => names.inWords(statement)).join(', and ');
  if (decision.allowed) return `${what}: ${by}.`;
  const reason = denialReason(decision, action);
  if (decision.explicit) return `${what}, ${reason}: ${by}. No other policy can allow it.`;
  const layer = POLICY_NAMES[decision.missing];
  const some =
    missed.length === 1
      ? 'One statement speaks of the action but does not fit the call'
      : `${missed.length} statements speak of the action but do not fit the call`;
  if (missed.length > 0) return `${what}, ${reason}. ${some}.`;
  if (decision.missing === 'identity' && names.set.identity.length === 0)
    return `${what}, ${reason}. No policy is attached to it at all: attach one that allows ${action}.`;
  if (decision.missing === 'resource' && names.resource !== undefined)
    return `${what}, ${reason}. No statement of the ${names.resource} speaks of the action, and no grant gives it: add one.`;
  return `${what}, ${reason}. No statement of any ${layer} speaks of the action: add one that allows ${action}.`;
}

/** How a decision and a call differ, or what was not looked at. */
function withRemark(explanation: string, seen: SeenResource): string {
  const remark = typeof seen === 'object' ? seen.remark : seen;
  return remark === undefined ? explanation : `${explanation} ${remark}`;
}

function missReason({ conditions, isAboutCaller }: NearMiss, { principalArn, resource }: Asked): string {
  if (!isAboutCaller) return `It does not name ${principalArn}.`;
  if (conditions.length === 0) return `Its resources do not include ${resource}.`;
  return conditions
    .map(({ written, given }) =>
      given === undefined
        ? `${written} does not hold: the call has no such key.`
        : `${written} does not hold for ${given.join(', ')}.`,
    )
    .join(' ');
}

/** The policies of one decision: what they are called, and where their statements stand. */
class Names {
  readonly set: PolicySet;
  /** What the resource's policy is called; undefined: it was not looked at. */
  readonly resource: string | undefined;
  readonly #texts: Map<string, string>;
  /** Instead of a statement of the resource's policy. */
  readonly #grants: readonly { readonly id: string; readonly name: string }[];

  constructor(found: FoundPolicies | undefined, seen: SeenResource) {
    this.set = found?.set ?? { identity: [] };
    this.#texts = new Map((found?.texts?.() ?? []).map(({ id, text }) => [id, text]));
    const text = typeof seen === 'object' ? seen.permission.resourcePolicy?.text : undefined;
    this.#grants = typeof seen === 'object' ? seen.grants() : [];
    if (typeof seen !== 'object' || text === undefined) return;
    this.resource = seen.policyName;
    this.set = { ...this.set, resource: compiledResourcePolicy(text) };
    this.#texts.set(RESOURCE_POLICY, text);
  }

  inWords({ layer, policy, statement }: MatchedStatement): string {
    if (layer !== 'resource') return `statement ${statement} of the ${POLICY_NAMES[layer]} ${policy}`;
    if (this.#grants.length > 0) return this.#grants.map(({ id, name }) => `grant ${id} (${name})`).join(', ');
    return `statement ${statement} of the ${this.resource ?? policy}`;
  }

  /** Of a decision: grants are asked only where no statement allows. */
  views(statement: MatchedStatement): AccessStatement[] {
    if (statement.layer !== 'resource' || this.#grants.length === 0) return [this.view(statement)];
    return this.#grants.map(({ id, name }) => ({ Layer: 'resource', PolicyId: `grant ${id}`, Statement: name }));
  }

  view({ layer, policy, statement, place }: MatchedStatement): AccessStatement {
    const text = this.#texts.get(policy);
    const extent: Extent | undefined = text === undefined ? undefined : statementExtents(text)[place - 1];
    return {
      Layer: layer,
      PolicyId: layer === 'resource' ? (this.resource ?? policy) : policy,
      Statement: statement,
      ...(extent === undefined
        ? {}
        : {
            StartLine: extent.start.line,
            StartColumn: extent.start.column,
            EndLine: extent.end.line,
            EndColumn: extent.end.column,
          }),
    };
  }
}
