// Why a decision is as it is, in words for an operator: the layer that decides, the statements that speak and where they stand, and those that
// nearly did. Built from the decision's own judgement, so it never says anything else than the call would get. Pure.
import type { ExplainAccessResult, AccessStatement } from '../../../platform/api/models/muster/identity.types.gen.ts';
import type { FoundPolicies, Judgement, Rule } from './authorize.ts';
import type { MatchedStatement, PolicySet } from '../policy-engine/evaluate.ts';
import { type NearMiss, nearMisses } from '../policy-engine/near-misses.ts';
import { type Extent, statementExtents } from '../policy-engine/positions.ts';
import { denialReason, POLICY_NAMES } from './reason.ts';

export interface Asked {
  readonly principalArn: string;
  readonly action: string;
  readonly resource: string;
}

/** Statements that one answer names; a principal may have thousands. */
const NEAR_MISSES_MAX = 20;

export function explain(asked: Asked, judgement: Judgement, found: FoundPolicies | undefined): ExplainAccessResult {
  const named = { PrincipalArn: asked.principalArn, Action: asked.action, Resource: asked.resource };
  if (judgement.rule !== undefined)
    return {
      ...named,
      Decision: judgement.allowed ? 'allowed' : 'implicitDeny',
      Layer: 'none',
      Explanation: RULES[judgement.rule](judgement.allowed),
      MatchedStatements: [],
      NearMisses: [],
      MissingContextKeys: [],
    };
  const { decision, request } = judgement;
  const set: PolicySet = found?.set ?? { identity: [] };
  const texts = new Map((found?.texts?.() ?? []).map(({ id, text }) => [id, text]));
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
    Explanation: sentence(asked, judgement, missed, set),
    MatchedStatements: decision.by.map((statement) => statementView(statement, texts)),
    NearMisses: missed
      .slice(0, NEAR_MISSES_MAX)
      .map((miss) => ({ ...statementView(miss, texts), Reason: missReason(miss, asked.resource) })),
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
  set: PolicySet,
): string {
  const what = `${principalArn} ${decision.allowed ? 'may' : 'may not'} ${action} on ${resource}`;
  if (decision.allowed) return `${what}: ${decision.by.map(inWords).join(', and ')}.`;
  const reason = denialReason(decision, action);
  if (decision.explicit) return `${what}, ${reason}: ${decision.by.map(inWords).join(', and ')}. No other policy can allow it.`;
  const layer = POLICY_NAMES[decision.missing];
  const some =
    missed.length === 1
      ? 'One statement speaks of the action but does not fit the call'
      : `${missed.length} statements speak of the action but do not fit the call`;
  if (missed.length > 0) return `${what}, ${reason}. ${some}.`;
  if (decision.missing === 'identity' && set.identity.length === 0)
    return `${what}, ${reason}. No policy is attached to it at all: attach one that allows ${action}.`;
  return `${what}, ${reason}. No statement of any ${layer} speaks of the action: add one that allows ${action}.`;
}

function inWords({ layer, policy, statement }: MatchedStatement): string {
  return `statement ${statement} of the ${POLICY_NAMES[layer]} ${policy}`;
}

function missReason({ conditions }: NearMiss, resource: string): string {
  if (conditions.length === 0) return `Its resources do not include ${resource}.`;
  return conditions
    .map(({ written, given }) =>
      given === undefined
        ? `${written} does not hold: the call has no such key.`
        : `${written} does not hold for ${given.join(', ')}.`,
    )
    .join(' ');
}

function statementView(
  { layer, policy, statement, place }: MatchedStatement,
  texts: ReadonlyMap<string, string>,
): AccessStatement {
  const text = texts.get(policy);
  const extent: Extent | undefined = text === undefined ? undefined : statementExtents(text)[place - 1];
  return {
    Layer: layer,
    PolicyId: policy,
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
