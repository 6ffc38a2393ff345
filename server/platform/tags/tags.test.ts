// Tags through their door, on every database.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { sql } from 'kysely';
import { ApiError } from '../api/errors.ts';
import type { AccountId, Region } from '../ids.ts';
import { tables, type Database } from '../store/index.ts';
import { createTags, migrations, type Tag, type TagTarget } from './index.ts';
import { matchesQuery } from './store.ts';
import type { TagTables } from './tables.ts';

const scope = { account: '123456789012' as AccountId, region: 'eu-central-1' as Region };
const elsewhere = { ...scope, region: 'us-east-1' as Region };
const NODE = 'ManagedInstance';
const tags = createTags();
const tag = (Key: string, Value = ''): Tag => ({ Key, Value });
const numbered = (count: number): Tag[] => Array.from({ length: count }, (_, n) => tag(`k${n}`, String(n)));

async function fleet(database: Database, size: number): Promise<void> {
  for (let from = 0; from < size; from += 1000) {
    await database.write('test', async (tx) => {
      const rows = Array.from({ length: Math.min(1000, size - from) }, (_, at) => from + at).flatMap((n) =>
        [tag('env', n % 2 === 0 ? 'prod' : 'test'), tag('role', n % 1000 === 0 ? 'db' : 'web'), tag('name', `n${n}`)].map(
          ({ Key, Value }) => ({ ...scope, resource_type: NODE, resource_id: id(n), key: Key, value: Value }),
        ),
      );
      await tables<TagTables>(tx).insertInto('tag').values(rows).execute();
    });
  }
}
const numbers = (ids: string[]) => ids.map((found) => Number(found.slice(3)));
const find = (database: Database, targets: TagTarget[], after?: string, limit = 500) =>
  database.read((tx) => tags.find(tx, scope, NODE, targets, after, limit));
const refused = (error: unknown) => error instanceof ApiError && error.code === 'TooManyTagsError' && error.message === '';
const id = (n: number): string => `mi-${String(n).padStart(17, '0')}`;

