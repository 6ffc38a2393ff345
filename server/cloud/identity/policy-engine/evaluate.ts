// The decision, in AWS's order: an explicit Deny anywhere ends it; then the resource's policy, then the identity's policies within the permissions
// boundary and the session policies. Pure. What it says names the layer that stopped the call, for AWS's sentence and for people.
import type { CompiledPolicy, CompiledStatement, Naming } from './compile.ts';
import type { RequestFacts } from './request.ts';

/** Every policy that speaks about a request. An empty list of a layer that is there allows nothing; an absent layer limits nothing. */
export interface PolicySet {
  readonly identity: readonly CompiledPolicy[];
  readonly boundary?: CompiledPolicy | undefined;
  readonly session?: readonly CompiledPolicy[] | undefined;
  readonly resource?: CompiledPolicy | undefined;
}

export type Layer = 'identity' | 'resource' | 'boundary' | 'session';

export interface MatchedStatement {
  readonly layer: Layer;
  readonly policy: string;
  /** Sid, or place. */
  readonly statement: string;
  /** In its policy, from 1. */
  readonly place: number;
}

export type Decision =
  | { readonly allowed: true; readonly by: readonly MatchedStatement[] }
  /** `by` names the statements that deny; without one, `missing` is the layer that allows nothing. */
  | { readonly allowed: false; readonly explicit: true; readonly by: readonly MatchedStatement[] }
  | { readonly allowed: false; readonly explicit: false; readonly missing: Layer; readonly by: readonly [] };

/** What a layer says: its first Deny, or its first Allow. */
interface Verdict {
  readonly deny: MatchedStatement | undefined;
  readonly allow: MatchedStatement | undefined;
  /** Of the resource's policy: the strongest way in which an Allow names the caller. */
  readonly naming: Naming | undefined;
}

export function evaluate(policies: PolicySet, request: RequestFacts): Decision {
  const identity = judge('identity', policies.identity, request);
  const boundary = policies.boundary === undefined ? undefined : judge('boundary', [policies.boundary], request);
  const session = policies.session === undefined ? undefined : judge('session', policies.session, request);
  const resource = policies.resource === undefined ? undefined : judge('resource', [policies.resource], request);

  const denies = [identity, resource, boundary, session].flatMap((verdict) => verdict?.deny ?? []);
  if (denies.length > 0) return { allowed: false, explicit: true, by: denies };

  const granting = [identity.allow, boundary?.allow, session?.allow].flatMap((allow) => allow ?? []);
  const isCrossAccount = request.resourceAccount !== request.caller.account;
  if (isCrossAccount && resource?.allow === undefined) return implicit('resource');
  if (resource?.allow !== undefined && !(isCrossAccount && needsIdentity(resource.naming))) {
    const limits = limitsOf(resource.naming);
    if (limits !== 'identity') {
      if (limits === 'boundaries') {
        if (boundary !== undefined && boundary.allow === undefined) return implicit('boundary');
        if (session !== undefined && session.allow === undefined) return implicit('session');
      }
      return { allowed: true, by: [resource.allow, ...granting] };
    }
  }
  if (identity.allow === undefined) return implicit('identity');
  if (boundary !== undefined && boundary.allow === undefined) return implicit('boundary');
  if (session !== undefined && session.allow === undefined) return implicit('session');
  return { allowed: true, by: resource?.allow === undefined ? granting : [resource.allow, ...granting] };
}

/** Across accounts the caller's own account must agree, unless the caller belongs to none. */
function needsIdentity(naming: Naming | undefined): boolean {
  return naming !== 'service' && naming !== 'federated';
}

/** What still limits a grant of a resource's policy in the same account. */
function limitsOf(naming: Naming | undefined): 'nothing' | 'boundaries' | 'identity' {
  switch (naming) {
    case 'user':
    case 'session':
    case 'service':
    case 'federated':
      return 'nothing';
    case 'role':
    case 'everyone':
      return 'boundaries';
    default:
      return 'identity';
  }
}

function implicit(missing: Layer): Decision {
  return { allowed: false, explicit: false, missing, by: [] };
}

function judge(layer: Layer, policies: readonly CompiledPolicy[], request: RequestFacts): Verdict {
  const action = request.action.toLowerCase();
  let allow: MatchedStatement | undefined;
  let best: Naming | undefined;
  for (const policy of policies) {
    const about = policy.about(action);
    // By index: a decision goes over dozens of statements, and an iterator's results would be most of what it allocates.
    for (let index = 0; index < about.length; index += 1) {
      const statement = about[index]!;
      // Once something allows, only a Deny can change the verdict; a policy of a resource may still name the caller more closely.
      if (statement.effect === 'Allow' && allow !== undefined && statement.naming === undefined) continue;
      if (!isAbout(statement, request)) continue;
      const naming = statement.naming?.(request.caller);
      if (statement.naming !== undefined && naming === undefined) continue;
      const matched = { layer, policy: policy.id, statement: statement.name, place: statement.place };
      if (statement.effect === 'Deny') return { deny: matched, allow: undefined, naming: undefined };
      if (allow === undefined || rank(naming) < rank(best)) {
        allow = matched;
        best = naming;
      }
    }
  }
  return { deny: undefined, allow, naming: best };
}

/** Of a statement about the action. */
function isAbout(statement: CompiledStatement, request: RequestFacts): boolean {
  if (!statement.isAboutResource(request)) return false;
  for (const { holds } of statement.conditions) if (!holds(request)) return false;
  return true;
}

const RANKS: Readonly<Record<Naming, number>> = {
  user: 0,
  session: 1,
  service: 2,
  federated: 3,
  role: 4,
  everyone: 5,
  account: 6,
};

function rank(naming: Naming | undefined): number {
  return naming === undefined ? Number.POSITIVE_INFINITY : RANKS[naming];
}
