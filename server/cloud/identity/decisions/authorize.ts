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
import type { Call } from './caller.ts';
import type { FoundPolicies, PolicyFinder } from './find-policies.ts';
import { PolicyJudge } from './judge.ts';
import type { Judge, Judgement } from './judgement.ts';
import type { Lookups } from './lookups.ts';
import { denialReason } from './reason.ts';
import { judgeByKind } from './rules.ts';

export interface AuthorizerOptions extends Lookups {
  readonly findPolicies: PolicyFinder;
}

const ALLOWED: AccessDecision = { allowed: true, reason: '' };
const DENIED: AccessDecision = { allowed: false, reason: '' };

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
