// STS through the public door: the official client, and the AWS CLI where it is installed, against the composed server; and an identity provider over
// HTTPS whose tokens are exchanged.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import * as iam from '@aws-sdk/client-iam';
import { CreateActivationCommand, DescribeDocumentCommand, ListDocumentsCommand, SSMClient } from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { temporaryDirectory } from '@muster/testkit/database.ts';
import { type OidcIssuer, startOidcIssuer } from '@muster/testkit/oidc-issuer.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import { openDoor, type SimulationDoor } from '@muster/testkit/simulation-door.ts';
import type { JournalTables } from '../../platform/journal/tables.ts';
import { tables } from '../../platform/store/index.ts';

/** The clients sign with the real time. */
const complaints: string[] = [];
const simulation = new Simulation({
  seed: 9,
  now: new Date(),
  log: (line) => void (/ ERROR /.test(line) && complaints.push(line)),
});
const ACCOUNT = '000000000000';
let door: SimulationDoor;
let endpoint: string;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let issuer: OidcIssuer;

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const configFor = (credentials: Key) => ({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
const stsAs = (key: Key) => new sts.STSClient(configFor(key));
const ssmAs = (key: Key) => new SSMClient(configFor(key));
const admin = () => new iam.IAMClient(configFor(simulation.administrator));
const keyOf = (given: sts.Credentials | undefined): Key => ({
  accessKeyId: given?.AccessKeyId ?? '',
  secretAccessKey: given?.SecretAccessKey ?? '',
  sessionToken: given?.SessionToken ?? '',
});
const policy = (...statements: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements });
const allow = (Action: string | string[], Resource: string | string[] = '*') => ({ Effect: 'Allow', Action, Resource });
const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Error);
    return `${error.name}: ${error.message}`;
  }
  return 'allowed';
}

async function userWithKey(UserName: string, document?: string): Promise<Key> {
  await admin().send(new iam.CreateUserCommand({ UserName }));
  if (document !== undefined)
    await admin().send(new iam.PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: document }));
  const { AccessKey } = await admin().send(new iam.CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

async function role(RoleName: string, trust: object, document: string): Promise<void> {
  const AssumeRolePolicyDocument = policy({ Effect: 'Allow', ...trust });
  await admin().send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await admin().send(new iam.PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument: document }));
}

const byUser = (name: string) => ({
  Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/${name}` },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
});
const readDocuments = (key: Key) => refusal(ssmAs(key).send(new ListDocumentsCommand({})));
const describeDocument = (key: Key) => refusal(ssmAs(key).send(new DescribeDocumentCommand({ Name: 'Own' })));
const whoIs = async (key: Key) => (await stsAs(key).send(new sts.GetCallerIdentityCommand({}))).Arn;

before(async () => {
  await simulation.start();
  door = await openDoor(simulation);
  ({ endpoint } = door);
  directory = await temporaryDirectory();
  issuer = await startOidcIssuer(directory.path);
});
after(async () => {
  await issuer[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
  await door[Symbol.asyncDispose]();
  await simulation.stop();
});

test('a user takes a role, and has its rights within the session policy and nothing of their own', async () => {
  const alice = await userWithKey('alice', policy(allow('iam:ListUsers')));
  await role('Reader', byUser('alice'), policy(allow(['ssm:ListDocuments', 'ssm:DescribeDocument'])));
  const take = async (more: object = {}) =>
    stsAs(alice).send(new sts.AssumeRoleCommand({ RoleArn: roleArn('Reader'), RoleSessionName: 'me', ...more }));
  const whole = await take();
  assert.equal(whole.AssumedRoleUser?.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/Reader/me`);
  assert.equal(await whoIs(keyOf(whole.Credentials)), whole.AssumedRoleUser?.Arn);
  assert.match(whole.AssumedRoleUser?.AssumedRoleId ?? '', /^AROA[A-Z2-7]{17}:me$/);
  assert.equal(await readDocuments(keyOf(whole.Credentials)), 'allowed');
  assert.equal(await readDocuments(alice).then((text) => text.split(':')[0]), 'AccessDeniedException');
  const limited = keyOf((await take({ Policy: policy(allow('ssm:ListDocuments'), allow('iam:*')) })).Credentials);
  assert.equal(await readDocuments(limited), 'allowed');
  assert.equal(
    await describeDocument(limited),
    `AccessDeniedException: User: ${whole.AssumedRoleUser?.Arn} is not authorized to perform: ssm:DescribeDocument on resource: ` +
      `arn:aws:ssm:us-east-1:${ACCOUNT}:document/Own because no session policy allows the ssm:DescribeDocument action`,
  );
  // The session's policy gives nothing that the role has not.
  assert.match(
    await refusal(new iam.IAMClient(configFor(limited)).send(new iam.ListUsersCommand({}))),
    /^AccessDenied: .*identity-based/,
  );
  assert.equal(
    await refusal(stsAs(alice).send(new sts.AssumeRoleCommand({ RoleArn: roleArn('Missing'), RoleSessionName: 'me' }))),
    `AccessDenied: User: arn:aws:iam::${ACCOUNT}:user/alice is not authorized to perform: sts:AssumeRole on resource: ${roleArn('Missing')}`,
  );
});

