// Who may do what. A caller's policies are found once a call and judged for each resource; what a policy asks of a resource's tags is read once
// for all of them. The administrator needs no policy in the own account. A node's own calls reach the node itself, whatever its role says.
import type { AccessDecision, Authorizer, ConditionFacts, DecisionOptions } from '../../../platform/access/authenticator.ts';
import type { NodePrincipal, Principal } from '../../../platform/access/principal.ts';
import type { AccountId } from '../../../platform/ids.ts';
import { nodeArn } from '../../../platform/node-arn.ts';
import type { ReadTx } from '../../../platform/store/index.ts';
import { type Call, callerFacts, principalKeys } from './caller.ts';
import { compilePolicy, remembering } from '../policy-engine/compile.ts';
import { parsePolicy } from '../policy-engine/document.ts';
import { type Decision, evaluate, type PolicySet } from '../policy-engine/evaluate.ts';
import { type RequestFacts, resourceName } from '../policy-engine/request.ts';
import { isShareable, ownerOf, resourceAccountOf } from '../policy-engine/resource-account.ts';
import { withGrants } from './granted.ts';
import { denialReason } from './reason.ts';
import { compiledResourcePolicy } from './resource-policies.ts';

/** Tags of resources by ARN; what has no tags, or is unknown, may be left out. */
export type ResourceTags = (
  arns: readonly string[],
  tx: ReadTx | undefined,
) => Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>;

/** Further facts about resources, by ARN: those of `RESOURCE_KEYS` that there are for this caller. */
export type ResourceKeys = (
  arns: readonly string[],
  tx: ReadTx | undefined,
  caller: Principal,
) => Promise<ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>>;

/** What is looked up where a policy asks for it. Lower case. */
const RESOURCE_KEYS = ['ssm:documenttype', 'iam:permissionsboundary', 'muster:nodegroup'];

export interface FoundPolicies {
  readonly set: PolicySet;
  /** Tags of the user or role: `aws:PrincipalTag/…`. */
  readonly tags: ReadonlyMap<string, string>;
  /** What was compiled, for those who ask where a statement stands. */
  readonly texts?: () => readonly { readonly id: string; readonly text: string }[];
}

/** Finds what speaks about a principal: from memory on the hot path. */
export type PolicyFinder = (principal: Principal, tx: ReadTx | undefined) => Promise<FoundPolicies>;

export interface AuthorizerOptions {
  readonly findPolicies: PolicyFinder;
  readonly resourceTags: ResourceTags;
  readonly resourceKeys: ResourceKeys;
}

const ALLOWED: AccessDecision = { allowed: true, reason: '' };
const DENIED: AccessDecision = { allowed: false, reason: '' };

/** What policies said about one request, or the rule that settles it whatever they say. */
export type Judgement =
  | { readonly rule: Rule; readonly allowed: boolean }
  | { readonly rule: undefined; readonly request: RequestFacts; readonly decision: Decision };

/** `node-key`: a node's key is good for getting credentials, and for nothing else. */
export type Rule = 'anonymous' | 'administrator' | 'node-key' | 'everybody' | 'user-session' | 'other-node';

export interface Judge {
  /** Empty for callers whose rights no policy gives. */
  readonly found: FoundPolicies | undefined;
  judge(action: string, resources: readonly string[], options?: DecisionOptions): Promise<readonly Judgement[]>;
}

export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  return {
    async open(principal, call, tx) {
      const { judge } = await openJudge(options, principal, call, tx);
      return {
        decide: (action, resources, given) =>
          judge(action, resources, given).then((judged) => judged.map((judgement) => decisionOf(judgement, action))),
      };
    },
  };
}

/** The decisions of one call with what they rest on: for the authorizer, and for those who ask why. */
export async function openJudge(
  options: AuthorizerOptions,
  principal: Principal,
  call: Call,
  tx: ReadTx | undefined,
): Promise<Judge> {
  const settled = settledByKind(principal);
  if (settled !== undefined)
    return {
      found: undefined,
      judge: (action, resources, { resourcePolicy } = {}) =>
        Promise.resolve(resources.map((resource) => settled(action, resource, resourcePolicy?.text))),
    };
  const found = await options.findPolicies(principal, tx);
  const lookups: Lookups = {
    resourceTags: (arns, inside) => options.resourceTags(arns, inside ?? tx),
    resourceKeys: (arns, inside) => options.resourceKeys(arns, inside ?? tx, principal),
  };
  return { found, judge: withGrants(judgeOf(principal, call, found, lookups), found.set, tx) };
}

