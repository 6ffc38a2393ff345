// A second walk over every operation, as users whom policies allow nothing, everything but its action, or just that: each asks for its own action on
// each resource that it names, and each denial is on record. And what policies with conditions do to a command.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { AccessCredentials } from '@muster/testkit/signing.ts';
import { addUser, setPolicy } from '@muster/testkit/people.ts';
import { type CallAnswer, callOperation } from '@muster/testkit/signed-call.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import { WALKED_BUCKETS } from './cloud/audit/audit-calls.fixture.ts';
import { makeGrant } from './cloud/keys/key-calls.fixture.ts';
import { type EveryCall, everyCall, newCallIds, PICKED, SCOPE_TEXT } from './every-call.fixture.ts';
import { declaredOperations } from './operations.ts';
import { compileService, serviceModels } from './platform/api/index.ts';
import type { AnyOperation } from './platform/api/index.ts';
import { codecOf } from './platform/api/protocols/index.ts';
import { RECORDED_FAILURES_MAX } from './platform/api/record-allowance.ts';
import type { JournalTables } from './platform/journal/tables.ts';
import { tables } from './platform/store/index.ts';

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- branded ids of the simulation's scope
const SCOPE = SCOPE_TEXT as unknown as Parameters<AnyOperation<never>['resources']>[1];
const operations = new Map(declaredOperations().map((one) => [`${one.service}:${one.name}`, one]));
const services = new Map(serviceModels.map((model) => [model.service, compileService(model)]));
/** Reads and denials are written within a second. */
const JOURNAL_MS = 1_500;

let simulation: Simulation;
before(async () => {
  simulation = new Simulation({ seed: 9, ports: { trailBuckets: WALKED_BUCKETS } });
  await simulation.start();
});
after(() => simulation.stop());

function callAs(credentials: AccessCredentials, key: string, input: Readonly<Record<string, unknown>>): Promise<CallAnswer> {
  const [service = '', name = ''] = key.split(':');
  const caller = { transport: simulation.network, region: SCOPE.region, now: simulation.clock.now(), credentials };
  return callOperation(caller, service, name, input);
}

const policyOf = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements.map((one) => ({ Effect: 'Allow', ...one })) });

/** Which key it is stands in the ciphertext alone; who may not use it is told nothing of it. KMS's own tests judge them. */
const NAMED_BY_CIPHERTEXT: ReadonlySet<string> = new Set(['kms:Decrypt', 'kms:ReEncrypt']);

