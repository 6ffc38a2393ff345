// One call of every operation of IAM that has a handler, in an order in which each succeeds for the administrator. Lists are spelled as forms spell
// them. For the walk over all operations.
const DOCUMENT = JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 'iam:GetUser', Resource: '*' } });
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
});
const TAG = { 'Tags.member.1.Key': 'a', 'Tags.member.1.Value': 'b' };
const UNTAG = { 'TagKeys.member.1': 'a' };

type Input = Readonly<Record<string, unknown>>;
type CallOf = readonly [key: string, input: () => Input, keep?: (answer: string) => void];

/** What later calls take from earlier answers; before that, of the right form. */
const seen = { AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA', DeletionTaskId: 'task/aws-service-role/none/none/none' };
const ACCOUNT = '000000000000';
const user = { UserName: 'walked' };
const group = { GroupName: 'walked' };
const role = { RoleName: 'walked' };
const profile = { InstanceProfileName: 'walked' };
const policy = { PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/walked` };
const provider = { OpenIDConnectProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/issuer.example` };
const inline = { PolicyName: 'inline' };
const boundary = { PermissionsBoundary: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' };
const HOLDERS = Object.entries({ User: user, Group: group, Role: role });

const of =
  (...parts: readonly Input[]) =>
  (): Input =>
    Object.assign({}, ...parts) as Input;

const make: readonly CallOf[] = [
  ['iam:CreateUser', of(user)],
  ['iam:CreateGroup', of(group)],
  ['iam:CreateRole', of(role, { AssumeRolePolicyDocument: TRUST })],
  ['iam:CreateInstanceProfile', of(profile)],
  ['iam:CreatePolicy', of({ PolicyName: 'walked', PolicyDocument: DOCUMENT })],
  ['iam:CreatePolicyVersion', of(policy, { PolicyDocument: DOCUMENT })],
  ['iam:SetDefaultPolicyVersion', of(policy, { VersionId: 'v2' })],
  ['iam:CreateOpenIDConnectProvider', of({ Url: 'https://issuer.example' })],
  ['iam:CreateAccountAlias', of({ AccountAlias: 'walked' })],
  ['iam:CreateAccessKey', of(user), (answer) => (seen.AccessKeyId = /<AccessKeyId>(\w+)</.exec(answer)?.[1] ?? seen.AccessKeyId)],
  ['iam:CreateServiceLinkedRole', of({ AWSServiceName: 'ssm.amazonaws.com' })],
];
const change: readonly CallOf[] = [
  ['iam:TagUser', of(user, TAG)],
  ['iam:TagRole', of(role, TAG)],
  ['iam:TagPolicy', of(policy, TAG)],
  ['iam:TagInstanceProfile', of(profile, TAG)],
  ['iam:TagOpenIDConnectProvider', of(provider, TAG)],
  ['iam:GenerateCredentialReport', of({})],
  ['iam:UpdateUser', of(user, { NewPath: '/walked/' })],
  ['iam:UpdateGroup', of(group, { NewPath: '/walked/' })],
  ['iam:UpdateRole', of(role, { Description: 'walked' })],
  ['iam:UpdateRoleDescription', of(role, { Description: 'walked' })],
  ['iam:UpdateAssumeRolePolicy', of(role, { PolicyDocument: TRUST })],
  ['iam:AddUserToGroup', of(group, user)],
  ['iam:AddRoleToInstanceProfile', of(profile, role)],
  ['iam:UpdateAccessKey', () => ({ ...user, AccessKeyId: seen.AccessKeyId, Status: 'Inactive' })],
  ['iam:AddClientIDToOpenIDConnectProvider', of(provider, { ClientID: 'one' })],
  ['iam:UpdateOpenIDConnectProviderThumbprint', of(provider, { 'ThumbprintList.member.1': 'a'.repeat(40) })],
  ['iam:PutUserPermissionsBoundary', of(user, boundary)],
  ['iam:PutRolePermissionsBoundary', of(role, boundary)],
  ...HOLDERS.flatMap(([kind, holder]): CallOf[] => [
    [`iam:Attach${kind}Policy`, of(holder, policy)],
    [`iam:Put${kind}Policy`, of(holder, inline, { PolicyDocument: DOCUMENT })],
  ]),
];
const read: readonly CallOf[] = [
  ['iam:GetUser', of(user)],
  ['iam:ListUsers', of({})],
  ['iam:ListUserTags', of(user)],
  ['iam:GetGroup', of(group)],
  ['iam:ListGroups', of({})],
  ['iam:ListGroupsForUser', of(user)],
  ['iam:GetRole', of(role)],
  ['iam:ListRoles', of({})],
  ['iam:ListRoleTags', of(role)],
  ['iam:GetInstanceProfile', of(profile)],
  ['iam:ListInstanceProfiles', of({})],
  ['iam:ListInstanceProfilesForRole', of(role)],
  ['iam:ListAccessKeys', of(user)],
  ['iam:GetAccessKeyLastUsed', () => ({ AccessKeyId: seen.AccessKeyId })],
  ['iam:GetPolicy', of(policy)],
  ['iam:ListPolicies', of({})],
  ['iam:ListPolicyTags', of(policy)],
  ['iam:GetPolicyVersion', of(policy, { VersionId: 'v1' })],
  ['iam:ListPolicyVersions', of(policy)],
  ['iam:ListEntitiesForPolicy', of(policy)],
  ['iam:GetOpenIDConnectProvider', of(provider)],
  ['iam:ListOpenIDConnectProviders', of({})],
  ['iam:ListInstanceProfileTags', of(profile)],
  ['iam:ListOpenIDConnectProviderTags', of(provider)],
  ['iam:ListMFADevices', of(user)],
  ['iam:ListVirtualMFADevices', of({})],
  ['iam:ListSSHPublicKeys', of(user)],
  ['iam:ListSigningCertificates', of(user)],
  ['iam:ListServiceSpecificCredentials', of(user)],
  ['iam:GetAccountAuthorizationDetails', of({})],
  ['iam:GetCredentialReport', of({})],
  ['iam:ListAccountAliases', of({})],
  ['iam:GetAccountSummary', of({})],
  ...HOLDERS.flatMap(([kind, holder]): CallOf[] => [
    [`iam:ListAttached${kind}Policies`, of(holder)],
    [`iam:List${kind}Policies`, of(holder)],
    [`iam:Get${kind}Policy`, of(holder, inline)],
  ]),
];
const remove: readonly CallOf[] = [
  ['iam:UntagUser', of(user, UNTAG)],
  ['iam:UntagInstanceProfile', of(profile, UNTAG)],
  ['iam:UntagOpenIDConnectProvider', of(provider, UNTAG)],
  ['iam:UntagRole', of(role, UNTAG)],
  ['iam:UntagPolicy', of(policy, UNTAG)],
  ...HOLDERS.flatMap(([kind, holder]): CallOf[] => [
    [`iam:Detach${kind}Policy`, of(holder, policy)],
    [`iam:Delete${kind}Policy`, of(holder, inline)],
  ]),
  ['iam:DeleteUserPermissionsBoundary', of(user)],
  ['iam:DeleteRolePermissionsBoundary', of(role)],
  ['iam:RemoveUserFromGroup', of(group, user)],
  ['iam:RemoveRoleFromInstanceProfile', of(profile, role)],
  ['iam:RemoveClientIDFromOpenIDConnectProvider', of(provider, { ClientID: 'one' })],
  ['iam:DeleteAccessKey', () => ({ ...user, AccessKeyId: seen.AccessKeyId })],
  ['iam:DeletePolicyVersion', of(policy, { VersionId: 'v1' })],
  ['iam:DeletePolicy', of(policy)],
  ['iam:DeleteOpenIDConnectProvider', of(provider)],
  ['iam:DeleteAccountAlias', of({ AccountAlias: 'walked' })],
  ['iam:DeleteInstanceProfile', of(profile)],
  ['iam:DeleteUser', of(user)],
  ['iam:DeleteGroup', of(group)],
  ['iam:DeleteRole', of(role)],
  [
    'iam:DeleteServiceLinkedRole',
    of({ RoleName: 'AWSServiceRoleForAmazonSSM' }),
    (answer) => (seen.DeletionTaskId = /<DeletionTaskId>([^<]+)</.exec(answer)?.[1] ?? seen.DeletionTaskId),
  ],
  ['iam:GetServiceLinkedRoleDeletionStatus', () => ({ DeletionTaskId: seen.DeletionTaskId })],
];

/** In the account that the walk uses. */
export const IAM_CALLS: readonly CallOf[] = [...make, ...change, ...read, ...remove];
