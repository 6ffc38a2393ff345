// IAM through the public door: the official client against the composed server, as the administrator and with keys of users.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import * as iam from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Simulation } from '@muster/testkit/simulation.ts';

/** The clients sign with the real time. */
const simulation = new Simulation({ seed: 5, now: new Date() });
const ACCOUNT = '000000000000';
let client: iam.IAMClient;

interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}
interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The clients' HTTP layer, on the simulation's network. */
const requestHandler = {
  async handle(request: SentRequest) {
    const sent = typeof request.body === 'string' ? request.body : Buffer.from(request.body ?? '').toString();
    const answer = await simulation.network.post(request.path, request.headers, sent, request.method);
    return { response: { statusCode: answer.status, headers: {}, body: Readable.from([Buffer.from(answer.body)]) } };
  },
  destroy: () => undefined,
};
const configFor = (credentials: Key) => ({
  endpoint: 'http://muster.test',
  region: 'us-east-1',
  credentials,
  maxAttempts: 1,
  requestHandler,
});
const iamAs = (key: Key) => new iam.IAMClient(configFor(key));
const allow = (Action: string | string[], Resource: string | string[] = '*', more: object = {}): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource, ...more }] });
const trust = (Principal: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }] });
const SSM = trust({ Service: 'ssm.amazonaws.com' });

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Error);
    return `${error.name}: ${error.message}`;
  }
  return assert.fail('was not refused');
}

async function userWithKey(UserName: string, policy?: string): Promise<Key> {
  await client.send(new iam.CreateUserCommand({ UserName }));
  if (policy !== undefined)
    await client.send(new iam.PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: policy }));
  const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

before(async () => {
  await simulation.start();
  client = iamAs(simulation.administrator);
});
after(() => simulation.stop());

test('a user is made, found, tagged, renamed with all that belongs to it, and deleted last', async () => {
  const made = await client.send(
    new iam.CreateUserCommand({ UserName: 'Ann', Path: '/dev/', Tags: [{ Key: 'Team', Value: 'blue' }] }),
  );
  assert.equal(made.User?.Arn, `arn:aws:iam::${ACCOUNT}:user/dev/Ann`);
  assert.match(made.User?.UserId ?? '', /^AIDA[A-Z2-7]{17}$/);
  assert.deepEqual(made.User?.Tags, [{ Key: 'Team', Value: 'blue' }]);
  assert.equal(
    await refusal(client.send(new iam.CreateUserCommand({ UserName: 'ANN' }))),
    'EntityAlreadyExistsException: User with name ANN already exists.',
  );
  await client.send(new iam.TagUserCommand({ UserName: 'Ann', Tags: [{ Key: 'team', Value: 'red' }] }));
  const { Tags } = await client.send(new iam.ListUserTagsCommand({ UserName: 'Ann' }));
  assert.deepEqual(Tags, [{ Key: 'team', Value: 'red' }]);
  await client.send(new iam.CreateGroupCommand({ GroupName: 'people' }));
  await client.send(new iam.AddUserToGroupCommand({ GroupName: 'people', UserName: 'Ann' }));
  await client.send(new iam.UpdateUserCommand({ UserName: 'Ann', NewUserName: 'Anna', NewPath: '/ops/' }));
  const renamed = await client.send(new iam.GetUserCommand({ UserName: 'anna' }));
  assert.deepEqual(
    [renamed.User?.UserName, renamed.User?.Path, renamed.User?.UserId, renamed.User?.Tags],
    ['Anna', '/ops/', made.User?.UserId, Tags],
  );
  const { Users } = await client.send(new iam.GetGroupCommand({ GroupName: 'people' }));
  assert.deepEqual(
    Users?.map(({ UserName }) => UserName),
    ['Anna'],
  );
  assert.equal(
    await refusal(client.send(new iam.DeleteUserCommand({ UserName: 'Anna' }))),
    'DeleteConflictException: Cannot delete entity, must remove users from group first.',
  );
  await client.send(new iam.RemoveUserFromGroupCommand({ GroupName: 'people', UserName: 'Anna' }));
  await client.send(new iam.DeleteUserCommand({ UserName: 'Anna' }));
  assert.equal(
    await refusal(client.send(new iam.GetUserCommand({ UserName: 'Anna' }))),
    'NoSuchEntityException: The user with name Anna cannot be found.',
  );
});