/** For one caller. */
interface Lookups {
  readonly resourceTags: ResourceTags;
  readonly resourceKeys: (...asked: Parameters<ResourceTags>) => ReturnType<ResourceKeys>;
}

/** Callers whose rights no policy gives. */
function settledByKind(
  principal: Principal,
): ((action: string, resource: string, resourcePolicy: string | undefined) => Judgement) | undefined {
  if (principal.kind === 'anonymous') return () => ({ rule: 'anonymous', allowed: false });
  if (principal.kind === 'administrator')
    return (action, resource, resourcePolicy) => {
      if (isBeyondSession(principal, action)) return { rule: 'user-session', allowed: false };
      if (isOwn(resource, principal.account)) return { rule: 'administrator', allowed: true };
      const allowed =
        isShareable(action, resource) && (resourcePolicy === undefined || isGiven(principal, action, resource, resourcePolicy));
      return { rule: 'administrator', allowed };
    };
  if (principal.kind === 'node' && principal.signedWith === 'node-key')
    return (action, resource) => ({
      rule: 'node-key',
      allowed: KEY_ACTIONS.has(action) && isOwnCall(principal, action, resource),
    });
  return undefined;
}

/** Whether another account's policy gives its administrator, who may everything, this resource. */
function isGiven(principal: Principal, action: string, resource: string, resourcePolicy: string): boolean {
  const request = {
    caller: callerFacts(principal),
    action,
    resource: resourceName(resource),
    resourceAccount: principal.account,
    keys: new Map<string, readonly string[]>(),
  };
  return withResource(evaluate({ identity: [EVERYTHING], resource: compiledResourcePolicy(resourcePolicy) }, request)).allowed;
}

const EVERYTHING = compilePolicy(
  'administrator',
  parsePolicy('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', 'identity'),
);

function judgeOf(
  principal: Principal,
  call: Call,
  { set, tags }: FoundPolicies,
  { resourceTags, resourceKeys }: Lookups,
): Judge['judge'] {
  const caller = callerFacts(principal);
  let facts: ReadonlyMap<string, readonly string[]> | undefined;
  const known = () => (facts ??= principalKeys(principal, tags, call));
  // Of what belongs to another account nothing is looked up, so an explanation can tell nothing of it.
  const own = (arns: readonly string[]) => arns.filter((arn) => ownerOf(arn, principal.account) === principal.account);
  return async (action, resources, { facts: given, tx: inside, resourcePolicy } = {}) => {
    if (FOR_EVERYBODY.has(action)) return resources.map(() => ({ rule: 'everybody', allowed: true }));
    if (isBeyondSession(principal, action)) return resources.map(() => ({ rule: 'user-session', allowed: false }));
    const resource = resourcePolicy === undefined ? undefined : compiledResourcePolicy(resourcePolicy.text);
    const policies = resource === undefined ? set : { ...set, resource };
    const asked = asksAbout(set, action);
    const resourceAsks = resource === undefined ? [] : [...resource.asksFor];
    const tagged = asked.tags || resourceAsks.some(isTagKey) ? await resourceTags(own(resources), inside) : undefined;
    const keyed = asked.keys || resourceAsks.some(isResourceKey) ? await resourceKeys(own(resources), inside) : undefined;
    return resources.map((arn): Judgement => {
      if (principal.kind === 'node' && OWN_ACTIONS.has(action) && !isOwnCall(principal, action, arn))
        return { rule: 'other-node', allowed: false };
      const keys = keysOf(known(), keyed?.get(arn), given, tagged?.get(arn));
      const resourceAccount = resourceAccountOf(action, arn, principal.account);
      const request = { caller, action, resource: resourceName(arn), resourceAccount, keys };
      const decision = evaluate(policies, request);
      return { rule: undefined, request, decision: resourcePolicy?.mustAllow === true ? withResource(decision) : decision };
    });
  };
}

/** Where the resource's own policy decides who has access at all, an identity's Allow is not enough. */
function withResource(decision: Decision): Decision {
  if (!decision.allowed || decision.by.some(({ layer }) => layer === 'resource')) return decision;
  return { allowed: false, explicit: false, missing: 'resource', by: [] };
}

function decisionOf(judgement: Judgement, action: string): AccessDecision {
  if (judgement.rule !== undefined) return judgement.allowed ? ALLOWED : DENIED;
  const { decision } = judgement;
  return decision.allowed ? ALLOWED : { allowed: false, reason: denialReason(decision, action) };
}