describe('every operation', () => {
  const ids = newCallIds();
  const calls = everyCall(ids).filter(([key]) => !NAMED_BY_CIPHERTEXT.has(key));
  let walked: AccessCredentials;

  before(async () => {
    await simulation.enrol(2, [], () => 'silent');
    [ids.nodeId = '', ids.spareId = ''] = simulation.nodes.map(({ registered }) => registered.nodeId);
    ids.accessKeyId = simulation.administrator.accessKeyId;
    const made = await callAs(simulation.administrator, 'resource-groups:CreateGroup', PICKED);
    assert.equal(made.status, 200, made.body);
    ids.grant = await makeGrant(async (name, input) => (await callAs(simulation.administrator, `kms:${name}`, input)).body);
    walked = await addUser(simulation, 'walker');
  });

  /** As the front door reads it. */
  function decoded(key: string, input: Readonly<Record<string, unknown>>): unknown {
    const [service = '', name = ''] = key.split(':');
    const model = services.get(service);
    const operation = model?.operation(name);
    if (model?.model.protocols[0] !== 'query' || operation === undefined) return input;
    const form = new URLSearchParams({ Action: name });
    for (const [field, value] of Object.entries(input)) form.set(field, String(value));
    const body = Buffer.from(form.toString());
    const headers = new Map([['content-type', 'application/x-www-form-urlencoded']]);
    return codecOf('query').decode(operation, { rawPath: '/', rawQuery: '', headers, body });
  }

  function asked([key, input]: EveryCall): { readonly action: string; readonly resources: readonly string[] } {
    const operation = operations.get(key);
    assert.ok(operation !== undefined);
    return { action: operation.action, resources: operation.resources(decoded(key, input()), SCOPE) };
  }

  /** The resource that the denial names; undefined: it is no denial of this action. */
  function deniedOn({ body }: CallAnswer, action: string): string | undefined {
    const text = body.replaceAll('&apos;', "'").replaceAll('&quot;', '"');
    const [, denied, resource] = /is not authorized to perform: (\S+) on resource: (\S+)/.exec(text) ?? [];
    return denied === action ? resource : undefined;
  }

  async function assertDenied(call: EveryCall, resource: string): Promise<void> {
    const [key, input] = call;
    const { action } = asked(call);
    const answer = await callAs(walked, key, input());
    const protocol = services.get(key.split(':')[0] ?? '')?.model.protocols[0];
    const code = protocol === 'query' ? 'AccessDenied' : 'AccessDeniedException';
    assert.deepEqual([key, answer.status, answer.code], [key, protocol === 'json' ? 400 : 403, code]);
    const sentence =
      `User: arn:aws:iam::000000000000:user/walker is not authorized to perform: ${action} on resource: ${resource} ` +
      `because no identity-based policy allows the ${action} action`;
    assert.ok(answer.body.includes(sentence), `${key}: ${answer.body}`);
  }

  const nameIn = (arn: string): string | undefined => arn.split('/').at(-1);

  /** Of one caller only so many refusals a minute are recorded. */
  async function letPass(at: number): Promise<void> {
    if (at > 0 && at % RECORDED_FAILURES_MAX === 0) await simulation.clock.advance(60_000);
  }

  async function denials(): Promise<readonly string[]> {
    await simulation.clock.advance(JOURNAL_MS);
    const rows = await simulation.database.read((tx) =>
      tables<JournalTables>(tx)
        .selectFrom('journal_entry')
        .select(['event_source', 'event_name', 'error_code', 'principal'])
        .where('error_code', 'is not', null)
        .execute(),
    );
    return rows
      .filter(({ principal, error_code: code }) => principal.includes('user/walker') && code?.startsWith('AccessDenied'))
      .map((row) => `${row.event_source}/${row.event_name}`);
  }

  it('is denied to a user without a policy, in the sentence of AWS, and each denial is on record', async () => {
    for (const [at, call] of calls.entries()) {
      await letPass(at);
      await assertDenied(call, asked(call).resources[0] ?? '');
    }
    const expected = calls.map(([key]) => {
      const [service = '', name = ''] = key.split(':');
      return `${services.get(service)?.model.endpointPrefix}.amazonaws.com/${name}`;
    });
    assert.deepEqual((await denials()).toSorted(), expected.toSorted());
  });

  it('is denied to a user who may do everything but its action', async () => {
    for (const call of calls) {
      const { action, resources } = asked(call);
      await setPolicy(simulation, 'walker', policyOf({ NotAction: action, Resource: '*' }));
      await assertDenied(call, resources[0] ?? '');
    }
  });

  it('asks for each of the resources that it names', async () => {
    for (const call of calls) {
      const { action, resources } = asked(call);
      for (const [at, missing] of [...new Set(resources)].entries()) {
        if (at === 0) continue;
        const rest = resources.filter((resource) => resource !== missing);
        await setPolicy(simulation, 'walker', policyOf({ Action: action, Resource: rest }));
        await assertDenied(call, missing);
      }
    }
  });

  it('lets a user pass who has its action on these resources, and nothing more', async () => {
    for (const call of calls) {
      const [key, input, keep] = call;
      const { action, resources } = asked(call);
      const granted = [...resources];
      let answer: CallAnswer;
      for (;;) {
        await setPolicy(simulation, 'walker', policyOf({ Action: action, Resource: granted }, ...(FURTHER[key] ?? [])));
        answer = await callAs(walked, key, input());
        // The input names an entity of IAM without its path, or a key by its alias: the whole ARN is asked for as well.
        const further = deniedOn(answer, action);
        if (further === undefined) break;
        assert.ok(
          (key.startsWith('kms:') || (key.startsWith('iam:') && resources.some((one) => nameIn(one) === nameIn(further)))) &&
            !granted.includes(further),
          `${key}: ${answer.body}`,
        );
        granted.push(further);
      }
      assert.ok(answer.status < 300 || EXPECTED_ELSEWHERE.has(key), `${key}: ${answer.status} ${answer.body}`);
      keep?.(answer.body);
    }
  });

  /** What an operation asks for beside its own action. */
  const PASS_ROLE = [{ Action: 'iam:PassRole', Resource: '*' }];
  const FURTHER: Readonly<Record<string, readonly object[]>> = {
    'ssm:CreateActivation': PASS_ROLE,
    'ssm:UpdateManagedInstanceRole': PASS_ROLE,
    'iam:AddRoleToInstanceProfile': PASS_ROLE,
    'muster:PreviewCommand': [{ Action: 'ssm:SendCommand', Resource: '*' }],
    'muster:RerunCommand': [{ Action: 'ssm:SendCommand', Resource: '*' }],
    'muster:GetParameters': [{ Action: 'ssm:GetParameters', Resource: '*' }],
    'muster:WatchParameters': [{ Action: ['ssm:GetParameters', 'ssm:GetParametersByPath'], Resource: '*' }],
    'muster:RollbackParameter': [{ Action: ['ssm:GetParameter', 'ssm:PutParameter'], Resource: '*' }],
  };
  /** Passes authorization and is refused for another reason: a silent node does not end what is cancelled. */
  const EXPECTED_ELSEWHERE: ReadonlySet<string> = new Set(['muster:RerunCommand']);
});