test('the administrator and MusterNode are there from birth, are listed, and cannot be taken away', async () => {
  assert.equal((await client.send(new iam.GetUserCommand({}))).User?.UserName, 'administrator');
  const { Role } = await client.send(new iam.GetRoleCommand({ RoleName: 'MusterNode' }));
  assert.match(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), /ssm\.amazonaws\.com/);
  const { Roles } = await client.send(new iam.ListRolesCommand({}));
  assert.ok(Roles?.some(({ RoleName }) => RoleName === 'MusterNode'));
  const { AttachedPolicies } = await client.send(new iam.ListAttachedRolePoliciesCommand({ RoleName: 'MusterNode' }));
  assert.deepEqual(AttachedPolicies, [
    { PolicyName: 'AmazonSSMManagedInstanceCore', PolicyArn: 'arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore' },
  ]);
  assert.match(await refusal(client.send(new iam.DeleteRoleCommand({ RoleName: 'MusterNode' }))), /^UnmodifiableEntity/);
  assert.match(
    await refusal(
      client.send(new iam.DetachRolePolicyCommand({ RoleName: 'MusterNode', PolicyArn: AttachedPolicies?.[0]?.PolicyArn })),
    ),
    /^UnmodifiableEntity/,
  );
  assert.match(await refusal(client.send(new iam.CreateUserCommand({ UserName: 'Administrator' }))), /^EntityAlreadyExists/);
  assert.match(await refusal(client.send(new iam.DeleteUserCommand({ UserName: 'administrator' }))), /^AccessDenied/);
});

test("a user's key works at once, does what its policies say, and stops at once when it is made inactive or deleted", async () => {
  const key = await userWithKey('bob', allow('iam:ListUsers'));
  const asBob = iamAs(key);
  const sts = new STSClient(configFor(key));
  const who = await sts.send(new GetCallerIdentityCommand({}));
  assert.deepEqual([who.Account, who.Arn], [ACCOUNT, `arn:aws:iam::${ACCOUNT}:user/bob`]);
  assert.ok(((await asBob.send(new iam.ListUsersCommand({}))).Users ?? []).length > 0);
  assert.match(
    await refusal(asBob.send(new iam.ListRolesCommand({}))),
    /^AccessDenied: User: arn:aws:iam::000000000000:user\/bob is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::000000000000:role\/ because no identity-based policy allows/,
  );
  await client.send(new iam.PutUserPolicyCommand({ UserName: 'bob', PolicyName: 'own', PolicyDocument: allow('iam:ListRoles') }));
  await asBob.send(new iam.ListRolesCommand({}));
  assert.match(await refusal(asBob.send(new iam.ListUsersCommand({}))), /^AccessDenied/);

  const used = await client.send(new iam.GetAccessKeyLastUsedCommand({ AccessKeyId: key.accessKeyId }));
  assert.deepEqual([used.UserName, used.AccessKeyLastUsed?.ServiceName], ['bob', 'iam']);
  const change = (Status: 'Active' | 'Inactive') =>
    client.send(new iam.UpdateAccessKeyCommand({ UserName: 'bob', AccessKeyId: key.accessKeyId, Status }));
  await change('Inactive');
  assert.match(await refusal(asBob.send(new iam.ListRolesCommand({}))), /^InvalidClientTokenId/);
  await change('Active');
  await asBob.send(new iam.ListRolesCommand({}));
  await client.send(new iam.CreateAccessKeyCommand({ UserName: 'bob' }));
  assert.equal(
    await refusal(client.send(new iam.CreateAccessKeyCommand({ UserName: 'bob' }))),
    'LimitExceededException: Cannot exceed quota for AccessKeysPerUser: 2',
  );
  await client.send(new iam.DeleteAccessKeyCommand({ UserName: 'bob', AccessKeyId: key.accessKeyId }));
  assert.match(await refusal(asBob.send(new iam.ListRolesCommand({}))), /^InvalidClientTokenId/);
});

