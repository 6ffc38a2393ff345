// Who may do what. Pure. The administrator: everything in the own account. A node with its role's credentials: what the actions of
// AmazonSSMManagedInstanceCore are for, on itself. A node with its own key: the two calls that get it credentials. Anything not named
// here is denied.
import type { NodePrincipal, Principal } from '../../platform/access/principal.ts';

/**
 * What a node's action may reach. `self`: the node's own ARN. `unnamed`: `*`, for actions without a resource type in IAM; their
 * operations take the node from the principal and compare what the input names. `document`: documents of the account, AWS's, and
 * those that other accounts share (which of them are, is asked where documents are looked up).
 * `parameter`: parameters below the node's own path. AWS lets a node read every parameter of the account, which turns one broken
 * node into all secrets; until roles carry policies a node reads `/muster/nodes/<its id>/…` only.
 */
type Reach = 'self' | 'unnamed' | 'document' | 'parameter';

const ROLE_ACTIONS: Readonly<Record<string, readonly Reach[]>> = {
  'ssm:DescribeAssociation': ['self'],
  'ssm:DescribeDocument': ['document'],
  'ssm:GetDeployablePatchSnapshotForInstance': ['self'],
  'ssm:GetDocument': ['document'],
  'ssm:GetManifest': ['document', 'unnamed'],
  'ssm:GetParameter': ['parameter'],
  'ssm:GetParameters': ['parameter'],
  'ssm:ListAssociations': ['self'],
  'ssm:ListInstanceAssociations': ['self'],
  'ssm:PutComplianceItems': ['self'],
  'ssm:PutConfigurePackageResult': ['self', 'unnamed'],
  'ssm:PutInventory': ['self'],
  'ssm:UpdateAssociationStatus': ['self'],
  'ssm:UpdateInstanceAssociationStatus': ['self'],
  'ssm:UpdateInstanceInformation': ['self'],
  'ssmmessages:CreateControlChannel': ['self', 'unnamed'],
  'ssmmessages:CreateDataChannel': ['self', 'unnamed'],
  'ssmmessages:OpenControlChannel': ['self', 'unnamed'],
  'ssmmessages:OpenDataChannel': ['self', 'unnamed'],
  'ec2messages:AcknowledgeMessage': ['self', 'unnamed'],
  'ec2messages:DeleteMessage': ['self', 'unnamed'],
  'ec2messages:FailMessage': ['self', 'unnamed'],
  'ec2messages:GetEndpoint': ['self', 'unnamed'],
  'ec2messages:GetMessages': ['self', 'unnamed'],
  'ec2messages:SendReply': ['self', 'unnamed'],
  // AWS asks no permission for it: it tells callers what they know.
  'sts:GetCallerIdentity': ['unnamed'],
};

const KEY_ACTIONS: Readonly<Record<string, readonly Reach[]>> = {
  'ssm:RequestManagedInstanceRoleToken': ['self', 'unnamed'],
  'ssm:UpdateManagedInstancePublicKey': ['self', 'unnamed'],
};

export function allowed(principal: Principal, action: string, resource: string): boolean {
  if (principal.kind === 'anonymous') return false;
  if (principal.kind === 'administrator')
    return resource === '*' || isInAccount(resource, principal.account) || mayBeShared(action, resource);
  const actions = principal.signedWith === 'node-key' ? KEY_ACTIONS : ROLE_ACTIONS;
  if (!Object.hasOwn(actions, action)) return false;
  return actions[action]!.some((reach) => REACHES[reach](principal, resource));
}

/** ARNs without an account (buckets, AWS's own documents) belong to nobody else. */
function isInAccount(resource: string, account: string): boolean {
  const [arn, , , , owner] = resource.split(':', 6);
  return arn === 'arn' && (owner === account || owner === '');
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
/** AWS's own carry no account. */
const DOCUMENT = /^arn:aws:ssm:([^:]*):(?:[0-9]{12})?:document\//;

function mayBeShared(action: string, resource: string): boolean {
  return OF_SHARED_DOCUMENTS.has(action) && DOCUMENT.test(resource);
}

const REACHES: Readonly<Record<Reach, (node: NodePrincipal, resource: string) => boolean>> = {
  self: (node, resource) => resource === nodeArn(node),
  unnamed: (_node, resource) => resource === '*',
  document: ({ region }, resource) => DOCUMENT.exec(resource)?.[1] === region,
  parameter: ({ region, account, nodeId }, resource) =>
    resource.startsWith(`arn:aws:ssm:${region}:${account}:parameter/muster/nodes/${nodeId}/`),
};

function nodeArn({ region, account, nodeId }: NodePrincipal): string {
  return nodeId.startsWith('i-')
    ? `arn:aws:ec2:${region}:${account}:instance/${nodeId}`
    : `arn:aws:ssm:${region}:${account}:managed-instance/${nodeId}`;
}
