// One call of every operation that is not an agent's, in an order in which each succeeds for the administrator, on a server with two nodes and the
// group `Picked`. For the walks over all operations.
import { AUDIT_CALLS } from './cloud/audit/audit-calls.fixture.ts';
import { IAM_CALLS } from './cloud/identity/iam-calls.fixture.ts';
import { keyCalls } from './cloud/keys/key-calls.fixture.ts';

export type EveryCall = readonly [
  key: string,
  input: () => Readonly<Record<string, unknown>>,
  keep?: ((answer: string) => void) | undefined,
  status?: number,
];

export const SCOPE_TEXT = { account: '000000000000', region: 'us-east-1' } as const;
const NOTHING = '00000000-0000-0000-0000-000000000000';

/** What later calls take from earlier answers; before that, of the right form. */
export interface CallIds {
  nodeId: string;
  spareId: string;
  commandId: string;
  activationId: string;
  accessKeyId: string;
  policyId: string;
  policyHash: string;
  /** Made before the calls: of one there, to revoke. */
  grant: { readonly KeyId: string; readonly GrantId: string };
}

export const newCallIds = (): CallIds => ({
  nodeId: '',
  spareId: '',
  commandId: NOTHING,
  activationId: NOTHING,
  accessKeyId: '',
  policyId: '',
  policyHash: '',
  grant: { KeyId: NOTHING, GrantId: '0'.repeat(64) },
});

/** What is done with members needs a group without a query. */
export const PICKED = { Name: 'Picked', Configuration: [{ Type: 'AWS::ResourceGroups::Generic' }] };

const TAGGED = { Type: 'TAG_FILTERS_1_0', Query: '{"TagFilters":[{"Key":"a"}]}' };
const GENERIC = PICKED.Configuration;
const GROUP_ARN = `arn:aws:resource-groups:${SCOPE_TEXT.region}:${SCOPE_TEXT.account}:group/Walked`;
const ROLE_ARN = `arn:aws:iam::${SCOPE_TEXT.account}:role/MusterNode`;
const POLICY = JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } });
const TIER_SETTING = '/ssm/parameter-store/default-parameter-tier';
const PARAMETER_ARN = `arn:aws:ssm:${SCOPE_TEXT.region}:${SCOPE_TEXT.account}:parameter/walked/a`;
const SHARING = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { AWS: '210987654321' }, Action: 'ssm:GetParameter', Resource: PARAMETER_ARN },
});
const arn = (id: string): string => `arn:aws:ssm:${SCOPE_TEXT.region}:${SCOPE_TEXT.account}:managed-instance/${id}`;
const content = (version: string): string =>
  JSON.stringify({
    schemaVersion: '2.2',
    description: version,
    mainSteps: [{ action: 'aws:runShellScript', name: 'say', inputs: { runCommand: ['echo hello'] } }],
  });

/** Those that need nothing of the calls before. */
const WITHOUT_NODES: readonly EveryCall[] = [
  ['ssm:ListCommands', () => ({})],
  ['muster:ExplainAccess', () => ({ Action: 'ssm:GetDocument' })],
  ['iam:SimulateCustomPolicy', () => ({ 'PolicyInputList.member.1': POLICY, 'ActionNames.member.1': 'ssm:GetDocument' })],
  ['iam:SimulatePrincipalPolicy', () => ({ PolicySourceArn: ROLE_ARN, 'ActionNames.member.1': 'ssm:GetDocument' })],
  ['iam:GetContextKeysForCustomPolicy', () => ({ 'PolicyInputList.member.1': POLICY })],
  ['iam:GetContextKeysForPrincipalPolicy', () => ({ PolicySourceArn: ROLE_ARN })],
  ...IAM_CALLS,
  ...AUDIT_CALLS,
];

export function everyCall(ids: CallIds): readonly EveryCall[] {
  return [...resourceCalls(ids), ...nodeCalls(ids), ...keyCalls(ids), ...WITHOUT_NODES];
}