test('what a group, a managed policy and a boundary say holds for the user at once', async () => {
  const asCarl = iamAs(await userWithKey('carl'));
  const list = () => asCarl.send(new iam.ListUsersCommand({}));
  assert.match(await refusal(list()), /^AccessDenied/);
  await client.send(new iam.CreateGroupCommand({ GroupName: 'readers' }));
  await client.send(new iam.AddUserToGroupCommand({ GroupName: 'readers', UserName: 'carl' }));
  const { Policy } = await client.send(
    new iam.CreatePolicyCommand({ PolicyName: 'reads', Path: '/team/', PolicyDocument: allow('iam:List*') }),
  );
  const PolicyArn = Policy?.Arn ?? '';
  assert.equal(PolicyArn, `arn:aws:iam::${ACCOUNT}:policy/team/reads`);
  await client.send(new iam.AttachGroupPolicyCommand({ GroupName: 'readers', PolicyArn }));
  await list();
  await client.send(new iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow('iam:GetRole'), SetAsDefault: true }));
  assert.match(await refusal(list()), /^AccessDenied/);
  await client.send(new iam.SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  await list();
  const boundary = 'arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess';
  await client.send(new iam.PutUserPermissionsBoundaryCommand({ UserName: 'carl', PermissionsBoundary: boundary }));
  assert.match(await refusal(list()), /no permissions boundary allows/);
  const carl = await client.send(new iam.GetUserCommand({ UserName: 'carl' }));
  assert.equal(carl.User?.PermissionsBoundary?.PermissionsBoundaryArn, boundary);
  await client.send(new iam.DeleteUserPermissionsBoundaryCommand({ UserName: 'carl' }));
  await list();
  const found = await client.send(new iam.ListEntitiesForPolicyCommand({ PolicyArn }));
  assert.deepEqual(
    found.PolicyGroups?.map(({ GroupName }) => GroupName),
    ['readers'],
  );
  assert.equal((await client.send(new iam.GetPolicyCommand({ PolicyArn }))).Policy?.AttachmentCount, 1);
  assert.match(await refusal(client.send(new iam.DeletePolicyCommand({ PolicyArn }))), /^DeleteConflict/);
  await client.send(new iam.DetachGroupPolicyCommand({ GroupName: 'readers', PolicyArn }));
  assert.match(await refusal(list()), /^AccessDenied/);
  assert.match(await refusal(client.send(new iam.DeletePolicyCommand({ PolicyArn }))), /more than one version/);
  await client.send(new iam.DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
  await client.send(new iam.DeletePolicyCommand({ PolicyArn }));
  assert.match(
    await refusal(client.send(new iam.DeletePolicyCommand({ PolicyArn }))),
    /^NoSuchEntityException: Policy arn:aws:iam::000000000000:policy\/team\/reads was not found\.$/,
  );
});