test('a managed session policy limits as it is now, and allows nothing when it is gone', async () => {
  const frank = await userWithKey('frank');
  await role('Broad', byUser('frank'), policy(allow('ssm:*')));
  const made = await admin().send(
    new iam.CreatePolicyCommand({ PolicyName: 'Limit', PolicyDocument: policy(allow('ssm:ListDocuments')) }),
  );
  const arn = made.Policy?.Arn;
  const take = new sts.AssumeRoleCommand({ RoleArn: roleArn('Broad'), RoleSessionName: 'me', PolicyArns: [{ arn }] });
  const session = keyOf((await stsAs(frank).send(take)).Credentials);
  assert.equal(await readDocuments(session), 'allowed');
  assert.match(await describeDocument(session), /^AccessDeniedException: .* because no session policy allows/);
  const PolicyDocument = policy(allow('ssm:DescribeDocument'));
  await admin().send(new iam.CreatePolicyVersionCommand({ PolicyArn: arn, PolicyDocument, SetAsDefault: true }));
  assert.match(await describeDocument(session), /^InvalidDocument/);
  assert.match(await readDocuments(session), /^AccessDeniedException/);
  await admin().send(new iam.DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: 'v1' }));
  await admin().send(new iam.DeletePolicyCommand({ PolicyArn: arn }));
  assert.match(await describeDocument(session), /^AccessDeniedException/);
  assert.match(await refusal(stsAs(frank).send(take)), /^ValidationError: Policy .*Limit does not exist/);
});

test('a session ends with its role, and a new role of that name does not bring it back', async () => {
  const bob = await userWithKey('bob');
  const make = () => role('Short', byUser('bob'), policy(allow('ssm:ListDocuments')));
  await make();
  const { Credentials } = await stsAs(bob).send(new sts.AssumeRoleCommand({ RoleArn: roleArn('Short'), RoleSessionName: 'me' }));
  assert.equal(await readDocuments(keyOf(Credentials)), 'allowed');
  await admin().send(new iam.DeleteRolePolicyCommand({ RoleName: 'Short', PolicyName: 'own' }));
  assert.match(await readDocuments(keyOf(Credentials)), /^AccessDeniedException/);
  await admin().send(new iam.DeleteRoleCommand({ RoleName: 'Short' }));
  const gone = 'UnrecognizedClientException: The security token included in the request is invalid.';
  assert.equal(await readDocuments(keyOf(Credentials)), gone);
  await make();
  assert.equal(await readDocuments(keyOf(Credentials)), gone);
});

