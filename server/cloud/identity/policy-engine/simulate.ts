// What a decision would be, without a call: the same evaluation as that of real calls, over policies and facts that are given. Pure.
import type { AccountId } from '../../../platform/ids.ts';
import type { CompiledPolicy } from './compile.ts';
import { type Decision, evaluate, type MatchedStatement, type PolicySet } from './evaluate.ts';
import { type CallerFacts, resourceName } from './request.ts';
import { resourceAccountOf } from './resource-account.ts';

export interface Simulation {
  readonly policies: PolicySet;
  readonly caller: CallerFacts;
  readonly actions: readonly string[];
  /** ARNs, or `*`. */
  readonly resources: readonly string[];
  /** An account; undefined: the account in the ARN, or the caller's. */
  readonly resourceOwner: AccountId | undefined;
  /** Lower-case keys. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
}

export type SimulatedDecision = 'allowed' | 'explicitDeny' | 'implicitDeny';

export interface SimulatedResult {
  readonly action: string;
  readonly resource: string;
  readonly decision: SimulatedDecision;
  readonly matched: readonly MatchedStatement[];
  /** Keys that the policies ask for and nobody gave: the decision may be another with them. */
  readonly missingKeys: readonly string[];
  /** Undefined without a boundary. */
  readonly allowedByBoundary: boolean | undefined;
}

export function simulate(simulation: Simulation): readonly SimulatedResult[] {
  const { policies, caller, actions, resources, keys } = simulation;
  const missingKeys = [...keysOf(policies)].filter((key) => !keys.has(key)).toSorted();
  return actions.flatMap((action) =>
    resources.map((resource) => {
      const request = {
        caller,
        action,
        resource: resourceName(resource),
        resourceAccount: simulation.resourceOwner ?? resourceAccountOf(action, resource, caller.account),
        keys,
      };
      const decision = evaluate(policies, request);
      return {
        action,
        resource,
        decision: nameOf(decision),
        matched: decision.by,
        missingKeys,
        allowedByBoundary:
          policies.boundary === undefined
            ? undefined
            : evaluate({ identity: [policies.boundary] }, { ...request, resourceAccount: caller.account }).allowed,
      };
    }),
  );
}

export function keysOf(policies: PolicySet): ReadonlySet<string> {
  const all: readonly (CompiledPolicy | undefined)[] = [
    ...policies.identity,
    ...(policies.session ?? []),
    policies.boundary,
    policies.resource,
  ];
  return new Set(all.flatMap((policy) => [...(policy?.asksFor ?? [])]));
}

function nameOf(decision: Decision): SimulatedDecision {
  if (decision.allowed) return 'allowed';
  return decision.explicit ? 'explicitDeny' : 'implicitDeny';
}