test('what a path forbids is forbidden although the call names the user without it', async () => {
  await client.send(new iam.CreateUserCommand({ UserName: 'boss', Path: '/staff/' }));
  const statements = [
    { Effect: 'Allow', Action: 'iam:*', Resource: '*' },
    { Effect: 'Deny', Action: 'iam:*', Resource: `arn:aws:iam::${ACCOUNT}:user/staff/*` },
  ];
  const dave = iamAs(await userWithKey('dave', JSON.stringify({ Version: '2012-10-17', Statement: statements })));
  assert.match(await refusal(dave.send(new iam.DeleteUserCommand({ UserName: 'boss' }))), /explicit deny/);
  assert.match(await refusal(dave.send(new iam.CreateUserCommand({ UserName: 'b', Path: '/staff/' }))), /explicit deny/);
  assert.match(await refusal(dave.send(new iam.UpdateUserCommand({ UserName: 'dave', NewPath: '/staff/' }))), /explicit deny/);
  await client.send(new iam.GetUserCommand({ UserName: 'boss' }));

  await client.send(new iam.CreateUserCommand({ UserName: 'clerk', Path: '/desk/' }));
  const names = [statements[0], { ...statements[1], Resource: `arn:aws:iam::${ACCOUNT}:user/desk/chief` }];
  const fred = iamAs(await userWithKey('fred', JSON.stringify({ Version: '2012-10-17', Statement: names })));
  const rename = (NewUserName: string) => fred.send(new iam.UpdateUserCommand({ UserName: 'clerk', NewUserName }));
  assert.match(await refusal(rename('chief')), /explicit deny/);
  await rename('cashier');
});

test('whoever may attach one policy only cannot attach another', async () => {
  const only = 'arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess';
  const condition = { Condition: { ArnEquals: { 'iam:PolicyARN': only } } };
  const eve = iamAs(await userWithKey('eve', allow('iam:AttachUserPolicy', '*', condition)));
  const attach = (PolicyArn: string) => eve.send(new iam.AttachUserPolicyCommand({ UserName: 'eve', PolicyArn }));
  assert.match(await refusal(attach('arn:aws:iam::aws:policy/AdministratorAccess')), /^AccessDenied/);
  await attach(only);
});