test("a user's session has the user's rights but for IAM and STS, and ends at once with the key and with its time", async () => {
  const carol = await userWithKey('carol', policy(allow(['ssm:ListDocuments', 'iam:*', 'sts:*'])));
  const take = async (DurationSeconds?: number) =>
    keyOf((await stsAs(carol).send(new sts.GetSessionTokenCommand({ DurationSeconds }))).Credentials);
  const session = await take();
  assert.equal(await whoIs(session), `arn:aws:iam::${ACCOUNT}:user/carol`);
  assert.equal(await readDocuments(session), 'allowed');
  assert.match(
    await refusal(new iam.IAMClient(configFor(session)).send(new iam.CreateAccessKeyCommand({}))),
    /^AccessDenied: User: /,
  );
  assert.match(
    await refusal(stsAs(session).send(new sts.GetAccessKeyInfoCommand({ AccessKeyId: carol.accessKeyId }))),
    /^AccessDenied: User: /,
  );
  assert.equal(
    await refusal(stsAs(session).send(new sts.GetSessionTokenCommand({}))),
    'AccessDenied: Cannot call GetSessionToken with session credentials',
  );
  assert.match(await refusal(take(899)), /^ValidationError: .*'durationSeconds'/);
  assert.equal(await refusal(take(129_600)), 'allowed');
  assert.equal(
    (await stsAs(carol).send(new sts.GetAccessKeyInfoCommand({ AccessKeyId: simulation.administrator.accessKeyId }))).Account,
    ACCOUNT,
  );
  const status = (Status: 'Active' | 'Inactive') =>
    admin().send(new iam.UpdateAccessKeyCommand({ UserName: 'carol', AccessKeyId: carol.accessKeyId, Status }));
  await status('Inactive');
  assert.match(await readDocuments(session), /^UnrecognizedClientException/);
  await status('Active');
  assert.equal(await readDocuments(session), 'allowed');

  const whole = await stsAs(simulation.administrator).send(new sts.GetSessionTokenCommand({}));
  assert.equal(await readDocuments(keyOf(whole.Credentials)), 'allowed');
  assert.match(
    await refusal(new iam.IAMClient(configFor(keyOf(whole.Credentials))).send(new iam.ListUsersCommand({}))),
    /^AccessDenied: User: /,
  );
});

test('a token of an identity provider is exchanged for a session of the role that trusts it', async () => {
  const host = issuer.url.slice('https://'.length);
  const { OpenIDConnectProviderArn: provider } = await admin().send(
    new iam.CreateOpenIDConnectProviderCommand({
      Url: issuer.url,
      ClientIDList: ['muster'],
      ThumbprintList: [issuer.thumbprints.authority],
    }),
  );
  await role(
    'Web',
    {
      Principal: { Federated: provider },
      Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
      Condition: { StringEquals: { [`${host}:aud`]: 'muster' }, StringLike: { [`${host}:sub`]: 'repo:me/*' } },
    },
    policy(allow('ssm:ListDocuments'), allow('ssm:DescribeDocument', `arn:aws:ssm:*:*:document/\${aws:PrincipalTag/project}`)),
  );
  const seconds = Math.floor(simulation.clock.nowMs() / 1000);
  const claims = { iss: issuer.url, sub: 'repo:me/a', aud: 'muster', exp: seconds + 300, iat: seconds };
  // Nobody signs this call.
  const stranger = new sts.STSClient({ endpoint, region: 'us-east-1', maxAttempts: 1 });
  const exchange = (token: string, more: object = {}) =>
    stranger.send(
      new sts.AssumeRoleWithWebIdentityCommand({
        RoleArn: roleArn('Web'),
        RoleSessionName: 'job',
        WebIdentityToken: token,
        ...more,
      }),
    );
  const tags = { principal_tags: { project: ['Own'] }, transitive_tag_keys: ['project'] };
  const answer = await exchange(issuer.token({ ...claims, 'https://aws.amazon.com/tags': tags }, { algorithm: 'ES256' }));
  assert.deepEqual(
    [answer.SubjectFromWebIdentityToken, answer.Audience, answer.Provider, answer.AssumedRoleUser?.Arn],
    ['repo:me/a', 'muster', provider, `arn:aws:sts::${ACCOUNT}:assumed-role/Web/job`],
  );
  const session = keyOf(answer.Credentials);
  assert.equal(await whoIs(session), answer.AssumedRoleUser?.Arn);
  assert.equal(await readDocuments(session), 'allowed');
  assert.match(await describeDocument(session), /^InvalidDocument/, 'the tag of the token opens what its project may read');
  // Files that hold tokens end with a newline as a rule, and SDKs send what is in them.
  const untagged = keyOf((await exchange(`${issuer.token(claims)}\n`)).Credentials);
  assert.match(await describeDocument(untagged), /^AccessDeniedException/);

  const refused: readonly [string, object, RegExp][] = [
    [
      issuer.token({ ...claims, sub: 'repo:you/a' }),
      {},
      /^AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity$/,
    ],
    [
      issuer.token(claims),
      { RoleArn: roleArn('Missing') },
      /^AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity$/,
    ],
    [
      issuer.token(claims),
      { RoleArn: roleArn('Reader') },
      /^AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity$/,
    ],
    [issuer.token({ ...claims, aud: 'other' }), {}, /^InvalidIdentityTokenException: Incorrect token audience$/],
    [issuer.token({ ...claims, exp: seconds - 100 }), {}, /^ExpiredTokenException: Token expired/],
    [issuer.token({ ...claims, iat: seconds + 100 }), {}, /^IDPRejectedClaimException: /],
    [
      issuer.token({ ...claims, iss: 'https://elsewhere.test' }),
      {},
      /^InvalidIdentityTokenException: No OpenIDConnect provider found/,
    ],
    [issuer.token(claims).slice(0, -8), {}, /^InvalidIdentityTokenException: /],
    [issuer.token(claims), { DurationSeconds: 7_200 }, /^ValidationError: .*MaxSessionDuration/],
    [
      issuer.token({ ...claims, 'https://aws.amazon.com/tags': { principal_tags: { a: 7 } } }),
      {},
      /^InvalidIdentityTokenException: The claim/,
    ],
    ['x'.repeat(20_001), {}, /^ValidationError: .*'webIdentityToken'/],
  ];
  for (const [token, more, expected] of refused) assert.match(await refusal(exchange(token, more)), expected);
});