const isTagKey = (key: string): boolean => TAG_KEYS.some((prefix) => key.startsWith(prefix));
const isResourceKey = (key: string): boolean => RESOURCE_KEYS.includes(key);

interface Asked {
  readonly tags: boolean;
  readonly keys: boolean;
}

/** Found once for each action that a caller's policies are asked about: going over a hundred statements for it takes as long as the decision. */
const askedOf = new WeakMap<PolicySet, (action: string) => Asked>();

/** What a statement about this action asks for: what only others ask for need not be read. */
function asksAbout(set: PolicySet, action: string): Asked {
  const known = askedOf.get(set);
  if (known !== undefined) return known(action);
  const fresh = remembering((one: string): Asked => {
    const { identity, boundary, session = [] } = set;
    const policies = [...identity, ...session, ...(boundary === undefined ? [] : [boundary])];
    const keys = policies.flatMap(({ about }) => about(one.toLowerCase()).flatMap(({ asksFor }) => asksFor));
    return { tags: keys.some(isTagKey), keys: keys.some(isResourceKey) };
  });
  askedOf.set(set, fresh);
  return fresh(action);
}

const TAG_KEYS = ['aws:resourcetag/', 'ssm:resourcetag/', 'iam:resourcetag/'];

/** Looked through one after another: to put them into one map would cost more than the few looks of a decision. */
function keysOf(
  known: ReadonlyMap<string, readonly string[]>,
  own: ReadonlyMap<string, readonly string[]> | undefined,
  facts: ConditionFacts | undefined,
  tags: ReadonlyMap<string, string> | undefined,
): RequestFacts['keys'] {
  if (own === undefined && (facts === undefined || facts.size === 0) && (tags === undefined || tags.size === 0)) return known;
  const tagged = new Map<string, readonly string[]>();
  for (const [key, value] of tags ?? []) for (const prefix of TAG_KEYS) tagged.set(`${prefix}${key.toLowerCase()}`, [value]);
  // What the call makes of the resource beats what the resource is.
  return { get: (key) => tagged.get(key) ?? facts?.get(key) ?? own?.get(key) ?? known.get(key) };
}

/** AWS asks no permission for them: one tells callers what they know, the other gives users no more than they have. */
const FOR_EVERYBODY: ReadonlySet<string> = new Set(['sts:GetCallerIdentity', 'sts:GetSessionToken']);

/** What AWS keeps from a user's session without a second factor: it could make itself a key that outlives it. */
function isBeyondSession(principal: Principal, action: string): boolean {
  const isSession = (principal.kind === 'user' || principal.kind === 'administrator') && principal.issuedAt !== undefined;
  return isSession && /^(?:iam|sts):/.test(action) && !OF_USER_SESSIONS.has(action);
}
const OF_USER_SESSIONS: ReadonlySet<string> = new Set([
  'iam:PassRole',
  'sts:AssumeRole',
  'sts:GetCallerIdentity',
  'sts:GetSessionToken',
]);

const KEY_ACTIONS: ReadonlySet<string> = new Set(['ssm:RequestManagedInstanceRoleToken', 'ssm:UpdateManagedInstancePublicKey']);

/** What agents call about themselves. A policy may forbid it, none can let a node speak for another. */
const OWN_ACTIONS: ReadonlySet<string> = new Set([
  'ssm:DescribeAssociation',
  'ssm:GetDeployablePatchSnapshotForInstance',
  'ssm:ListAssociations',
  'ssm:ListInstanceAssociations',
  'ssm:PutComplianceItems',
  'ssm:PutConfigurePackageResult',
  'ssm:PutInventory',
  'ssm:UpdateAssociationStatus',
  'ssm:UpdateInstanceAssociationStatus',
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
  'ec2messages:AcknowledgeMessage',
  'ec2messages:DeleteMessage',
  'ec2messages:FailMessage',
  'ec2messages:GetEndpoint',
  'ec2messages:GetMessages',
  'ec2messages:SendReply',
]);

/** Actions without a resource type: their operations take the node from the principal. */
const UNNAMED = /^(?:ssmmessages:|ec2messages:|ssm:PutConfigurePackageResult$|ssm:(?:Request|Update)ManagedInstance)/;

function isOwnCall(node: NodePrincipal, action: string, resource: string): boolean {
  return resource === nodeArn(node, node.nodeId) || (resource === '*' && UNNAMED.test(action));
}

function isOwn(resource: string, account: AccountId): boolean {
  return resource === '*' || (resource.startsWith('arn:') && ownerOf(resource, account) === account);
}
