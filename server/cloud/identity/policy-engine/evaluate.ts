// The decision, in AWS's order: an explicit Deny anywhere ends it; then the resource's policy, then the identity's policies within the permissions
// boundary and the session policies. Pure. What it says names the layer that stopped the call, for AWS's sentence and for people.
import { type CompiledPolicy, type CompiledStatement, isStronger, type Naming, remembering, statementsAbout } from './compile.ts';
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
  const action = lowerCase(request.action);
  const { boundary: ofBoundary, session: ofSession, resource: ofResource } = policies;
  const identity = judge('identity', statementsAbout(policies.identity, action), request);
  const boundary = ofBoundary === undefined ? undefined : judge('boundary', ofBoundary.about(action), request);
  const session = ofSession === undefined ? undefined : judge('session', statementsAbout(ofSession, action), request);
  const resource = ofResource === undefined ? undefined : judge('resource', ofResource.about(action), request);

  const denies = listed(identity.deny, resource?.deny, boundary?.deny, session?.deny);
  if (denies.length > 0) return { allowed: false, explicit: true, by: denies };

  const isCrossAccount = request.resourceAccount !== request.caller.account;
  if (isCrossAccount && resource?.allow === undefined) return implicit('resource');
  const limits =
    resource?.allow === undefined || (isCrossAccount && needsIdentity(resource.naming)) ? 'identity' : limitsOf(resource.naming);
  if (limits === 'identity' && identity.allow === undefined) return implicit('identity');
  if (limits !== 'nothing') {
    if (boundary !== undefined && boundary.allow === undefined) return implicit('boundary');
    if (session !== undefined && session.allow === undefined) return implicit('session');
  }
  return { allowed: true, by: listed(resource?.allow, identity.allow, boundary?.allow, session?.allow) };
}

/** Those that are there, in this order. Nearly always it is one. */
function listed(
  first: MatchedStatement | undefined,
  second: MatchedStatement | undefined,
  third: MatchedStatement | undefined,
  fourth: MatchedStatement | undefined,
): readonly MatchedStatement[] {
  return followedBy(followedBy(followedBy(followedBy(NOBODY, first), second), third), fourth);
}

const NOBODY: readonly MatchedStatement[] = [];

/** A list of its exact length: one that grows makes room for sixteen. */
function followedBy(list: readonly MatchedStatement[], one: MatchedStatement | undefined): readonly MatchedStatement[] {
  if (one === undefined) return list;
  return list.length === 0 ? [one] : [...list, one];
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

/** `statements`: of one layer, about the action. */
function judge(layer: Layer, statements: readonly CompiledStatement[], request: RequestFacts): Verdict {
  let allow: CompiledStatement | undefined;
  let best: Naming | undefined;
  // By index: a decision goes over dozens of statements, and an iterator's results would be most of what it allocates.
  for (let index = 0; index < statements.length; index += 1) {
    const statement = statements[index]!;
    const isDeny = statement.effect === 'Deny';
    // Once something allows, only a Deny can change the verdict; a policy of a resource may still name the caller more closely.
    if (!isDeny && allow !== undefined && statement.naming === undefined) continue;
    if (!isAbout(statement, request)) continue;
    const naming = statement.naming?.(request.caller);
    if (statement.naming !== undefined && naming === undefined) continue;
    if (isDeny) return { deny: matched(layer, statement), allow: undefined, naming: undefined };
    if (allow !== undefined && !isStronger(naming, best)) continue;
    allow = statement;
    best = naming;
  }
  return { deny: undefined, allow: allow && matched(layer, allow), naming: best };
}

function matched(layer: Layer, { policy, name, place }: CompiledStatement): MatchedStatement {
  return { layer, policy, statement: name, place };
}

/** Of a statement about the action. */
function isAbout({ isAboutResource, conditions }: CompiledStatement, request: RequestFacts): boolean {
  if (!isAboutResource(request)) return false;
  for (let index = 0; index < conditions.length; index += 1) if (!conditions[index]!.holds(request)) return false;
  return true;
}

/** More than this server has; simulations may ask for any. */
const ACTIONS_MAX = 1_000;
/** One text for each action: what policies remember about it, they find again by it. */
const lowerCase = remembering((action) => action.toLowerCase(), ACTIONS_MAX);
