// Who may do what. A caller's policies are found once a call and judged for each resource; what a policy asks of a resource's tags is read once
// for all of them. The administrator needs no policy in the own account. A node's own calls reach the node itself, whatever its role says.
// On the hot path nobody waits: what is in memory is judged, and answered, at once.
import type {
  AccessDecision,
  Authorizer,
  DecisionOptions,
  NowOrLater,
  Permissions,
} from '../../../platform/access/authenticator.ts';
import type { Principal } from '../../../platform/access/principal.ts';
import type { ReadTx } from '../../../platform/store/index.ts';
import type { Decision, PolicySet } from '../policy-engine/evaluate.ts';
import type { RequestFacts } from '../policy-engine/request.ts';
import type { Call } from './caller.ts';
import { PolicyJudge } from './judge.ts';
import { denialReason } from './reason.ts';
import { judgeByKind } from './rules.ts';

/** Tags of resources by ARN; what has no tags, or is unknown, may be left out. */
export type ResourceTags = (
  arns: readonly string[],
  tx: ReadTx | undefined,
) => Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>;

/** Further facts about resources, by ARN: those of `RESOURCE_KEYS` (lookups.ts) that there are for this caller. */
export type ResourceKeys = (
  arns: readonly string[],
  tx: ReadTx | undefined,
  caller: Principal,
) => Promise<ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>>;

export interface FoundPolicies {
  readonly set: PolicySet;
  /** Tags of the user or role: `aws:PrincipalTag/…`. */
  readonly tags: ReadonlyMap<string, string>;
  /** What was compiled, for those who ask where a statement stands. */
  readonly texts?: () => readonly { readonly id: string; readonly text: string }[];
}

/** Finds what speaks about a principal: from memory on the hot path, then at once. */
export type PolicyFinder = (principal: Principal, tx: ReadTx | undefined) => NowOrLater<FoundPolicies>;

export interface AuthorizerOptions {
  readonly findPolicies: PolicyFinder;
  readonly resourceTags: ResourceTags;
  readonly resourceKeys: ResourceKeys;
}

const ALLOWED: AccessDecision = { allowed: true, reason: '' };
const DENIED: AccessDecision = { allowed: false, reason: '' };

/** What policies said about one request, or the rule that settles it whatever they say. */
export type Judgement = RuledJudgement | PolicyJudgement;
export interface PolicyJudgement {
  readonly rule: undefined;
  readonly request: RequestFacts;
  readonly decision: Decision;
}
export interface RuledJudgement {
  readonly rule: Rule;
  readonly allowed: boolean;
}

/** `node-key`: a node's key is good for getting credentials, and for nothing else. */
export type Rule = 'anonymous' | 'administrator' | 'node-key' | 'everybody' | 'user-session' | 'other-node';

export interface Judge {
  /** Empty for callers whose rights no policy gives. */
  readonly found: FoundPolicies | undefined;
  judge(action: string, resources: readonly string[], options?: DecisionOptions): NowOrLater<readonly Judgement[]>;
}

export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  return {
    open(principal, call, tx) {
      const judge = openJudge(options, principal, call, tx);
      return judge instanceof Promise ? judge.then((opened) => new JudgedPermissions(opened)) : new JudgedPermissions(judge);
    },
  };
}

/** The decisions of one call with what they rest on: for the authorizer, and for those who ask why. */
export function openJudge(
  options: AuthorizerOptions,
  principal: Principal,
  call: Call,
  tx: ReadTx | undefined,
): NowOrLater<Judge> {
  const settled = judgeByKind(principal);
  if (settled !== undefined) return settled;
  const found = options.findPolicies(principal, tx);
  return found instanceof Promise
    ? openLater(options, principal, call, found, tx)
    : new PolicyJudge(options, principal, call, found, tx);
}

async function openLater(
  options: AuthorizerOptions,
  principal: Principal,
  call: Call,
  found: Promise<FoundPolicies>,
  tx: ReadTx | undefined,
): Promise<Judge> {
  return new PolicyJudge(options, principal, call, await found, tx);
}

class JudgedPermissions implements Permissions {
  readonly #judge: Judge;

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  decide(action: string, resources: readonly string[], options?: DecisionOptions): NowOrLater<readonly AccessDecision[]> {
    const judged = this.#judge.judge(action, resources, options);
    return judged instanceof Promise ? judged.then((known) => decisionsOf(known, action)) : decisionsOf(judged, action);
  }
}

function decisionsOf(judged: readonly Judgement[], action: string): readonly AccessDecision[] {
  return judged.map((judgement) => decisionOf(judgement, action));
}

function decisionOf(judgement: Judgement, action: string): AccessDecision {
  if (judgement.rule !== undefined) return judgement.allowed ? ALLOWED : DENIED;
  const { decision } = judgement;
  return decision.allowed ? ALLOWED : { allowed: false, reason: denialReason(decision, action) };
}