function resourceCalls(ids: CallIds): readonly EveryCall[] {
  return [
    ['ssm:CreateDocument', () => ({ Name: 'Walked', Content: content('1'), DocumentType: 'Command' })],
    ['ssm:UpdateDocument', () => ({ Name: 'Walked', Content: content('2'), DocumentVersion: '$LATEST' })],
    ['ssm:UpdateDocumentDefaultVersion', () => ({ Name: 'Walked', DocumentVersion: '2' })],
    ['ssm:ListDocuments', () => ({})],
    ['muster:CreateAttachmentUpload', () => ({ Sha256: 'a'.repeat(64), SizeBytes: 1 })],
    ['ssm:ModifyDocumentPermission', () => ({ Name: 'Walked', PermissionType: 'Share', AccountIdsToRemove: ['210987654321'] })],
    ['ssm:DescribeDocumentPermission', () => ({ Name: 'Walked', PermissionType: 'Share' })],
    ['ssm:ListDocumentVersions', () => ({ Name: 'Walked' })],
    [
      'ssm:CreateActivation',
      () => ({ IamRole: 'MusterNode' }),
      (answer) => (ids.activationId = /"ActivationId":"([^"]+)"/.exec(answer)?.[1] ?? ''),
    ],
    ['ssm:DescribeActivations', () => ({})],
    ['ssm:DeleteActivation', () => ({ ActivationId: ids.activationId })],
    [
      'ssm:AddTagsToResource',
      () => ({ ResourceType: 'ManagedInstance', ResourceId: ids.nodeId, Tags: [{ Key: 'a', Value: 'b' }] }),
    ],
    ['ssm:ListTagsForResource', () => ({ ResourceType: 'ManagedInstance', ResourceId: ids.nodeId })],
    ['ssm:RemoveTagsFromResource', () => ({ ResourceType: 'ManagedInstance', ResourceId: ids.nodeId, TagKeys: ['a'] })],
    ['resource-groups:CreateGroup', () => ({ Name: 'Walked', ResourceQuery: TAGGED })],
    ['resource-groups:UpdateGroup', () => ({ Group: 'Walked', Description: 'new' })],
    ['resource-groups:UpdateGroupQuery', () => ({ Group: 'Walked', ResourceQuery: TAGGED })],
    ['resource-groups:PutGroupConfiguration', () => ({ Group: 'Picked', Configuration: GENERIC }), undefined, 202],
    ['resource-groups:GroupResources', () => ({ Group: 'Picked', ResourceArns: [arn(ids.nodeId)] })],
    ['resource-groups:UngroupResources', () => ({ Group: 'Picked', ResourceArns: [arn(ids.nodeId)] })],
    ['resource-groups:GetGroup', () => ({ Group: 'Walked' })],
    ['resource-groups:GetGroupQuery', () => ({ Group: 'Walked' })],
    ['resource-groups:GetGroupConfiguration', () => ({ Group: 'Picked' })],
    ['resource-groups:ListGroups', () => ({})],
    ['resource-groups:ListGroupResources', () => ({ Group: 'Walked' })],
    ['resource-groups:SearchResources', () => ({ ResourceQuery: TAGGED })],
    ['resource-groups:Tag', () => ({ Arn: GROUP_ARN, Tags: { a: 'b' } })],
    ['resource-groups:GetTags', () => ({ Arn: GROUP_ARN })],
    ['resource-groups:Untag', () => ({ Arn: GROUP_ARN, Keys: ['a'] })],
    ['resource-groups:DeleteGroup', () => ({ Group: 'Walked' })],
    ['resourcegroupstaggingapi:TagResources', () => ({ ResourceARNList: [arn(ids.nodeId)], Tags: { a: 'b' } })],
    ['resourcegroupstaggingapi:GetResources', () => ({})],
    ['resourcegroupstaggingapi:GetTagKeys', () => ({})],
    ['resourcegroupstaggingapi:GetTagValues', () => ({ Key: 'a' })],
    ['resourcegroupstaggingapi:UntagResources', () => ({ ResourceARNList: [arn(ids.nodeId)], TagKeys: ['a'] })],
    ['sts:GetAccessKeyInfo', () => ({ AccessKeyId: ids.accessKeyId })],
  ];
}

