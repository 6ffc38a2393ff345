// Parameter Store through its operations, on every database: versions, secrets, listings, sharing, policies, and what `{{ssm:…}}` gets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { administrator, nodePrincipal, scopeOf, testScope } from '@muster/testkit/request-context.ts';
import type { NodeId } from '../platform/ids.ts';
import type { OutboxTables } from '../platform/outbox/tables.ts';
import { tables } from '../platform/store/index.ts';
import { NOW, setUp } from './parameters.fixture.ts';
import type { ParameterTables } from './tables.ts';

interface Shown {
  readonly Name: string;
  readonly Value: string;
  readonly Version: number;
}
type Page = { readonly Parameters: readonly Shown[]; readonly NextToken?: string };
type Kit = Awaited<ReturnType<typeof setUp>>;

const refusal = (code: string) => (error: unknown) => {
  assert.ok(error instanceof Error);
  assert.equal(error.name, code, error.message);
  return true;
};
const later = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000);

async function allPages(kit: Kit, operation: string, input: object): Promise<{ names: string[]; sizes: number[] }> {
  const names: string[] = [];
  const sizes: number[] = [];
  let token: string | undefined;
  do {
    const page: Page = await kit.call(operation, { ...input, NextToken: token });
    names.push(...page.Parameters.map(({ Name }) => Name));
    sizes.push(page.Parameters.length);
    token = page.NextToken;
  } while (token !== undefined);
  return { names, sizes };
}

