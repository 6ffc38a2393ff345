// A walk over every operation that has a handler: what it declares is complete and fits its model, a node may call none but an agent's, and
// every write leaves exactly one row in the journal. A new operation without a line in the tables below fails here.
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Simulation } from '@muster/testkit/simulation.ts';
import { type CallAnswer, callOperation } from '@muster/testkit/signed-call.ts';
import { WALKED_BUCKETS } from './cloud/audit/audit-calls.fixture.ts';
import { makeGrant } from './cloud/keys/key-calls.fixture.ts';
import { everyCall, newCallIds, PICKED } from './every-call.fixture.ts';
import { declaredOperations } from './operations.ts';
import { compileService, serviceModels } from './platform/api/index.ts';
import type { AnyOperation } from './platform/api/index.ts';
import type { Shape } from './platform/api/codec/shape.ts';
import type { JournalTables } from './platform/journal/tables.ts';
import { RECORDED_FAILURES_MAX } from './platform/api/record-allowance.ts';
import { tables } from './platform/store/index.ts';

const operations = declaredOperations();
const services = new Map(serviceModels.map((model) => [model.service, compileService(model)]));
const SCOPE = { account: '000000000000', region: 'us-east-1' } as Parameters<AnyOperation<never>['resources']>[1];

/** Whoever calls these proves itself by what it brings. */
const UNSIGNED = ['ssm:RegisterManagedInstance', 'sts:AssumeRoleWithWebIdentity'];
/** Where the resource's own policy takes part: these ask for themselves. */
const JUDGE_THEMSELVES = ['sts:AssumeRole'];
/** A key's own policy takes part in all of them. */
const ABOUT_NO_KEY = ['kms:CreateKey', 'kms:GenerateRandom', 'kms:ListAliases', 'kms:ListKeys', 'kms:ListRetirableGrants'];

/** What agents do by the thousand; each with what stands for its row in the journal. */
const AGENT_PLANE: Readonly<Record<string, string>> = {
  'ssm:GetManifest': 'always refused: packages are documents, and those are read with GetDocument',
  'ssm:ListInstanceAssociations': 'a question of every agent every few minutes',
  'ssm:PutConfigurePackageResult': 'recorded with the invocation: its step says the same',
  'ssm:UpdateInstanceAssociationStatus': 'refused, there are no associations',
  'ssm:UpdateInstanceInformation': 'the heartbeat; a change of presence is an event',
  'ssmmessages:CreateControlChannel': 'the handshake; presence shows it',
  'ec2messages:AcknowledgeMessage': 'recorded with the invocation',
  'ec2messages:DeleteMessage': 'as AcknowledgeMessage',
  'ec2messages:FailMessage': 'recorded with the invocation',
  'ec2messages:GetEndpoint': 'asks for an address',
  'ec2messages:GetMessages': 'the long poll',
  'ec2messages:SendReply': 'recorded with the invocation',
};
/** Answers with a secret, so the row is written before the answer. */
const SECRET = [
  'kms:Decrypt',
  'kms:GenerateDataKey',
  'ssm:RequestManagedInstanceRoleToken',
  'sts:AssumeRole',
  'sts:AssumeRoleWithWebIdentity',
  'sts:GetSessionToken',
];
/** There are no passwords: answers that nobody has one. */
const NEVER_FOUND = ['iam:DeleteLoginProfile', 'iam:GetLoginProfile'];
/** Reads and denials are written within a second. */
const JOURNAL_MS = 1_500;
/** What a node may call although it is no agent's own operation. */
const OPEN_TO_NODES = ['sts:GetCallerIdentity', 'ssm:DescribeDocument', 'ssm:GetDocument'];

/** Where a service signs under another name than its actions carry. */
const IAM_PREFIXES: Readonly<Record<string, string>> = { tagging: 'tag' };

const WRITES =
  /^(?:Add|Associate|Attach|Cancel|Create|Delete|Deregister|Detach|Disable|Disassociate|Enable|Label|Modify|Pause|Put|Register|Remove|Rerun|Reset|Resume|Retire|Revoke|Rollback|Rotate|Schedule|Send|Set|Start|Stop|Terminate|Unlabel|Update)[A-Z]/;
/** Verbs that stand alone too: `Tag`, `GroupResources`. */
const WRITES_SHORT = /^(?:Group|Tag|Ungroup|Untag)(?:[A-Z]|$)/;
/** What a key makes of given bytes, or of random ones, tells its caller nothing new. */
const READS =
  /^(?:(?:Describe|Explain|Export|Generate|Get|List|Lookup|Preview|Search|Simulate|Verify|Watch)[A-Z]|(?:Encrypt|ReEncrypt)$)/;