describe('SendCommand with a policy for nodes tagged env=dev', () => {
  const DOCUMENT = 'AWS-RunShellScript';
  const parameters = { commands: ['true'] };
  let dev: AccessCredentials;
  let devNode = '';
  let prodNode = '';

  before(async () => {
    const script = () => ({ status: 'Success', code: 0, stdout: '', stderr: '', delayMs: 0 }) as const;
    const known = simulation.nodes.length;
    await simulation.enrol(
      1,
      [
        { Key: 'env', Value: 'dev' },
        { Key: 'app', Value: 'web' },
      ],
      script,
    );
    await simulation.enrol(
      1,
      [
        { Key: 'env', Value: 'prod' },
        { Key: 'app', Value: 'web' },
      ],
      script,
    );
    [devNode = '', prodNode = ''] = simulation.nodes.slice(known).map(({ registered }) => registered.nodeId);
    const policy = policyOf(
      { Action: 'ssm:SendCommand', Resource: `arn:aws:ssm:*::document/${DOCUMENT}` },
      {
        Action: 'ssm:SendCommand',
        Resource: 'arn:aws:ssm:*:*:managed-instance/*',
        Condition: { StringEquals: { 'ssm:resourceTag/env': 'dev' } },
      },
      { Action: 'ssm:ListCommandInvocations', Resource: '*' },
    );
    dev = await addUser(simulation, 'dev', policy);
  });

  it('runs by id on such a node, and nowhere else', async () => {
    const send = (nodeId: string) =>
      callAs(dev, 'ssm:SendCommand', { DocumentName: DOCUMENT, InstanceIds: [nodeId], Parameters: parameters });
    assert.equal((await send(devNode)).status, 200);
    const denied = await send(prodNode);
    assert.deepEqual([denied.status, denied.code], [400, 'AccessDeniedException']);
    const { Message: message } = JSON.parse(denied.body) as { Message?: string };
    assert.equal(
      message ?? (JSON.parse(denied.body) as { message?: string }).message,
      `User: arn:aws:iam::000000000000:user/dev is not authorized to perform: ssm:SendCommand on resource: ` +
        `arn:aws:ssm:us-east-1:000000000000:managed-instance/${prodNode} because no identity-based policy allows the ssm:SendCommand action`,
    );
  });

  it('needs the document as well', async () => {
    const input = { DocumentName: 'AWS-RunPowerShellScript', InstanceIds: [devNode], Parameters: parameters };
    const { code, body } = await callAs(dev, 'ssm:SendCommand', input);
    assert.equal(code, 'AccessDeniedException');
    assert.match(body, /on resource: arn:aws:ssm:us-east-1::document\/AWS-RunPowerShellScript/);
  });

  it('runs by tag on such nodes; each other node is told apart as AccessDenied', async () => {
    const sent = await callAs(dev, 'ssm:SendCommand', {
      DocumentName: DOCUMENT,
      Targets: [{ Key: 'tag:app', Values: ['web'] }],
      Parameters: parameters,
    });
    assert.equal(sent.status, 200, sent.body);
    await simulation.clock.advance(10_000);
    const CommandId = /"CommandId":"([^"]+)"/.exec(sent.body)?.[1];
    const { body } = await callAs(dev, 'ssm:ListCommandInvocations', { CommandId });
    const { CommandInvocations } = JSON.parse(body) as { CommandInvocations: { InstanceId: string; StatusDetails: string }[] };
    assert.deepEqual(
      new Map(CommandInvocations.map((one) => [one.InstanceId, one.StatusDetails])),
      new Map([
        [devNode, 'Success'],
        [prodNode, 'AccessDenied'],
      ]),
    );
  });

  it('follows the tags as they are, and the policy as it is, at once', async () => {
    const send = () => callAs(dev, 'ssm:SendCommand', { DocumentName: DOCUMENT, InstanceIds: [devNode], Parameters: parameters });
    const tag = (Value: string) =>
      callAs(simulation.administrator, 'ssm:AddTagsToResource', {
        ResourceType: 'ManagedInstance',
        ResourceId: devNode,
        Tags: [{ Key: 'env', Value }],
      });
    await tag('prod');
    assert.equal((await send()).code, 'AccessDeniedException');
    await tag('dev');
    assert.equal((await send()).status, 200);
    await setPolicy(simulation, 'dev', policyOf({ Action: 'ssm:ListCommands', Resource: '*' }));
    assert.equal((await send()).code, 'AccessDeniedException');
  });
});