test('tags that contradict each other are refused with the code of AWS', async () => {
  const erin = await userWithKey('erin');
  await role('Tagged', byUser('erin'), policy(allow('ssm:ListDocuments')));
  const Tags = ['a', 'A'].map((Key) => ({ Key, Value: '' }));
  assert.equal(
    await refusal(stsAs(erin).send(new sts.AssumeRoleCommand({ RoleArn: roleArn('Tagged'), RoleSessionName: 'me', Tags }))),
    'InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive.',
  );
  assert.deepEqual(complaints, []);
});

test('nodes get a role only that Systems Manager may take', async () => {
  const activate = (IamRole: string) => refusal(ssmAs(simulation.administrator).send(new CreateActivationCommand({ IamRole })));
  await role('Users', byUser('alice'), policy(allow('ssm:*')));
  await role('Nodes', { Principal: { Service: 'ssm.amazonaws.com' }, Action: 'sts:AssumeRole' }, policy(allow('ssm:*')));
  assert.equal(
    await activate('Users'),
    `ValidationException: Nonexistent role or missing ssm service principal in trust policy: ${roleArn('Users')}`,
  );
  assert.equal(await activate('Nodes'), 'allowed');
  // A path that it has not would get around who may pass it on.
  assert.match(await activate('path/Nodes'), /^ValidationException: Nonexistent role/);
});

test('what needs a signature is not answered to strangers, whatever they ask for', async () => {
  const form = async (body: string) =>
    simulation.network.post('/', { host: 'sts.test', 'content-type': 'application/x-www-form-urlencoded' }, body);
  for (const Action of [
    'GetCallerIdentity',
    'AssumeRole',
    'GetSessionToken',
    'AssumeRoleWithSAML',
    'Nothing',
    'constructor',
    '',
  ]) {
    const { status, body } = await form(new URLSearchParams({ Action, Version: '2011-06-15' }).toString());
    assert.equal(status, 403);
    assert.match(body, /<Code>MissingAuthenticationToken<\/Code>/, Action);
  }
  assert.match((await form('')).body, /<Code>MissingAuthenticationToken<\/Code>/);
  assert.match((await form('a='.repeat(40_000))).body, /<Code>RequestEntityTooLarge/);
  assert.deepEqual(complaints, []);
});

