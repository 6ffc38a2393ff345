// What no policy decides: callers whose rights no policy gives, actions that everybody may, what a user's session may not, and that a node's own
// calls reach the node itself, whatever its role says. Pure.
import type { NodePrincipal, Principal } from '../../../platform/access/principal.ts';
import type { AccountId } from '../../../platform/ids.ts';
import { nodeArn } from '../../../platform/node-arn.ts';
import { compilePolicy } from '../policy-engine/compile.ts';
import { parsePolicy } from '../policy-engine/document.ts';
import { type Decision, evaluate } from '../policy-engine/evaluate.ts';
import { resourceName } from '../policy-engine/request.ts';
import { isShareable, ownerOf } from '../policy-engine/resource-account.ts';
import { callerFacts } from './caller.ts';
import type { Judge, RuledJudgement } from './judgement.ts';
import { compiledResourcePolicy } from './resource-policies.ts';

/** Of callers whose rights no policy gives. */
export function judgeByKind(principal: Principal): Judge | undefined {
  const settled = settledByKind(principal);
  if (settled === undefined) return undefined;
  return {
    found: undefined,
    judge: (action, resources, { resourcePolicy } = {}) =>
      resources.map((resource) => settled(action, resource, resourcePolicy?.text)),
  };
}

function settledByKind(
  principal: Principal,
): ((action: string, resource: string, resourcePolicy: string | undefined) => RuledJudgement) | undefined {
  if (principal.kind === 'anonymous') return () => ({ rule: 'anonymous', allowed: false });
  if (principal.kind === 'administrator')
    return (action, resource, resourcePolicy) => {
      if (isBeyondSession(principal, action)) return USER_SESSION;
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
    keys: NO_KEYS,
  };
  return withResource(evaluate({ identity: [EVERYTHING], resource: compiledResourcePolicy(resourcePolicy) }, request)).allowed;
}

const NO_KEYS = new Map<string, readonly string[]>();
const EVERYTHING = compilePolicy(
  'administrator',
  parsePolicy('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', 'identity'),
);

/** Where the resource's own policy decides who has access at all, an identity's Allow is not enough. */
export function withResource(decision: Decision): Decision {
  if (!decision.allowed || decision.by.some(({ layer }) => layer === 'resource')) return decision;
  return { allowed: false, explicit: false, missing: 'resource', by: [] };
}

/** Before any policy of a caller is asked. */
export function settledByAction(principal: Principal, action: string): RuledJudgement | undefined {
  if (FOR_EVERYBODY.has(action)) return EVERYBODY;
  return isBeyondSession(principal, action) ? USER_SESSION : undefined;
}

const EVERYBODY: RuledJudgement = { rule: 'everybody', allowed: true };
const USER_SESSION: RuledJudgement = { rule: 'user-session', allowed: false };
const OTHER_NODE: RuledJudgement = { rule: 'other-node', allowed: false };

/** A policy may forbid a node its own calls, none can let it speak for another. */
export function settledByNode(principal: Principal, action: string, resource: string): RuledJudgement | undefined {
  if (principal.kind !== 'node' || !OWN_ACTIONS.has(action)) return undefined;
  return isOwnCall(principal, action, resource) ? undefined : OTHER_NODE;
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

/** What agents call about themselves. */
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