describe('conditions', () => {
  let user: AccessCredentials;
  before(async () => {
    user = await addUser(simulation, 'conditioned');
  });

  const attempt = async (policy: string, key: string, input: Readonly<Record<string, unknown>>): Promise<boolean> => {
    await setPolicy(simulation, 'conditioned', policy);
    const { body } = await callAs(user, key, input);
    return !body.includes('is not authorized to perform');
  };

  it('see which service a role is passed to', async () => {
    const pass = (service: string) =>
      policyOf(
        { Action: 'ssm:CreateActivation', Resource: '*' },
        { Action: 'iam:PassRole', Resource: '*', Condition: { StringEquals: { 'iam:PassedToService': service } } },
      );
    assert.equal(await attempt(pass('ssm.amazonaws.com'), 'ssm:CreateActivation', { IamRole: 'MusterNode' }), true);
    assert.equal(await attempt(pass('ec2.amazonaws.com'), 'ssm:CreateActivation', { IamRole: 'MusterNode' }), false);
  });

  it('see the type of a document, of one that is there and of one to come', async () => {
    const type = (action: string, value: string) =>
      policyOf({ Action: action, Resource: '*', Condition: { StringEquals: { 'ssm:DocumentType': value } } });
    assert.equal(await attempt(type('ssm:GetDocument', 'Command'), 'ssm:GetDocument', { Name: 'AWS-RunShellScript' }), true);
    assert.equal(await attempt(type('ssm:GetDocument', 'Session'), 'ssm:GetDocument', { Name: 'AWS-RunShellScript' }), false);
    const input = { Name: 'New', Content: '{}' };
    assert.equal(await attempt(type('ssm:CreateDocument', 'Command'), 'ssm:CreateDocument', input), true);
    assert.equal(await attempt(type('ssm:CreateDocument', 'Automation'), 'ssm:CreateDocument', input), false);
  });

  it('see the tags of a group and of a user, and the tags that a call brings', async () => {
    const tagged = (action: string, key: string) =>
      policyOf({ Action: action, Resource: '*', Condition: { StringEquals: { [key]: 'ops' } } });
    await callAs(simulation.administrator, 'resource-groups:Tag', {
      Arn: 'arn:aws:resource-groups:us-east-1:000000000000:group/Picked',
      Tags: { team: 'ops' },
    });
    await callAs(simulation.administrator, 'iam:TagUser', {
      UserName: 'conditioned',
      'Tags.member.1.Key': 'team',
      'Tags.member.1.Value': 'ops',
    });
    const get = { Group: 'Picked' };
    assert.equal(
      await attempt(tagged('resource-groups:GetGroup', 'aws:ResourceTag/team'), 'resource-groups:GetGroup', get),
      true,
    );
    assert.equal(
      await attempt(tagged('resource-groups:GetGroup', 'aws:ResourceTag/other'), 'resource-groups:GetGroup', get),
      false,
    );
    const own = { UserName: 'conditioned' };
    assert.equal(await attempt(tagged('iam:GetUser', 'iam:ResourceTag/team'), 'iam:GetUser', own), true);
    assert.equal(await attempt(tagged('iam:GetUser', 'aws:PrincipalTag/team'), 'iam:GetUser', own), true);
    assert.equal(await attempt(tagged('iam:GetUser', 'iam:ResourceTag/team'), 'iam:GetUser', { UserName: 'walker' }), false);
    const make = (value: string) => ({ Name: 'Other', Content: '{}', Tags: [{ Key: 'team', Value: value }] });
    const bring = tagged('ssm:CreateDocument', 'aws:RequestTag/team');
    assert.equal(await attempt(bring, 'ssm:CreateDocument', make('ops')), true);
    assert.equal(await attempt(bring, 'ssm:CreateDocument', make('dev')), false);
  });

  it('hold for the full ARN of what has a path, too', async () => {
    await callAs(simulation.administrator, 'iam:CreateUser', { UserName: 'deep', Path: '/team/' });
    const forbidding = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'iam:AttachUserPolicy', Resource: '*' },
        {
          Effect: 'Deny',
          Action: 'iam:AttachUserPolicy',
          Resource: 'arn:aws:iam::*:user/team/*',
          Condition: { ArnEquals: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' } },
        },
      ],
    });
    const attach = (name: string) => ({ UserName: 'deep', PolicyArn: `arn:aws:iam::aws:policy/${name}` });
    assert.equal(await attempt(forbidding, 'iam:AttachUserPolicy', attach('AdministratorAccess')), false);
    assert.equal(await attempt(forbidding, 'iam:AttachUserPolicy', attach('IAMReadOnlyAccess')), true);
  });

  it('see the boundary of a user that is there', async () => {
    const boundary = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess';
    const bounded = policyOf({
      Action: 'iam:DeleteUserPolicy',
      Resource: '*',
      Condition: { StringEquals: { 'iam:PermissionsBoundary': boundary } },
    });
    const input = { UserName: 'deep', PolicyName: 'none' };
    assert.equal(await attempt(bounded, 'iam:DeleteUserPolicy', input), false);
    await callAs(simulation.administrator, 'iam:PutUserPermissionsBoundary', { UserName: 'deep', PermissionsBoundary: boundary });
    assert.equal(await attempt(bounded, 'iam:DeleteUserPolicy', input), true);
  });
});
