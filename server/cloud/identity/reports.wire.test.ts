// What tools ask an account for as a whole, and what Terraform asks about a user that it deletes: by the official client against the composed server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as iam from '@aws-sdk/client-iam';
import * as sts from '@aws-sdk/client-sts';
import { SSMClient, ListDocumentsCommand } from '@aws-sdk/client-ssm';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import { openDoor, type SimulationDoor } from '@muster/testkit/simulation-door.ts';

const ACCOUNT = '000000000000';
const HOUR_MS = 3_600_000;
/** The clients sign with the real time. */
const simulation = new Simulation({ seed: 21, now: new Date() });
let door: SimulationDoor;
let client: iam.IAMClient;

before(async () => {
  await simulation.start();
  door = await openDoor(simulation);
  client = new iam.IAMClient(configFor(simulation.administrator));
});
after(async () => {
  client.destroy();
  await door[Symbol.asyncDispose]();
  await simulation.stop();
});

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const configFor = (credentials: Key) => ({ endpoint: door.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const DOCUMENT = document({ Effect: 'Allow', Action: 'ssm:*', Resource: '*' });
const trusting = (Principal: object) => document({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Error);
    return `${error.name}: ${error.message}`;
  }
  return assert.fail('was not refused');
}

test('what nobody has here is an empty list, or not found, for users that are there', async () => {
  const UserName = 'leaving';
  await client.send(new iam.CreateUserCommand({ UserName }));
  const none = [
    (await client.send(new iam.ListMFADevicesCommand({ UserName }))).MFADevices,
    (await client.send(new iam.ListVirtualMFADevicesCommand({ AssignmentStatus: 'Any' }))).VirtualMFADevices,
    (await client.send(new iam.ListSSHPublicKeysCommand({ UserName }))).SSHPublicKeys,
    (await client.send(new iam.ListSigningCertificatesCommand({ UserName }))).Certificates,
    (await client.send(new iam.ListServiceSpecificCredentialsCommand({ UserName }))).ServiceSpecificCredentials,
    (await client.send(new iam.ListServiceSpecificCredentialsCommand({ AllUsers: true }))).ServiceSpecificCredentials,
  ];
  assert.deepEqual(
    none,
    none.map(() => []),
  );
  for (const command of [new iam.GetLoginProfileCommand({ UserName }), new iam.DeleteLoginProfileCommand({ UserName })])
    assert.equal(
      await refusal(client.send(command as iam.GetLoginProfileCommand)),
      'NoSuchEntityException: Login Profile for User leaving cannot be found.',
    );
  assert.equal(
    await refusal(client.send(new iam.ListMFADevicesCommand({ UserName: 'absent' }))),
    'NoSuchEntityException: The user with name absent cannot be found.',
  );
  assert.deepEqual((await client.send(new iam.ListMFADevicesCommand({}))).MFADevices, []);
  await client.send(new iam.DeleteUserCommand({ UserName }));
});

test('instance profiles and identity providers are tagged after they were made', async () => {
  const InstanceProfileName = 'web';
  const Tags = [{ Key: 'Team', Value: 'blue' }];
  await client.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName }));
  await client.send(new iam.TagInstanceProfileCommand({ InstanceProfileName, Tags }));
  assert.deepEqual((await client.send(new iam.ListInstanceProfileTagsCommand({ InstanceProfileName }))).Tags, Tags);
  assert.deepEqual((await client.send(new iam.GetInstanceProfileCommand({ InstanceProfileName }))).InstanceProfile?.Tags, Tags);
  await client.send(new iam.UntagInstanceProfileCommand({ InstanceProfileName, TagKeys: ['team'] }));
  assert.deepEqual((await client.send(new iam.ListInstanceProfileTagsCommand({ InstanceProfileName }))).Tags, []);

  const made = await client.send(new iam.CreateOpenIDConnectProviderCommand({ Url: 'https://issuer.example' }));
  const OpenIDConnectProviderArn = made.OpenIDConnectProviderArn ?? '';
  await client.send(new iam.TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, Tags }));
  const listed = await client.send(new iam.ListOpenIDConnectProviderTagsCommand({ OpenIDConnectProviderArn }));
  assert.deepEqual(listed.Tags, Tags);
  await client.send(new iam.UntagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn, TagKeys: ['Team'] }));
  assert.deepEqual((await client.send(new iam.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))).Tags ?? [], []);
});