function nodeCalls(ids: CallIds): readonly EveryCall[] {
  return [
    ['ssm:DescribeInstanceInformation', () => ({})],
    ['ssm:GetConnectionStatus', () => ({ Target: ids.nodeId })],
    ['ssm:UpdateManagedInstanceRole', () => ({ InstanceId: ids.nodeId, IamRole: 'MusterNode' })],
    ...commandCalls(ids),
    ['ssm:UpdateDocumentMetadata', () => ({ Name: 'Walked', DocumentReviews: { Action: 'SendForReview' } })],
    ['ssm:ListDocumentMetadataHistory', () => ({ Name: 'Walked', Metadata: 'DocumentReviews' })],
    ['ssm:DeleteDocument', () => ({ Name: 'Walked' })],
    ['ssm:PutParameter', () => ({ Name: '/walked/a', Value: 'v', Type: 'String', Tier: 'Advanced' })],
    ['ssm:GetParameter', () => ({ Name: '/walked/a' })],
    ['ssm:GetParameters', () => ({ Names: ['/walked/a'] })],
    ['muster:GetParameters', () => ({ Names: ['/walked/a'] })],
    ['muster:WatchParameters', () => ({ Names: ['/walked/a'] })],
    ['muster:RollbackParameter', () => ({ Name: '/walked/a', ParameterVersion: 1 })],
    ['ssm:GetParametersByPath', () => ({ Path: '/walked' })],
    ['ssm:GetParameterHistory', () => ({ Name: '/walked/a' })],
    ['ssm:DescribeParameters', () => ({})],
    ['ssm:UpdateServiceSetting', () => ({ SettingId: TIER_SETTING, SettingValue: 'Standard' })],
    ['ssm:GetServiceSetting', () => ({ SettingId: TIER_SETTING })],
    ['ssm:ResetServiceSetting', () => ({ SettingId: TIER_SETTING })],
    ['ssm:LabelParameterVersion', () => ({ Name: '/walked/a', Labels: ['l'] })],
    ['ssm:UnlabelParameterVersion', () => ({ Name: '/walked/a', ParameterVersion: 1, Labels: ['l'] })],
    [
      'ssm:PutResourcePolicy',
      () => ({ ResourceArn: PARAMETER_ARN, Policy: SHARING }),
      (answer) => {
        ids.policyId = /"PolicyId":"([^"]+)"/.exec(answer)?.[1] ?? '';
        ids.policyHash = /"PolicyHash":"([^"]+)"/.exec(answer)?.[1] ?? '';
      },
    ],
    ['ssm:GetResourcePolicies', () => ({ ResourceArn: PARAMETER_ARN })],
    ['ssm:DeleteResourcePolicy', () => ({ ResourceArn: PARAMETER_ARN, PolicyId: ids.policyId, PolicyHash: ids.policyHash })],
    ['ssm:DeleteParameters', () => ({ Names: ['/walked/none'] })],
    ['ssm:DeleteParameter', () => ({ Name: '/walked/a' })],
    ['ssm:DeregisterManagedInstance', () => ({ InstanceId: ids.spareId })],
  ];
}

function commandCalls(ids: CallIds): readonly EveryCall[] {
  return [
    [
      'ssm:SendCommand',
      // One waits, so that it ends at once when the command is cancelled, and can be run again.
      () => ({ DocumentName: 'Walked', InstanceIds: [ids.nodeId, ids.spareId], MaxConcurrency: '1' }),
      (answer) => (ids.commandId = /"CommandId":"([^"]+)"/.exec(answer)?.[1] ?? ''),
    ],
    ['ssm:GetCommandInvocation', () => ({ CommandId: ids.commandId, InstanceId: ids.nodeId })],
    ['ssm:ListCommandInvocations', () => ({ CommandId: ids.commandId })],
    ['muster:PreviewCommand', () => ({ DocumentName: 'Walked', InstanceIds: [ids.nodeId] })],
    ['muster:DescribeCommand', () => ({ CommandId: ids.commandId })],
    ['muster:ExplainInvocation', () => ({ CommandId: ids.commandId, InstanceId: ids.nodeId })],
    ['muster:ListInvocationSteps', () => ({ CommandId: ids.commandId, InstanceId: ids.nodeId })],
    ['muster:ListInvocationGroups', () => ({ CommandId: ids.commandId })],
    ['muster:GetCommandOutput', () => ({ CommandId: ids.commandId, InstanceId: ids.nodeId })],
    ['muster:WatchCommand', () => ({ CommandId: ids.commandId })],
    ['muster:UpdateCommand', () => ({ CommandId: ids.commandId, MaxErrors: '5' })],
    ['muster:PauseCommand', () => ({ CommandId: ids.commandId })],
    ['muster:ResumeCommand', () => ({ CommandId: ids.commandId })],
    ['ssm:CancelCommand', () => ({ CommandId: ids.commandId })],
    ['muster:RerunCommand', () => ({ CommandId: ids.commandId })],
  ];
}
