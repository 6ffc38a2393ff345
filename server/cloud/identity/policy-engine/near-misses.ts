// Which statements nearly decided a request, and what of them does not fit it: for people who look for the reason of a denial. Pure.
import type { CompiledPolicy, CompiledStatement } from './compile.ts';
import type { Layer, MatchedStatement, PolicySet } from './evaluate.ts';
import type { RequestFacts } from './request.ts';

export interface NearMiss extends MatchedStatement {
  readonly effect: 'Allow' | 'Deny';
  /** Of a resource's policy: whether the statement names the caller. */
  readonly isAboutCaller: boolean;
  /** Conditions that do not hold; empty, where the caller is named: the resource does not fit. */
  readonly conditions: readonly UnmetCondition[];
}

export interface UnmetCondition {
  /** `StringEquals ssm:resourceTag/env`. */
  readonly written: string;
  /** Lower case. */
  readonly key: string;
  /** What the request has; undefined: nothing. */
  readonly given: readonly string[] | undefined;
}

/** Statements about the action that miss by their resource, by whom they name, or by their conditions alone, in the order of their layers. */
export function nearMisses(policies: PolicySet, request: RequestFacts): readonly NearMiss[] {
  const action = request.action.toLowerCase();
  return layersOf(policies).flatMap(([layer, policy]) =>
    policy.statements.flatMap((statement) => {
      if (!statement.isAboutAction(action)) return [];
      const isAboutResource = statement.isAboutResource(request);
      const isAboutCaller = statement.naming === undefined || statement.naming(request.caller) !== undefined;
      const conditions = unmet(statement, request);
      if ([isAboutResource, isAboutCaller, conditions.length === 0].filter((fits) => !fits).length !== 1) return [];
      const { name, place, effect } = statement;
      return [{ layer, policy: policy.id, statement: name, place, effect, isAboutCaller, conditions }];
    }),
  );
}

function layersOf({ identity, boundary, session, resource }: PolicySet): readonly (readonly [Layer, CompiledPolicy])[] {
  return [
    ...identity.map((policy) => ['identity', policy] as const),
    ...(resource === undefined ? [] : [['resource', resource] as const]),
    ...(boundary === undefined ? [] : [['boundary', boundary] as const]),
    ...(session ?? []).map((policy) => ['session', policy] as const),
  ];
}

function unmet({ conditions }: CompiledStatement, request: RequestFacts): readonly UnmetCondition[] {
  return conditions
    .filter(({ holds }) => !holds(request))
    .map(({ written }) => {
      const key = written.slice(written.indexOf(' ') + 1).toLowerCase();
      return { written, key, given: request.keys.get(key) };
    });
}
