// Tag operations on the resources that exist here: nodes and documents, through their own domains.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { requestContext, testScope } from '@muster/testkit/request-context.ts';
import type { ListTagsForResourceResult } from '../platform/api/models/ssm.types.gen.ts';
import { createTags, migrations as tagMigrations } from '../platform/tags/index.ts';
import { createAccount } from './index.ts';

const NODE = 'mi-0123456789abcdef0';
const NOW = new Date('2027-03-01T10:00:00Z');

eachDatabase((_kind, open) => {
  const setUp = async () => {
    const database = await open([tagMigrations]);
    const exists = (id: string) => (_tx: unknown, _scope: unknown, asked: string) => Promise.resolve(asked === id);
    const account = createAccount({
      database,
      tags: createTags(),
      resources: { ManagedInstance: exists(NODE), Document: exists('Doc'), Parameter: exists('a/b') },
    });
    const call = async (name: string, input: object): Promise<unknown> => {
      const bound = account.operations.find((operation) => operation.name === name);
      assert.ok(bound, name);
      const ctx = requestContext({ now: NOW });
      const output = await bound.handle(ctx, input);
      if (bound.audit === 'write') assert.deepEqual(ctx.journaled, [bound.resources(input, testScope)]);
      return output;
    };
    const list = async (resource: object) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the operation's own output
      const { TagList } = (await call('ListTagsForResource', resource)) as ListTagsForResourceResult;
      return (TagList ?? []).map(({ Key, Value }) => `${Key}=${Value}`);
    };
    return { call, list, [Symbol.asyncDispose]: () => database.close() };
  };
  const refusal = (name: string) => (error: unknown) => error instanceof Error && error.name === name && error.message === '';

  test('tags are added, overwritten, listed, removed', async () => {
    await using account = await setUp();
    for (const resource of [
      { ResourceType: 'ManagedInstance', ResourceId: NODE },
      { ResourceType: 'Document', ResourceId: 'Doc' },
    ]) {
      await account.call('AddTagsToResource', {
        ...resource,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '' },
        ],
      });
      await account.call('AddTagsToResource', { ...resource, Tags: [{ Key: 'a', Value: '2' }] });
      assert.deepEqual(await account.list(resource), ['a=2', 'b=']);
      await account.call('RemoveTagsFromResource', { ...resource, TagKeys: ['a', 'never'] });
      assert.deepEqual(await account.list(resource), ['b=']);
    }
  });

  test('a resource that is not there, and a type that is not, are refused without a message', async () => {
    await using account = await setUp();
    for (const [name, rest] of [
      ['AddTagsToResource', { Tags: [] }],
      ['RemoveTagsFromResource', { TagKeys: [] }],
      ['ListTagsForResource', {}],
    ] as const) {
      await assert.rejects(
        account.call(name, { ResourceType: 'ManagedInstance', ResourceId: 'mi-00000000000000000', ...rest }),
        refusal('InvalidResourceId'),
      );
      await assert.rejects(
        account.call(name, { ResourceType: 'PatchBaseline', ResourceId: 'pb-0', ...rest }),
        refusal('InvalidResourceType'),
      );
    }
  });

  test('a parameter is the same with and without its leading slash', async () => {
    await using account = await setUp();
    await account.call('AddTagsToResource', { ResourceType: 'Parameter', ResourceId: '/a/b', Tags: [{ Key: 'a', Value: '1' }] });
    for (const ResourceId of ['/a/b', 'a/b'])
      assert.deepEqual(await account.list({ ResourceType: 'Parameter', ResourceId }), ['a=1']);
  });

  test('the 51st tag is refused whole', async () => {
    await using account = await setUp();
    const resource = { ResourceType: 'ManagedInstance', ResourceId: NODE };
    const tags = (from: number, count: number) => Array.from({ length: count }, (_, at) => ({ Key: `k${from + at}`, Value: '' }));
    await account.call('AddTagsToResource', { ...resource, Tags: tags(0, 50) });
    await assert.rejects(account.call('AddTagsToResource', { ...resource, Tags: tags(49, 2) }), refusal('TooManyTagsError'));
    assert.equal((await account.list(resource)).length, 50);
  });
});