test('documents come back percent-encoded and unchanged; what IAM cannot understand is refused in its words', async () => {
  const text = allow(['iam:List*'], "arn:aws:iam::000000000000:user/it's(!)*");
  await client.send(new iam.CreateRoleCommand({ RoleName: 'documents', AssumeRolePolicyDocument: SSM, Description: 'ä' }));
  await client.send(new iam.PutRolePolicyCommand({ RoleName: 'documents', PolicyName: 'p', PolicyDocument: text }));
  const got = await client.send(new iam.GetRolePolicyCommand({ RoleName: 'documents', PolicyName: 'p' }));
  assert.match(got.PolicyDocument ?? '', /^%7B%22Version%22%3A%222012-10-17%22/);
  assert.doesNotMatch(got.PolicyDocument ?? '', /[*!'()]/);
  assert.equal(decodeURIComponent(got.PolicyDocument ?? ''), text);
  const create = (document: string) =>
    client.send(new iam.CreateRoleCommand({ RoleName: 'bad', AssumeRolePolicyDocument: document }));
  assert.equal(await refusal(create('not json')), 'MalformedPolicyDocumentException: This policy contains invalid Json');
  assert.match(await refusal(create(allow('sts:AssumeRole'))), /^MalformedPolicyDocument/);
  const big = allow(Array.from({ length: 400 }, (_, at) => `iam:Get${'x'.repeat(20)}${at}`));
  assert.match(
    await refusal(client.send(new iam.CreatePolicyCommand({ PolicyName: 'big', PolicyDocument: big }))),
    /^LimitExceededException: Cannot exceed quota for PolicySize: 6144$/,
  );
  assert.match(
    await refusal(client.send(new iam.GetPolicyCommand({ PolicyArn: 'arn:aws:iam::aws:policy/Nope' }))),
    /^NoSuchEntity/,
  );
});

test('pages are full and complete, below a path too, and a marker is good for its list only', async () => {
  const names = Array.from({ length: 7 }, (_, at) => `paged${at}`);
  for (const GroupName of names) await client.send(new iam.CreateGroupCommand({ GroupName, Path: '/paged/' }));
  const seen: (string | undefined)[] = [];
  const sizes: number[] = [];
  for await (const page of iam.paginateListGroups({ client, pageSize: 3 }, { PathPrefix: '/paged/' })) {
    seen.push(...(page.Groups ?? []).map(({ GroupName }) => GroupName));
    sizes.push(page.Groups?.length ?? 0);
  }
  assert.deepEqual([seen, sizes], [names, [3, 3, 1]]);
  const first = await client.send(new iam.ListGroupsCommand({ MaxItems: 1 }));
  assert.equal(first.IsTruncated, true);
  assert.match(
    await refusal(client.send(new iam.ListUsersCommand({ Marker: first.Marker }))),
    /^ValidationError: Invalid Marker\.$/,
  );
  const policies: (string | undefined)[] = [];
  await client.send(new iam.CreatePolicyCommand({ PolicyName: 'Zlast', PolicyDocument: allow('iam:GetRole') }));
  for await (const page of iam.paginateListPolicies({ client, pageSize: 4 }, {}))
    policies.push(...(page.Policies ?? []).map(({ Arn }) => Arn));
  assert.equal(new Set(policies).size, policies.length);
  assert.ok(policies.includes('arn:aws:iam::aws:policy/service-role/AmazonSSMAutomationRole'));
  assert.equal(policies.at(-1), `arn:aws:iam::${ACCOUNT}:policy/Zlast`);
  const attached = await client.send(new iam.ListPoliciesCommand({ OnlyAttached: true, Scope: 'AWS' }));
  assert.ok(attached.Policies?.some(({ PolicyName }) => PolicyName === 'AmazonSSMManagedInstanceCore'));
});

test('a sixth version waits until another is deleted, and numbers are never used again', async () => {
  const { Policy } = await client.send(
    new iam.CreatePolicyCommand({ PolicyName: 'versions', PolicyDocument: allow('iam:GetRole') }),
  );
  const PolicyArn = Policy?.Arn;
  const add = () => client.send(new iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow('iam:GetUser') }));
  for (let version = 2; version <= 5; version++) assert.equal((await add()).PolicyVersion?.VersionId, `v${version}`);
  assert.match(await refusal(add()), /^LimitExceededException: A managed policy can have up to 5 versions/);
  await client.send(new iam.DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v5' }));
  assert.equal((await add()).PolicyVersion?.VersionId, 'v6');
  const { Versions } = await client.send(new iam.ListPolicyVersionsCommand({ PolicyArn }));
  assert.deepEqual(
    Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion]),
    [
      ['v6', false],
      ['v4', false],
      ['v3', false],
      ['v2', false],
      ['v1', true],
    ],
  );
  const managed = 'arn:aws:iam::aws:policy/AdministratorAccess';
  assert.match(
    await refusal(client.send(new iam.CreatePolicyVersionCommand({ PolicyArn: managed, PolicyDocument: allow('*') }))),
    /^AccessDenied/,
  );
});

test('an activation takes a role that Systems Manager may take, and no other', async () => {
  await client.send(new iam.CreateRoleCommand({ RoleName: 'Edge', Path: '/nodes/', AssumeRolePolicyDocument: SSM }));
  const ec2 = trust({ Service: 'ec2.amazonaws.com' });
  await client.send(new iam.CreateRoleCommand({ RoleName: 'Other', AssumeRolePolicyDocument: ec2 }));
  const activate = async (IamRole: string) => (await simulation.call('CreateActivation', { IamRole })).status;
  assert.deepEqual(
    [await activate('nodes/Edge'), await activate('Other'), await activate('Nobody'), await activate('MusterNode')],
    [200, 400, 400, 200],
  );
});