test('no secret of these calls stands in the journal, and each call does before it is answered', async () => {
  const readRows = () =>
    simulation.database.read((tx) =>
      tables<JournalTables>(tx).selectFrom('journal_entry').selectAll().where('event_source', '=', 'sts.amazonaws.com').execute(),
    );
  const rows = await readRows();
  const names = new Set(rows.filter((row) => row.error_code === null).map((row) => row.event_name));
  for (const name of ['AssumeRole', 'GetSessionToken', 'AssumeRoleWithWebIdentity']) assert.ok(names.has(name), name);
  const text = JSON.stringify(rows);
  // A token of a provider begins so; ours are of version 2.
  assert.doesNotMatch(text, /eyJ[\w-]{20}|"Ag[\w-]{100}/);
  const [exchanged] = rows.filter((row) => row.event_name === 'AssumeRoleWithWebIdentity' && row.error_code === null);
  assert.match(exchanged?.request_parameters ?? '', /"webIdentityToken":"HIDDEN/i);
  assert.deepEqual(exchanged?.resources, JSON.stringify([roleArn('Web')]));
  // Whom the provider spoke of is on record, also where the role does not trust them; nobody is where nothing was proved.
  const who = (row: { readonly principal: string } | undefined) =>
    (JSON.parse(row?.principal ?? '{}') as { proved?: { subject?: string; audience?: string } }).proved;
  assert.deepEqual([who(exchanged)?.subject, who(exchanged)?.audience], ['repo:me/a', 'muster']);
  await simulation.clock.advance(2_000);
  const refusedRows = (await readRows()).filter(
    (row) => row.event_name === 'AssumeRoleWithWebIdentity' && row.error_code !== null,
  );
  const proved = refusedRows.map((row) => `${row.error_code} ${who(row)?.subject ?? 'nobody'}`);
  assert.ok(proved.includes('AccessDenied repo:you/a'), proved.join());
  assert.ok(proved.includes('ExpiredTokenException nobody'), proved.join());
});

const WITHOUT_AWS_CLI = spawnSync('aws', ['--version']).status === 0 ? false : 'not run: the AWS CLI is not installed';

test('the AWS CLI takes roles, by itself from a profile too', { skip: WITHOUT_AWS_CLI }, async () => {
  const run = promisify(execFile);
  const dave = await userWithKey('dave');
  await role('Cli', byUser('dave'), policy(allow('ssm:ListDocuments')));
  const environment = (key: Key) => ({
    PATH: process.env['PATH'],
    HOME: directory.path,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    ...(key.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: key.sessionToken }),
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
  });
  const aws = async (key: Key, ...words: string[]): Promise<string> =>
    run('aws', ['--output', 'json', ...words], { env: environment(key) }).then(
      ({ stdout }) => stdout,
      (error: unknown) => (error as { stderr: string }).stderr.trim(),
    );
  const assume = ['sts', 'assume-role', '--role-session-name', 'cli', '--role-arn'];
  const taken = JSON.parse(await aws(dave, ...assume, roleArn('Cli'), '--tags', 'Key=a,Value=b')) as sts.AssumeRoleResponse;
  assert.equal(taken.PackedPolicySize, 1);
  const identity = JSON.parse(await aws(keyOf(taken.Credentials), 'sts', 'get-caller-identity')) as { Arn: string };
  assert.equal(identity.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/Cli/cli`);
  assert.match(
    await aws(dave, ...assume, roleArn('Reader')),
    /An error occurred \(AccessDenied\) when calling the AssumeRole operation: User: .*user\/dave is not authorized to perform: sts:AssumeRole on resource/,
  );
  const token = JSON.parse(await aws(dave, 'sts', 'get-session-token')) as sts.GetSessionTokenResponse;
  assert.match(await aws(keyOf(token.Credentials), 'sts', 'get-caller-identity'), /user\/dave/);
  const seconds = Math.floor(simulation.clock.nowMs() / 1000);
  const web = issuer.token({ iss: issuer.url, sub: 'repo:me/b', aud: 'muster', exp: seconds + 300, iat: seconds });
  const words = ['sts', 'assume-role-with-web-identity', '--role-session-name', 'cli', '--role-arn', roleArn('Web')];
  assert.match(await aws(dave, ...words, '--web-identity-token', web), /assumed-role\/Web\/cli/);

  const file = join(directory.path, 'config');
  const base = `aws_access_key_id=${dave.accessKeyId}\naws_secret_access_key=${dave.secretAccessKey}`;
  writeFileSync(file, `[profile base]\n${base}\n[profile cli]\nrole_arn=${roleArn('Cli')}\nsource_profile=base\n`);
  const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...env } = { ...environment(dave), AWS_CONFIG_FILE: file };
  const { stdout } = await run('aws', ['--profile', 'cli', 'sts', 'get-caller-identity'], { env });
  assert.match(stdout, /assumed-role\/Cli\/botocore-session-\d+/);
});