eachDatabase((_kind, open) => {
  const storedRows = (kit: Kit) =>
    kit.database.read((tx) => tables<ParameterTables>(tx).selectFrom('parameters_parameter').selectAll().execute());
  const events = (kit: Kit) =>
    kit.database.read(async (tx) => {
      const rows = await tables<OutboxTables>(tx).selectFrom('outbox_event').selectAll().orderBy('id').execute();
      return rows.map((row) => JSON.stringify(row));
    });
  const enforce = async (kit: Kit, at: Date): Promise<void> => {
    const [reconciler] = kit.parameters.reconcilers;
    for (const key of (await reconciler?.due(at, 10)) ?? []) await reconciler?.reconcile(key, at);
  };

  test('64 writers of one name make 64 versions in order, or are told TooManyUpdates; nothing is lost', async () => {
    await using kit = await setUp(open);
    await kit.put('/one', 'first');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 64 }, (_, at) => kit.put('/one', `value ${at}`, { Overwrite: true })),
    );
    const versions = new Map<number, string>();
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') versions.set(outcome.value.Version, `value ${at}`);
      else refusal('TooManyUpdates')(outcome.reason);
    }
    const history: Page = await kit.call('GetParameterHistory', { Name: '/one', MaxResults: 50 });
    const rest: Page = await kit.call('GetParameterHistory', { Name: '/one', NextToken: history.NextToken });
    const kept = [...history.Parameters, ...rest.Parameters];
    assert.deepEqual(
      kept.map(({ Version }) => Version),
      Array.from({ length: versions.size + 1 }, (_, at) => at + 1),
    );
    for (const { Version, Value } of kept.slice(1)) assert.equal(versions.get(Version), Value);
  });

  test('a hundred versions are kept; the oldest goes unless it has a label', async () => {
    await using kit = await setUp(open);
    await kit.put('/v', '1');
    for (let version = 2; version <= 101; version++) await kit.put('/v', String(version), { Overwrite: true });
    await assert.rejects(kit.call('GetParameter', { Name: '/v:1' }), refusal('ParameterVersionNotFound'));
    await kit.call('LabelParameterVersion', { Name: '/v', ParameterVersion: 2, Labels: ['keep'] });
    await assert.rejects(kit.put('/v', 'x', { Overwrite: true }), {
      name: 'ParameterMaxVersionLimitExceeded',
      message:
        "You attempted to create a new version of /v by calling the PutParameter API with the overwrite flag. Version 2, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.",
    });
    await kit.call('LabelParameterVersion', { Name: '/v', ParameterVersion: 50, Labels: ['keep'] });
    assert.equal((await kit.put('/v', 'x', { Overwrite: true })).Version, 102);
    const { Parameter } = await kit.call<{ Parameter: Shown }>('GetParameter', { Name: '/v:keep' });
    assert.equal(Parameter.Value, '50');
  });

  test('a SecureString is stored sealed, answered sealed or open, in both tiers, and bound to its name', async () => {
    await using kit = await setUp(open);
    const secrets = { '/s/small': 'tell nobody', '/s/large': `${'z'.repeat(6_000)}tell nobody` };
    for (const [name, value] of Object.entries(secrets)) {
      await kit.put(name, value, { Type: 'SecureString', Tier: 'Intelligent-Tiering' });
      const open = await kit.call<{ Parameter: Shown }>('GetParameter', { Name: name, WithDecryption: true });
      assert.equal(open.Parameter.Value, value);
      const sealed = await kit.call<{ Parameter: Shown }>('GetParameter', { Name: name });
      assert.match(sealed.Parameter.Value, /^[A-Za-z0-9+/]+=*$/);
    }
    assert.doesNotMatch(JSON.stringify(await storedRows(kit)), /tell nobody|zzzz/);
    await kit.put('/s/moved', 'x', { Type: 'SecureString' });
    await kit.database.write('test', async (tx) => {
      const db = tables<ParameterTables>(tx);
      const { value } = await db
        .selectFrom('parameters_parameter')
        .select('value')
        .where('key', '=', 's/small')
        .executeTakeFirstOrThrow();
      await db.updateTable('parameters_parameter').set({ value }).where('key', '=', 's/moved').execute();
    });
    await assert.rejects(kit.call('GetParameter', { Name: '/s/moved', WithDecryption: true }), refusal('InvalidKeyId'));
    await assert.rejects(kit.put('/s/plain', 'v', { KeyId: 'alias/aws/ssm' }), refusal('ValidationException'));
  });

  test('whoever may not use the key learns neither the secret nor the key', async () => {
    await using kit = await setUp(open);
    await kit.put('/s', 'secret', { Type: 'SecureString' });
    const allowed = (action: string) => action !== 'kms:Decrypt';
    await assert.rejects(kit.call('GetParameter', { Name: '/s', WithDecryption: true }, { allowed }), {
      name: 'AccessDeniedException',
      message:
        /^The ciphertext refers to a customer master key that does not exist, .*Error Code: AccessDeniedException; Request ID: /,
    });
    const sealed = await kit.call<{ Parameter: Shown }>('GetParameter', { Name: '/s' }, { allowed });
    assert.notEqual(sealed.Parameter.Value, 'secret');
  });

  test('paths answer full pages in the order of names, one level or all', async () => {
    await using kit = await setUp(open);
    const names = Array.from({ length: 25 }, (_, at) => `/app/${String(at).padStart(2, '0')}`);
    for (const name of [...names, '/app/01/below', '/app/01/below/deeper', '/app-other', '/apq', 'root'])
      await kit.put(name, 'v');
    assert.deepEqual(await allPages(kit, 'GetParametersByPath', { Path: '/app' }), { names, sizes: [10, 10, 5] });
    const recursive = await allPages(kit, 'GetParametersByPath', { Path: '/app/', Recursive: true });
    assert.deepEqual(recursive.names, [...names, '/app/01/below', '/app/01/below/deeper'].toSorted());
    assert.deepEqual(recursive.sizes, [10, 10, 7]);
    assert.deepEqual((await allPages(kit, 'GetParametersByPath', { Path: '/' })).names, ['/app-other', '/apq', 'root']);
    assert.equal((await allPages(kit, 'GetParametersByPath', { Path: '/', Recursive: true })).names.length, 30);
    const described = await allPages(kit, 'DescribeParameters', { MaxResults: 7 });
    assert.deepEqual([described.names.length, described.sizes.slice(0, 4)], [30, [7, 7, 7, 7]]);
  });

  test('a page begins behind the longest name', async () => {
    await using kit = await setUp(open);
    const long = (last: string) => `/${'n'.repeat(940)}${last}`;
    for (const last of ['a', 'b', 'c']) await kit.put(long(last), 'v');
    const { names } = await allPages(kit, 'GetParametersByPath', { Path: '/', MaxResults: 1 });
    assert.deepEqual(names, [long('a'), long('b'), long('c')]);
  });

  test('filters narrow listings, alone and together', async () => {
    await using kit = await setUp(open);
    await kit.put('/f/a', 'v', { Tags: [{ Key: 'Team', Value: 'blue' }] });
    await kit.put('/f/b', 'v', { Type: 'StringList', Tags: [{ Key: 'Team', Value: 'red' }] });
    await kit.put('/f/c/d', 's', { Type: 'SecureString', Tier: 'Advanced', Tags: [{ Key: 'Team', Value: 'blue' }] });
    await kit.put('g', 'v');
    const find = async (...filters: readonly (readonly [Key: string, Values?: readonly string[], Option?: string])[]) => {
      const ParameterFilters = filters.map(([Key, Values, Option]) => ({ Key, Values, Option }));
      return (await allPages(kit, 'DescribeParameters', { ParameterFilters })).names;
    };
    assert.deepEqual(await find(['Name', ['g', '/f/a']]), ['/f/a', 'g']);
    assert.deepEqual(await find(['Name', ['/f', 'g'], 'BeginsWith']), ['/f/a', '/f/b', '/f/c/d', 'g']);
    assert.deepEqual(await find(['Name', ['c/'], 'Contains']), ['/f/c/d']);
    assert.deepEqual(await find(['Type', ['StringList', 'SecureString']]), ['/f/b', '/f/c/d']);
    assert.deepEqual(await find(['KeyId', ['alias/aws'], 'BeginsWith']), ['/f/c/d']);
    assert.deepEqual(await find(['Tier', ['Standard']]), ['/f/a', '/f/b', 'g']);
    assert.deepEqual(await find(['DataType', ['text']], ['Path', ['/f'], 'OneLevel']), ['/f/a', '/f/b']);
    assert.deepEqual(await find(['Path', ['/f', '/']]), ['/f/a', '/f/b', 'g']);
    assert.deepEqual(await find(['Path', ['/f/c', '/'], 'Recursive']), ['/f/a', '/f/b', '/f/c/d', 'g']);
    assert.deepEqual(await find(['tag:Team', ['blue']]), ['/f/a', '/f/c/d']);
    assert.deepEqual(await find(['tag:Team'], ['Type', ['String', 'StringList']]), ['/f/a', '/f/b']);
    const old = await allPages(kit, 'DescribeParameters', { Filters: [{ Key: 'Name', Values: ['/f'] }] });
    assert.deepEqual(old.names, ['/f/a', '/f/b', '/f/c/d']);
    const byType = { Path: '/', Recursive: true, ParameterFilters: [{ Key: 'Type', Values: ['String'] }] };
    assert.deepEqual((await allPages(kit, 'GetParametersByPath', byType)).names, ['/f/a', 'g']);
  });

  test('labels below a path are paged, version by version', async () => {
    await using kit = await setUp(open);
    for (const name of ['/l/a', '/l/b', '/l/b/c']) {
      await kit.put(name, 'old');
      await kit.put(name, 'new', { Overwrite: true });
      await kit.call('LabelParameterVersion', { Name: name, ParameterVersion: 1, Labels: ['x', 'y'] });
    }
    const input = { Path: '/l', Recursive: true, MaxResults: 1, ParameterFilters: [{ Key: 'Label', Values: ['x', 'y'] }] };
    const { names } = await allPages(kit, 'GetParametersByPath', input);
    assert.deepEqual(names, ['/l/a', '/l/a', '/l/b', '/l/b', '/l/b/c', '/l/b/c']);
    const oneLevel = await allPages(kit, 'GetParametersByPath', { ...input, Recursive: false });
    assert.deepEqual(oneLevel.names, ['/l/a', '/l/a', '/l/b', '/l/b']);
  });

  test('what is deleted takes versions, labels and tags along, and begins anew', async () => {
    await using kit = await setUp(open);
    await kit.put('/d', '1', { Tags: [{ Key: 'a', Value: 'b' }] });
    await kit.put('/d', '2', { Overwrite: true });
    await kit.call('LabelParameterVersion', { Name: '/d', Labels: ['l'] });
    assert.deepEqual(await kit.call('DeleteParameters', { Names: ['d', '/none'] }), {
      DeletedParameters: ['d'],
      InvalidParameters: ['/none'],
    });
    assert.equal((await kit.put('/d', 'again')).Version, 1);
    await assert.rejects(kit.call('GetParameter', { Name: '/d:l' }), refusal('ParameterVersionNotFound'));
    assert.deepEqual(await kit.database.read((tx) => kit.tags.list(tx, testScope, 'Parameter', 'd')), []);
    const operations = (await events(kit)).map((event) => /operation[\\":]+(\w+)/.exec(event)?.[1]);
    assert.deepEqual(operations, ['Create', 'Update', 'LabelParameterVersion', 'Delete', 'Create']);
  });

  test('an expiration takes the parameter, a notice is given once, and a change arms "no change" anew', async () => {
    await using kit = await setUp(open);
    const policy = (Type: string, Attributes: object) => ({ Type, Version: '1.0', Attributes });
    const Policies = JSON.stringify([
      policy('Expiration', { Timestamp: later(100).toISOString() }),
      policy('ExpirationNotification', { Before: '10', Unit: 'Hours' }),
      policy('NoChangeNotification', { After: '1', Unit: 'Days' }),
    ]);
    await kit.put('/p', 'v', { Tier: 'Advanced', Policies });
    const actions = async () => (await events(kit)).flatMap((event) => /policy-type[\\":]+(\w+)/.exec(event)?.[1] ?? []);
    await enforce(kit, later(23));
    assert.deepEqual(await actions(), []);
    await enforce(kit, later(25));
    await enforce(kit, later(26));
    assert.deepEqual(await actions(), ['NoChangeNotification']);
    await kit.put('/p', 'w', { Overwrite: true }, { now: later(30) });
    await enforce(kit, later(55));
    await enforce(kit, later(91));
    assert.deepEqual(await actions(), ['NoChangeNotification', 'NoChangeNotification', 'ExpirationNotification']);
    await enforce(kit, later(101));
    await assert.rejects(kit.call('GetParameter', { Name: '/p' }), refusal('ParameterNotFound'));
    assert.equal((await actions()).at(-1), 'Expiration');
  });

  test('limits are kept where they are set', async () => {
    await using kit = await setUp(open, { Standard: 2 });
    await kit.put('/1', 'v');
    await kit.put('/2', 'v');
    await assert.rejects(kit.put('/3', 'v'), {
      name: 'ParameterLimitExceeded',
      message:
        'You have reached the maximum number of standard parameters for this AWS account and Region (2). To add more parameters, either delete existing parameters or upgrade to the advanced-parameter tier (charges apply).',
    });
    assert.equal((await kit.put('/3', 'v', { Tier: 'Advanced' })).Tier, 'Advanced');
    await assert.rejects(kit.put('/3', 'v', { Overwrite: true, Tier: 'Standard' }), refusal('ValidationException'));
  });

  test('another account reads what is shared with it, by ARN, and nothing else', async () => {
    await using kit = await setUp(open);
    const other = scopeOf('210987654321', 'us-east-1');
    const as = { scope: other, principal: administrator(other) };
    const arn = `arn:aws:ssm:us-east-1:${testScope.account}:parameter/shared/a`;
    await kit.put('/shared/a', 'v', { Tier: 'Advanced' });
    await assert.rejects(kit.call('GetParameter', { Name: arn }, as), refusal('AccessDeniedException'));
    const statement = { Effect: 'Allow', Principal: { AWS: other.account }, Action: ['ssm:GetParameter'], Resource: arn };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statement });
    const { PolicyId, PolicyHash } = await kit.call<{ PolicyId: string; PolicyHash: string }>('PutResourcePolicy', {
      ResourceArn: arn,
      Policy,
    });
    const { Parameter } = await kit.call<{ Parameter: Shown & { ARN: string } }>('GetParameter', { Name: arn }, as);
    assert.deepEqual([Parameter.Value, Parameter.ARN], ['v', arn]);
    const shared: Page = await kit.call('DescribeParameters', { Shared: true }, as);
    assert.deepEqual(
      shared.Parameters.map(({ Name }) => Name),
      [arn],
    );
    await assert.rejects(
      kit.call('PutResourcePolicy', { ResourceArn: arn, Policy }),
      refusal('ResourcePolicyLimitExceededException'),
    );
    await assert.rejects(
      kit.call('PutResourcePolicy', { ResourceArn: arn, Policy: '{"Version":"2012-10-17","Statement":[]}' }),
      /malformed: A policy has 1 to 200 statements, not 0\.$/,
    );
    await assert.rejects(kit.call('DeleteParameter', { Name: arn }, as), refusal('ParameterNotFound'));
    await kit.call('DeleteResourcePolicy', { ResourceArn: arn, PolicyId, PolicyHash });
    await assert.rejects(kit.call('GetParameter', { Name: arn }, as), refusal('AccessDeniedException'));
    await kit.put('/shared/standard', 'v');
    await assert.rejects(
      kit.call('PutResourcePolicy', {
        ResourceArn: arn.replace('/a', '/standard'),
        Policy: Policy.replaceAll('/a"', '/standard"'),
      }),
      refusal('ResourcePolicyInvalidParameterException'),
    );
  });

  test('documents get values that their sender may read; SecureStrings stay sealed', async () => {
    await using kit = await setUp(open);
    await kit.put('/doc/a', 'one');
    await kit.put('/doc/a', 'two', { Overwrite: true });
    await kit.put('/doc/hidden', 'v');
    await kit.put('/doc/secret', 'secret', { Type: 'SecureString' });
    const call = { sourceIp: '127.0.0.1', userAgent: 'test', at: NOW, secure: true, region: testScope.region };
    const selectors = ['/doc/a', '/doc/a:1', '/doc/hidden', '/doc/secret', '/doc/none', 'not/a/name'];
    const found = await kit.parameters.values.find(testScope, administrator(), selectors, call);
    assert.deepEqual(Object.fromEntries(found), {
      '/doc/a': { type: 'String', value: 'two' },
      '/doc/a:1': { type: 'String', value: 'one' },
      '/doc/secret': { type: 'SecureString', value: '' },
    });
    const node = nodePrincipal('mi-0123456789abcdef0' as NodeId);
    assert.equal((await kit.parameters.values.find(testScope, node, selectors, call)).size, 0);
  });

  test('a watch answers at once when nothing is known, waits while nothing changes, and learns of a change by its commit', async () => {
    await using kit = await setUp(open);
    type Watch = { readonly Parameters: readonly Shown[]; readonly Token: string; readonly Changed: boolean };
    const watch = (input: object) => kit.call<Watch>('WatchParameters', input);
    await kit.put('/w/a', '1');
    const first = await watch({ Path: '/w' });
    assert.deepEqual([first.Changed, first.Parameters.map(({ Name, Version }) => [Name, Version])], [true, [['/w/a', 1]]]);
    assert.deepEqual(await watch({ Path: '/w', Token: first.Token, WaitSeconds: 0 }), { ...first, Changed: false });
    const changes: readonly (() => Promise<unknown>)[] = [
      () => kit.put('/w/a', '2', { Overwrite: true }),
      () => kit.put('/w/b/c', '1'),
      () => kit.call('DeleteParameter', { Name: '/w/b/c' }),
    ];
    for (const change of changes) {
      const { Token } = await watch({ Path: '/w', WaitSeconds: 0 });
      const waiting = watch({ Path: '/w', Token });
      await kit.put('/elsewhere', 'v', { Overwrite: true });
      await change();
      assert.equal((await waiting).Changed, true);
    }
    const named = await watch({ Names: ['/w/a', '/w/none'] });
    assert.deepEqual(
      named.Parameters.map(({ Name, Version }) => [Name, Version]),
      [['/w/a', 2]],
    );
    await assert.rejects(watch({ Names: ['/w/a'], Path: '/w' }), refusal('ValidationException'));
    const gone = AbortSignal.abort();
    const { Changed } = await kit.call<Watch>(
      'WatchParameters',
      { Names: ['/w/a', '/w/none'], Token: named.Token },
      { signal: gone },
    );
    assert.equal(Changed, false);
  });

  test('public parameters are there for all and belong to nobody', async () => {
    await using kit = await setUp(open);
    const { names } = await allPages(kit, 'GetParametersByPath', { Path: '/aws/service/muster', Recursive: true, MaxResults: 3 });
    assert.ok(names.includes('/aws/service/muster/agent/version'));
    assert.deepEqual(names, names.toSorted());
    await assert.rejects(kit.call('GetParameter', { Name: '/aws/service/none' }), refusal('ParameterNotFound'));
  });
});