test('instance profiles hold one role, which cannot be deleted meanwhile', async () => {
  await client.send(new iam.CreateRoleCommand({ RoleName: 'held', AssumeRolePolicyDocument: SSM }));
  const InstanceProfileName = 'profile';
  await client.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName, Tags: [{ Key: 'a', Value: 'b' }] }));
  await client.send(new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: 'held' }));
  assert.match(
    await refusal(client.send(new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: 'held' }))),
    /^LimitExceeded/,
  );
  assert.match(await refusal(client.send(new iam.DeleteRoleCommand({ RoleName: 'held' }))), /^DeleteConflict/);
  const { InstanceProfiles } = await client.send(new iam.ListInstanceProfilesForRoleCommand({ RoleName: 'held' }));
  assert.deepEqual(
    InstanceProfiles?.map((one) => [one.InstanceProfileName, one.Roles?.[0]?.RoleName]),
    [[InstanceProfileName, 'held']],
  );
  await client.send(new iam.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: 'held' }));
  await client.send(new iam.DeleteInstanceProfileCommand({ InstanceProfileName }));
  await client.send(new iam.DeleteRoleCommand({ RoleName: 'held' }));
});

test('a service-linked role is its service alone, and its deletion is over when it answers', async () => {
  const create = () => client.send(new iam.CreateServiceLinkedRoleCommand({ AWSServiceName: 'ssm.amazonaws.com' }));
  const RoleName = (await create()).Role?.RoleName;
  assert.equal(RoleName, 'AWSServiceRoleForAmazonSSM');
  assert.match(await refusal(create()), /^InvalidInputException: Service role name AWSServiceRoleForAmazonSSM has been taken/);
  assert.match(await refusal(client.send(new iam.DeleteRoleCommand({ RoleName }))), /^UnmodifiableEntity/);
  const { DeletionTaskId } = await client.send(new iam.DeleteServiceLinkedRoleCommand({ RoleName }));
  const { Status } = await client.send(new iam.GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
  assert.equal(Status, 'SUCCEEDED');
  const other = `${DeletionTaskId?.slice(0, -3)}abc`;
  assert.match(
    await refusal(client.send(new iam.GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId: other }))),
    /^NoSuchEntity/,
  );
});

test('identity providers, the alias and the summary of the account', async () => {
  const thumbprint = 'a'.repeat(40);
  const { OpenIDConnectProviderArn } = await client.send(
    new iam.CreateOpenIDConnectProviderCommand({
      Url: 'https://issuer.example/realm',
      ClientIDList: ['one'],
      ThumbprintList: [thumbprint],
    }),
  );
  assert.equal(OpenIDConnectProviderArn, `arn:aws:iam::${ACCOUNT}:oidc-provider/issuer.example/realm`);
  await client.send(new iam.AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: 'two' }));
  await client.send(new iam.RemoveClientIDFromOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, ClientID: 'one' }));
  const provider = await client.send(new iam.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  assert.deepEqual(
    [provider.Url, provider.ClientIDList, provider.ThumbprintList],
    ['issuer.example/realm', ['two'], [thumbprint]],
  );
  assert.match(
    await refusal(client.send(new iam.CreateOpenIDConnectProviderCommand({ Url: 'http://issuer.example' }))),
    /^InvalidInput/,
  );
  await client.send(new iam.DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  assert.deepEqual((await client.send(new iam.ListOpenIDConnectProvidersCommand({}))).OpenIDConnectProviderList, []);
  await client.send(new iam.CreateAccountAliasCommand({ AccountAlias: 'first' }));
  await client.send(new iam.CreateAccountAliasCommand({ AccountAlias: 'second' }));
  assert.deepEqual((await client.send(new iam.ListAccountAliasesCommand({}))).AccountAliases, ['second']);
  assert.match(await refusal(client.send(new iam.DeleteAccountAliasCommand({ AccountAlias: 'first' }))), /^NoSuchEntity/);
  const { SummaryMap } = await client.send(new iam.GetAccountSummaryCommand({}));
  assert.equal(SummaryMap?.['VersionsPerPolicyQuota'], 5);
  assert.equal(SummaryMap?.['Roles'], (await client.send(new iam.ListRolesCommand({}))).Roles?.length);
});