eachDatabase((kind, open) => {
  it('are added, overwritten, listed by key, removed', async () => {
    await using database = await open([migrations]);
    await database.write('test', (tx) => tags.add(tx, scope, NODE, 'mi-1', [tag('b', '1'), tag('a', '1'), tag('b', '2')]));
    await database.write('test', (tx) => tags.add(tx, scope, NODE, 'mi-1', [tag('a', '2'), tag('c')]));
    await database.write('test', (tx) => tags.add(tx, elsewhere, NODE, 'mi-1', [tag('other', 'region')]));
    await database.write('test', (tx) => tags.add(tx, scope, 'Parameter', 'mi-1', [tag('other', 'type')]));
    const list = (resource: string) => database.read((tx) => tags.list(tx, scope, NODE, resource));
    assert.deepEqual(await list('mi-1'), [tag('a', '2'), tag('b', '2'), tag('c', '')]);
    const many = await database.read((tx) => tags.listMany(tx, scope, NODE, ['mi-1', 'mi-2']));
    assert.deepEqual(Object.fromEntries(many), { 'mi-1': await list('mi-1'), 'mi-2': [] });
    await database.write('test', (tx) => tags.remove(tx, scope, NODE, 'mi-1', ['a', 'absent']));
    assert.deepEqual(await list('mi-1'), [tag('b', '2'), tag('c', '')]);
    await database.write('test', (tx) => tags.removeAll(tx, scope, NODE, 'mi-1'));
    assert.deepEqual(await list('mi-1'), []);
    assert.deepEqual(await database.read((tx) => tags.list(tx, scope, 'Parameter', 'mi-1')), [tag('other', 'type')]);
    await assert.rejects(
      database.read((tx) =>
        tags.listMany(
          tx,
          scope,
          NODE,
          numbered(501).map(({ Key }) => Key),
        ),
      ),
      /at most 500/,
    );
  });

  it('a 51st tag is refused without a message, and nothing of its call is written', async () => {
    await using database = await open([migrations]);
    const add = (...more: Tag[]) => database.write('test', (tx) => tags.add(tx, scope, NODE, 'mi-1', more));
    await add(...numbered(50));
    await add(tag('k0', 'overwritten'));
    await assert.rejects(add(tag('k1', 'not written'), tag('one more')), refused);
    await assert.rejects(add(...numbered(51)), refused);
    const list = await database.read((tx) => tags.list(tx, scope, NODE, 'mi-1'));
    assert.equal(list.length, 50);
    assert.deepEqual(list.slice(0, 2), [tag('k0', 'overwritten'), tag('k1', '1')]);
  });

  it('keys and values that AWS refuses are refused in its words', async () => {
    await using database = await open([migrations]);
    const cases: [Tag, RegExp][] = [
      [tag('aws:cloudformation:stack-name', 'x'), /^aws: prefixed tag key names are not allowed for external use\.$/],
      [tag('AWS:x'), /^aws: prefixed/],
      [tag(''), /^1 validation error detected: Value '' at 'tags\.1\.member\.key' .* greater than or equal to 1$/],
      [tag('k'.repeat(129)), /at 'tags\.1\.member\.key' .* less than or equal to 128$/],
      [tag('k', 'v'.repeat(257)), /at 'tags\.1\.member\.value' .* less than or equal to 256$/],
    ];
    for (const [wrong, sentence] of cases) {
      await assert.rejects(
        database.write('test', (tx) => tags.add(tx, scope, NODE, 'mi-1', [wrong])),
        (error) => error instanceof ApiError && error.code === 'ValidationException' && sentence.test(error.message),
      );
    }
    await database.write('test', (tx) =>
      tags.add(tx, scope, NODE, 'mi-1', [tag('k'.repeat(128), 'v'.repeat(256)), tag('awsome')]),
    );
  });

  it('find resources: values are alternatives, targets must all match, in id order', async () => {
    await using database = await open([migrations]);
    await fleet(database, 20);
    await database.write('test', (tx) => tags.add(tx, elsewhere, NODE, id(99), [tag('env', 'prod')]));
    assert.deepEqual(numbers(await find(database, [{ key: 'name', values: ['n7', 'n3', 'n3', 'absent', 'n11'] }])), [3, 7, 11]);
    const both = [
      { key: 'env', values: ['prod'] },
      { key: 'name', values: ['n7', 'n4', 'n12'] },
    ];
    assert.deepEqual(numbers(await find(database, both)), [4, 12]);
    assert.deepEqual(numbers(await find(database, both.toReversed(), id(4))), [12]);
    assert.deepEqual(numbers(await find(database, [{ key: 'role', values: undefined }], id(17))), [18, 19]);
    assert.deepEqual(await find(database, [{ key: 'env', values: [] }]), []);
    assert.deepEqual(await find(database, [{ key: 'Env', values: ['prod'] }]), []);
    await assert.rejects(find(database, []), /at least one target/);
  });

  it('pages of a large fleet are short index walks', async () => {
    await using database = await open([migrations]);
    const size = kind === 'sqlite' ? 50_000 : 4_000;
    await fleet(database, size);
    const targets: [TagTarget][] = [[{ key: 'env', values: ['prod', 'test'] }], [{ key: 'env', values: undefined }]];
    for (const target of targets) {
      const seen: string[] = [];
      for (let after: string | undefined; ; after = seen.at(-1)) {
        const page = await find(database, target, after);
        if (page.length === 0) break;
        seen.push(...page);
      }
      assert.equal(seen.length, size);
      assert.deepEqual(seen, seen.toSorted());
    }
    assert.equal(
      (
        await find(database, [
          { key: 'env', values: ['prod'] },
          { key: 'role', values: ['db'] },
        ])
      ).length,
      size / 1000,
    );
  });

  it('tagged resources, keys in use and values in use come each once, in order, in pages', async () => {
    await using database = await open([migrations]);
    await fleet(database, 12);
    await database.write('test', (tx) => tags.add(tx, scope, 'Document', 'Doc', [tag('only', 'here')]));
    await database.write('test', (tx) => tags.add(tx, scope, NODE, id(3), [tag('é', '1')]));
    await database.read(async (tx) => {
      assert.deepEqual(numbers(await tags.tagged(tx, scope, NODE, undefined, 3)), [0, 1, 2]);
      assert.deepEqual(numbers(await tags.tagged(tx, scope, NODE, id(9), 5)), [10, 11]);
      assert.deepEqual(await tags.tagged(tx, elsewhere, NODE, undefined, 5), []);
      assert.deepEqual(await tags.keys(tx, scope, NODE, undefined, 9), ['env', 'name', 'role', 'é']);
      assert.deepEqual(await tags.keys(tx, scope, NODE, 'env', 2), ['name', 'role']);
      assert.deepEqual(await tags.keys(tx, scope, 'Document', undefined, 9), ['only']);
      assert.deepEqual(await tags.values(tx, scope, NODE, 'env', undefined, 9), ['prod', 'test']);
      assert.deepEqual(await tags.values(tx, scope, NODE, 'name', 'n8', 9), ['n9']);
      assert.deepEqual(await tags.values(tx, scope, NODE, 'absent', undefined, 9), []);
    });
  });

  if (kind === 'sqlite') {
    it('the plan of a find is its index in order: no sort of what matches, no scan', async () => {
      await using database = await open([migrations]);
      const plan = async (...targets: [TagTarget, ...TagTarget[]]): Promise<string> => {
        const rows = await database.read((tx) =>
          matchesQuery(tables<TagTables>(tx), { ...scope, resourceType: NODE }, targets, { after: 'mi-5', limit: 500 }).explain(
            undefined,
            sql`query plan`,
          ),
        );
        return rows.map(({ detail }) => String(detail)).join('\n');
      };
      const one = await plan({ key: 'env', values: ['prod'] }, { key: 'role', values: ['db', 'web'] });
      assert.match(
        one,
        /^SEARCH tag USING COVERING INDEX tag_by_value \(account=\? AND region=\? AND resource_type=\? AND key=\? AND value=\? AND resource_id>\?\)/,
      );
      assert.match(one, /SEARCH other USING INDEX sqlite_autoindex_tag_1 \(.* AND resource_id=\? AND key=\?\)/);
      assert.doesNotMatch(one, /SCAN|TEMP B-TREE/);
      const anyValue = await plan({ key: 'env', values: undefined });
      assert.match(anyValue, /^SEARCH tag USING COVERING INDEX tag_by_key \(.* AND key=\? AND resource_id>\?\)$/);
      const alternatives = await plan({ key: 'env', values: ['prod', 'test'] });
      assert.equal(
        alternatives.match(/SEARCH tag USING COVERING INDEX tag_by_value \(.* AND value=\? AND resource_id>\?\)/g)?.length,
        2,
      );
    });
  }
});