const keyOf = (one: { readonly service: string; readonly name: string }): string => `${one.service}:${one.name}`;
const kebab = (name: string): string => name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '-').toLowerCase();

/** A value of the shape's type; constraints do not matter to `resources`. */
function sample(shape: Shape, depth = 0): unknown {
  switch (shape.kind) {
    case 'structure':
      return depth > 4
        ? {}
        : Object.freeze(Object.fromEntries(shape.members.map((one) => [one.name, sample(one.shape, depth + 1)])));
    case 'list':
      return Object.freeze(shape.item === undefined || depth > 4 ? [] : [sample(shape.item, depth + 1)]);
    case 'map':
      return Object.freeze(shape.value === undefined || depth > 4 ? {} : { key: sample(shape.value, depth + 1) });
    case 'boolean':
      return true;
    case 'blob':
      return Buffer.from('sample');
    case 'timestamp':
      return new Date(0);
    case 'string':
      return shape.enumValues?.values().next().value ?? 'sample';
    default:
      return 1;
  }
}

describe('every operation', () => {
  test('is declared once', () => {
    const names = operations.map(keyOf);
    assert.deepEqual(
      names.filter((name, at) => names.indexOf(name) !== at),
      [],
    );
  });

  for (const one of operations) {
    const key = keyOf(one);
    const declared = services.get(one.service)?.operation(one.name);

    test(`${key} stands in its model`, () => {
      assert.ok(declared !== undefined);
    });

    test(`${key} names its own IAM action`, () => {
      const signingName = services.get(one.service)?.model.signingName ?? '';
      assert.equal(one.action, `${IAM_PREFIXES[signingName] ?? signingName}:${one.name}`);
    });

    test(`${key} says purely which resources it is about`, () => {
      assert.ok(declared !== undefined);
      const input = sample(declared.input);
      const first = one.resources(input, SCOPE);
      assert.deepEqual(one.resources(input, SCOPE), first);
      assert.notEqual(first.length, 0, 'what names nothing is never authorized: say * where the action has no resource type');
      if (!first.includes('*'))
        for (const arn of first)
          assert.match(arn, /^arn:aws:(?:iam:|[a-z0-9-]+:us-east-1):(?:000000000000)?:(?:[a-z-]+\/.+|\*)$/);
      // Members that need not be there may be absent.
      const required = declared.input.members.filter((member) => member.required).map((member) => member.name);
      const least = Object.fromEntries(Object.entries(input as object).filter(([name]) => required.includes(name)));
      assert.notEqual(one.resources(least, SCOPE).length, 0);
    });

    test(`${key} is audited as its verb says`, () => {
      if (Object.hasOwn(AGENT_PLANE, key)) assert.equal(one.audit, 'agent-plane');
      else if (SECRET.includes(key)) assert.equal(one.audit, 'secret');
      else if (WRITES.test(one.name) || WRITES_SHORT.test(one.name)) assert.equal(one.audit, 'write');
      else assert.ok(READS.test(one.name) && one.audit === 'read', `${one.name} is of class ${one.audit}`);
    });
  }

  test('is signed, but for a list', () => {
    assert.deepEqual(
      operations
        .filter((one) => one.unsigned === true)
        .map(keyOf)
        .toSorted(),
      UNSIGNED,
    );
  });

  test('is authorized by the front door, but for a list', () => {
    const aboutKeys = operations
      .filter((one) => one.service === 'kms')
      .map(keyOf)
      .filter((key) => !ABOUT_NO_KEY.includes(key));
    assert.deepEqual(operations.filter((one) => one.judgesItself === true).map(keyOf), [...JUDGE_THEMSELVES, ...aboutKeys]);
  });

  test('lies in a file of its name in a folder operations', async () => {
    const files = globSync('**/operations/**/*.ts', { cwd: import.meta.dirname }).filter((file) => !file.endsWith('.test.ts'));
    const found = new Map<unknown, string>();
    for (const file of files) {
      const module = (await import(join(import.meta.dirname, file))) as { default: AnyOperation<never> };
      assert.equal(basename(file, '.ts'), kebab(module.default.name), file);
      found.set(module.default, file);
    }
    for (const one of operations) assert.ok(found.delete(one), `${keyOf(one)} is declared in no file of its own`);
    assert.deepEqual([...found.values()], [], 'these operations stand in no list of a domain');
  });
});