test('a role says when it was last used, also after a restart, and one made again was not', async () => {
  const RoleName = 'Deployer';
  const AssumeRolePolicyDocument = trusting({ AWS: `arn:aws:iam::${ACCOUNT}:root` });
  const make = async () => {
    await client.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    await client.send(new iam.PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: DOCUMENT }));
  };
  const lastUsed = async () => (await client.send(new iam.GetRoleCommand({ RoleName }))).Role?.RoleLastUsed;
  await make();
  assert.deepEqual(await lastUsed(), {});
  const tokens = new sts.STSClient(configFor(simulation.administrator));
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/${RoleName}`;
  const use = async () => {
    const { Credentials } = await tokens.send(new sts.AssumeRoleCommand({ RoleArn, RoleSessionName: 'one' }));
    const session = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
    await new SSMClient(configFor(session)).send(new ListDocumentsCommand({}));
  };
  await use();
  const used = await lastUsed();
  assert.equal(used?.Region, 'us-east-1');
  assert.equal(used.LastUsedDate?.getTime(), simulation.clock.nowMs());
  await simulation.clock.advance(1000);
  await simulation.crash();
  await simulation.start();
  assert.deepEqual((await lastUsed())?.LastUsedDate, used.LastUsedDate);
  // Lists leave it out.
  const { Roles } = await client.send(new iam.ListRolesCommand({}));
  assert.ok(Roles?.every((role) => role.RoleLastUsed === undefined));

  await client.send(new iam.DeleteRolePolicyCommand({ RoleName, PolicyName: 'p' }));
  await client.send(new iam.DeleteRoleCommand({ RoleName }));
  await make();
  assert.deepEqual(await lastUsed(), {});
});

test('the whole account is read a page at a time, each part once, as its filter says', async () => {
  await client.send(new iam.CreateGroupCommand({ GroupName: 'ops' }));
  for (const UserName of ['ann', 'ben']) {
    await client.send(new iam.CreateUserCommand({ UserName, Tags: [{ Key: 'a', Value: 'b' }] }));
    await client.send(new iam.AddUserToGroupCommand({ GroupName: 'ops', UserName }));
  }
  await client.send(new iam.PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'own', PolicyDocument: DOCUMENT }));
  const { Policy } = await client.send(new iam.CreatePolicyCommand({ PolicyName: 'Mine', PolicyDocument: DOCUMENT }));
  await client.send(new iam.AttachGroupPolicyCommand({ GroupName: 'ops', PolicyArn: Policy?.Arn ?? '' }));
  await client.send(new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName: 'web', RoleName: 'Deployer' }));

  const read = async (MaxItems: number, Filter?: iam.EntityType[]) => {
    const names: string[] = [];
    const details: iam.GetAccountAuthorizationDetailsCommandOutput[] = [];
    for (let Marker: string | undefined; ;) {
      const page = await client.send(
        new iam.GetAccountAuthorizationDetailsCommand({ MaxItems, Marker, ...(Filter === undefined ? {} : { Filter }) }),
      );
      details.push(page);
      const named = [
        ...(page.UserDetailList ?? []).map(({ UserName }) => `user ${UserName}`),
        ...(page.GroupDetailList ?? []).map(({ GroupName }) => `group ${GroupName}`),
        ...(page.RoleDetailList ?? []).map(({ RoleName }) => `role ${RoleName}`),
        ...(page.Policies ?? []).map(({ Arn }) => `policy ${Arn}`),
      ];
      assert.ok(named.length <= MaxItems);
      names.push(...named);
      if (page.IsTruncated !== true) return { names, details };
      ({ Marker } = page);
    }
  };
  const { names, details } = await read(2);
  assert.deepEqual(names, (await read(1000)).names);
  assert.equal(new Set(names).size, names.length);
  for (const name of [
    'user administrator',
    'user ann',
    'user ben',
    'group ops',
    'role Deployer',
    'role MusterNode',
    'policy arn:aws:iam::aws:policy/AdministratorAccess',
    `policy arn:aws:iam::${ACCOUNT}:policy/Mine`,
  ])
    assert.ok(names.includes(name), name);
  const [ann] = details.flatMap((page) => page.UserDetailList ?? []).filter(({ UserName }) => UserName === 'ann');
  assert.deepEqual([ann?.GroupList, ann?.Tags], [['ops'], [{ Key: 'a', Value: 'b' }]]);
  assert.equal(decodeURIComponent(ann?.UserPolicyList?.[0]?.PolicyDocument ?? ''), DOCUMENT);
  const [ops] = details.flatMap((page) => page.GroupDetailList ?? []);
  assert.deepEqual(ops?.AttachedManagedPolicies, [{ PolicyName: 'Mine', PolicyArn: Policy?.Arn }]);
  const [deployer] = details.flatMap((page) => page.RoleDetailList ?? []).filter((role) => role.RoleName === 'Deployer');
  assert.equal(deployer?.InstanceProfileList?.[0]?.InstanceProfileName, 'web');
  const [mine] = details.flatMap((page) => page.Policies ?? []).filter(({ PolicyName }) => PolicyName === 'Mine');
  assert.deepEqual([mine?.AttachmentCount, mine?.PolicyVersionList?.length], [1, 1]);
  assert.deepEqual((await read(1, ['Group', 'LocalManagedPolicy'])).names, [
    'group ops',
    `policy arn:aws:iam::${ACCOUNT}:policy/Mine`,
  ]);
});

test('the credential report has a line for each user and lasts four hours', async () => {
  assert.match(await refusal(client.send(new iam.GetCredentialReportCommand({}))), /^CredentialReportNotPresentException/);
  const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName: 'ben' }));
  await client.send(
    new iam.UpdateAccessKeyCommand({ UserName: 'ben', AccessKeyId: AccessKey?.AccessKeyId ?? '', Status: 'Inactive' }),
  );
  const made = await client.send(new iam.GenerateCredentialReportCommand({}));
  assert.equal(made.State, 'COMPLETE');
  const { Content, ReportFormat } = await client.send(new iam.GetCredentialReportCommand({}));
  assert.equal(ReportFormat, 'text/csv');
  const [head = '', ...lines] = Buffer.from(Content ?? [])
    .toString()
    .split('\n');
  assert.equal(head.split(',').length, 22);
  const fields = lines.map((line) => line.split(','));
  assert.deepEqual(
    fields.map(([user]) => user),
    ['administrator', 'ann', 'ben'],
  );
  const [administrator, ann, ben] = fields;
  assert.equal(administrator?.[8], 'true');
  assert.match(
    ann?.slice(1).join(',') ?? '',
    /^arn:aws:iam::000000000000:user\/ann,[\d-]+T[\d:]+\+00:00,false,N\/A,N\/A,N\/A,false,false,N\/A/,
  );
  assert.match(ben?.slice(8, 13).join(',') ?? '', /^false,[\d-]+T[\d:]+\+00:00,N\/A,N\/A,N\/A$/);

  await client.send(new iam.DeleteAccessKeyCommand({ UserName: 'ben', AccessKeyId: AccessKey?.AccessKeyId ?? '' }));
  assert.equal((await client.send(new iam.GenerateCredentialReportCommand({}))).Description, undefined);
  await simulation.crash();
  await simulation.clock.advance(4 * HOUR_MS);
  await simulation.start();
  // The client would sign with the real time.
  const { network: transport, administrator: credentials } = simulation;
  const later = (operation: string) =>
    callOperation({ transport, region: 'us-east-1', now: simulation.clock.now(), credentials }, 'iam', operation, {});
  const expired = await later('GetCredentialReport');
  assert.equal(expired.status, 410);
  assert.match(expired.body, /<Code>ReportExpired<\/Code>/);
  await later('GenerateCredentialReport');
  const [, content = ''] = /<Content>([^<]+)</.exec((await later('GetCredentialReport')).body) ?? [];
  const again = Buffer.from(content, 'base64').toString();
  assert.match(again, /\nben,.*,false,N\/A,N\/A,N\/A,N\/A,false,N\/A,N\/A,N\/A,N\/A,false,N\/A,false,N\/A$/);
});
