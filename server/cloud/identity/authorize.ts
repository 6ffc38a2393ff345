// Who may do what. A caller's policies are found once a call and judged for each resource; what a policy asks of a resource's tags is read once
// for all of them. The administrator needs no policy in the own account. A node's own calls reach the node itself, whatever its role says.
import type { AccessDecision, Authorizer, CallFacts, ConditionFacts, Permissions } from '../../platform/access/authenticator.ts';
import type { NodePrincipal, Principal } from '../../platform/access/principal.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import { callerFacts, principalKeys } from './caller.ts';
import { type Decision, evaluate, type PolicySet } from './policy/evaluate.ts';
import { resourceName } from './policy/request.ts';
import { denialReason } from './reason.ts';

/** Tags of resources by ARN; what has no tags, or is unknown, may be left out. */
export type ResourceTags = (
  arns: readonly string[],
  tx: ReadTx | undefined,
) => Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>;

export interface FoundPolicies {
  readonly set: PolicySet;
  /** Lower-case keys that any of them asks for. */
  readonly asksFor: ReadonlySet<string>;
  /** Tags of the user or role: `aws:PrincipalTag/…`. */
  readonly tags: ReadonlyMap<string, string>;
}

/** Finds what speaks about a principal: from memory on the hot path. */
export type PolicyFinder = (principal: Principal, tx: ReadTx | undefined) => Promise<FoundPolicies>;

export interface AuthorizerOptions {
  readonly findPolicies: PolicyFinder;
  readonly resourceTags: ResourceTags;
}

const ALLOWED: AccessDecision = { allowed: true, reason: '' };
const DENIED: AccessDecision = { allowed: false, reason: '' };

export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  return {
    async open(principal, call, tx) {
      const settled = settledByKind(principal);
      if (settled !== undefined) return settled;
      const found = await options.findPolicies(principal, tx);
      return permissionsOf(principal, call, found, (arns, inside) => options.resourceTags(arns, inside ?? tx));
    },
  };
}

/** Callers whose rights no policy gives. */
function settledByKind(principal: Principal): Permissions | undefined {
  if (principal.kind === 'anonymous') return fixed(() => DENIED);
  if (principal.kind === 'administrator')
    return fixed((action, resource) => (isOwn(resource, principal.account) || isShareable(action, resource) ? ALLOWED : DENIED));
  // A node's key is good for getting credentials, and for nothing else.
  if (principal.kind === 'node' && principal.signedWith === 'node-key')
    return fixed((action, resource) => (KEY_ACTIONS.has(action) && isOwnCall(principal, action, resource) ? ALLOWED : DENIED));
  return undefined;
}

function fixed(decide: (action: string, resource: string) => AccessDecision): Permissions {
  return { decide: (action, resources) => Promise.resolve(resources.map((resource) => decide(action, resource))) };
}

function permissionsOf(
  principal: Principal,
  call: CallFacts,
  { set, asksFor, tags }: FoundPolicies,
  resourceTags: ResourceTags,
): Permissions {
  const caller = callerFacts(principal);
  const known = principalKeys(principal, tags, call);
  const asksForTags = [...asksFor].some((key) => TAG_KEYS.some((prefix) => key.startsWith(prefix)));
  return {
    async decide(action, resources, { facts, tx: inside } = {}) {
      if (FOR_EVERYBODY.has(action)) return resources.map(() => ALLOWED);
      const tagged = asksForTags ? await resourceTags(resources, inside) : undefined;
      return resources.map((resource) => {
        if (principal.kind === 'node' && OWN_ACTIONS.has(action) && !isOwnCall(principal, action, resource)) return DENIED;
        const keys = keysOf(known, facts, tagged?.get(resource));
        const resourceAccount = isShareable(action, resource) ? principal.account : ownerOf(resource, principal.account);
        return decisionOf(evaluate(set, { caller, action, resource: resourceName(resource), resourceAccount, keys }), action);
      });
    },
  };
}

function decisionOf(decision: Decision, action: string): AccessDecision {
  return decision.allowed ? ALLOWED : { allowed: false, reason: denialReason(decision, action) };
}

const TAG_KEYS = ['aws:resourcetag/', 'ssm:resourcetag/', 'iam:resourcetag/'];

function keysOf(
  known: ReadonlyMap<string, readonly string[]>,
  facts: ConditionFacts | undefined,
  tags: ReadonlyMap<string, string> | undefined,
): ReadonlyMap<string, readonly string[]> {
  if ((facts === undefined || facts.size === 0) && (tags === undefined || tags.size === 0)) return known;
  const keys = new Map([...known, ...(facts ?? [])]);
  for (const [key, value] of tags ?? []) for (const prefix of TAG_KEYS) keys.set(`${prefix}${key.toLowerCase()}`, [value]);
  return keys;
}

/** AWS asks no permission for it: it tells callers what they know. */
const FOR_EVERYBODY: ReadonlySet<string> = new Set(['sts:GetCallerIdentity']);

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

/** ARNs without an account (buckets, AWS's own documents) belong to nobody else. */
function ownerOf(resource: string, account: string): string {
  const owner = resource.startsWith('arn:') ? resource.split(':', 6)[4] : '';
  return owner === '' || owner === undefined || owner === 'aws' ? account : owner;
}

function isOwn(resource: string, account: string): boolean {
  return resource === '*' || (resource.startsWith('arn:') && ownerOf(resource, account) === account);
}

/**
 * What may be done with another account's document. Whether this one is shared with the caller is asked of its owner's rows by the domain of
 * documents, to which what is not shared does not exist.
 */
const OF_SHARED_DOCUMENTS: ReadonlySet<string> = new Set([
  'ssm:DescribeDocument',
  'ssm:GetDocument',
  'ssm:ListDocumentVersions',
  'ssm:SendCommand',
]);
const DOCUMENT = /^arn:aws:ssm:[^:]*:(?:[0-9]{12})?:document\//;

function isShareable(action: string, resource: string): boolean {
  return OF_SHARED_DOCUMENTS.has(action) && DOCUMENT.test(resource);
}