describe('at the front door', () => {
  let simulation: Simulation;

  before(async () => {
    simulation = new Simulation({ seed: 7, ports: { trailBuckets: WALKED_BUCKETS } });
    await simulation.start();
    // Long enough for a command to be steered, and it ends when it is cancelled.
    await simulation.enrol(2, [], () => ({ status: 'Success', code: 0, stdout: '', stderr: '', delayMs: 600_000 }));
    [ids.nodeId = '', ids.spareId = ''] = simulation.nodes.map((node) => node.registered.nodeId);
    ids.accessKeyId = simulation.administrator.accessKeyId;
    const made = await asAdministrator('resource-groups', 'CreateGroup', PICKED);
    assert.equal(made.status, 200, made.body);
    ids.grant = await makeGrant(async (name, input) => (await asAdministrator('kms', name, input)).body);
  });
  after(() => simulation.stop());

  const asAdministrator = (service: string, name: string, input: Readonly<Record<string, unknown>>): Promise<CallAnswer> =>
    callOperation(
      { transport: simulation.network, region: SCOPE.region, now: simulation.clock.now(), credentials: simulation.administrator },
      service,
      name,
      input,
    );

  const asNode = (service: string, name: string, input: Readonly<Record<string, unknown>>): Promise<CallAnswer> => {
    const credentials = simulation.nodes[0]?.registered.credentials;
    assert.ok(credentials !== undefined);
    const caller = { transport: simulation.network, region: SCOPE.region, now: simulation.clock.now(), credentials };
    return callOperation(caller, service, name, input);
  };

  const rows = async (key: string) => {
    const [service = '', name = ''] = key.split(':');
    const source = `${services.get(service)?.model.endpointPrefix}.amazonaws.com`;
    return simulation.database.read((tx) =>
      tables<JournalTables>(tx)
        .selectFrom('journal_entry')
        .selectAll()
        .where('event_source', '=', source)
        .where('event_name', '=', name)
        .execute(),
    );
  };

  /** Each once by the administrator, before the tests. */
  const MADE_BEFORE = ['ssm:CreateActivation', 'resource-groups:CreateGroup', 'kms:CreateKey', 'kms:CreateGrant'];
  const ids = newCallIds();
  const CALLS = everyCall(ids);

  test("the calls below are all operations that are not an agent's", () => {
    const others = [...SECRET, ...UNSIGNED, ...OPEN_TO_NODES, ...NEVER_FOUND, 'ssm:UpdateManagedInstancePublicKey'];
    const agents = [...Object.keys(AGENT_PLANE), ...others];
    assert.deepEqual(
      operations
        .map(keyOf)
        .filter((key) => !agents.includes(key))
        .toSorted(),
      CALLS.map(([key]) => key).toSorted(),
    );
  });

  test('a node may call none of them, about itself neither, and each try is on record', async () => {
    for (const [at, [key, input]] of CALLS.entries()) {
      // Of one caller only so many refusals a minute are recorded.
      if (at > 0 && at % RECORDED_FAILURES_MAX === 0) await simulation.clock.advance(60_000);
      const [service = '', name = ''] = key.split(':');
      const answer = await asNode(service, name, input());
      const protocol = services.get(service)?.model.protocols[0];
      const code = protocol === 'query' ? 'AccessDenied' : 'AccessDeniedException';
      assert.deepEqual([key, answer.status, answer.code], [key, protocol === 'json' ? 400 : 403, code]);
    }
    await simulation.clock.advance(JOURNAL_MS);
    for (const [key] of CALLS) {
      const denials = await rows(key);
      assert.deepEqual(
        denials.map((row) => row.error_code),
        [
          /^(?:iam|sts):/.test(key) ? 'AccessDenied' : 'AccessDeniedException',
          ...(MADE_BEFORE.includes(key) ? [null] : []),
        ].toReversed(),
        key,
      );
    }
  });

  test('every write leaves one row, with the names of what it touched and without an error', async () => {
    for (const [key, input, keep, status = 200] of CALLS) {
      const [service = '', name = ''] = key.split(':');
      const earlier = (await rows(key)).length;
      const answer = await asAdministrator(service, name, input());
      assert.equal(answer.status, status, `${key}: ${answer.body}`);
      keep?.(answer.body);
      await simulation.clock.advance(JOURNAL_MS);
      const written = (await rows(key)).slice(earlier);
      assert.equal(written.length, 1, `${key} left ${written.length} rows`);
      assert.equal(written[0]?.error_code, null, key);
      assert.match(written[0]?.principal ?? '', /user\/administrator/);
    }
  });
});
