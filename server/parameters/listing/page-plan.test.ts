// Pages against the plain meaning of their filters: whatever is asked for, the pages together are what matches, once each and in order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openTestDatabase } from '@muster/testkit/database.ts';
import { testScope } from '@muster/testkit/request-context.ts';
import { prepareInsert } from '../../platform/store/index.ts';
import type { ParameterFilters, TextFilter } from './filters.ts';
import { migrations } from '../index.ts';
import { listParameters } from './list-store.ts';
import { parentOf } from '../name.ts';
import type { ParameterRow, ParameterTables } from '../tables.ts';

/** More than one page looks at. */
const COUNT = 2_500;
const PAGES_MAX = 1_000;

const pick = (from: readonly string[], i: number): string => from[i % from.length] ?? '';

const ROWS: readonly ParameterRow[] = Array.from({ length: COUNT }, (_, i) => {
  const depth = i % 4;
  const key = ['a', 'b', 'c', 'd']
    .slice(0, depth)
    .map((letter, level) => `${letter}${(i >> level) % 3}`)
    .concat(`p${i % 700}-${i}`)
    .join('/');
  const type = pick(['String', 'String', 'SecureString', 'StringList'], i >> 2);
  return {
    account: testScope.account,
    region: testScope.region,
    key,
    version: 1,
    type,
    value: 'v',
    key_id: type === 'SecureString' ? pick(['alias/aws/ssm', 'alias/x', 'alias/y'], i >> 4) : null,
    description: null,
    allowed_pattern: null,
    tier: i % 97 === 0 ? 'Advanced' : 'Standard',
    data_type: i % 89 === 0 ? 'aws:ec2:image' : 'text',
    policies: '[]',
    modified_at: 0,
    modified_by: 'somebody',
    parent: parentOf(key),
    rooted: 1,
    oldest_version: 1,
    due_at: null,
  };
});
const insert = prepareInsert<ParameterTables, 'parameters_parameter'>(
  'parameters_parameter',
  Object.keys(ROWS[0] ?? {}) as (keyof ParameterRow)[],
);

const some = (values: readonly string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
const text = (column: TextFilter['column'], values: readonly string[], beginnings: readonly string[]) =>
  fc.oneof(
    some(values).map((chosen): TextFilter => ({ column, begins: false, values: chosen })),
    some(beginnings).map((chosen): TextFilter => ({ column, begins: true, values: chosen })),
  );
const PATHS = ['', 'a0', 'a1', 'a1/b1', 'a1/b0', 'a2/b2/c2', 'a0/b1/c0', 'zz'];
const filtersArbitrary: fc.Arbitrary<ParameterFilters> = fc
  .record({
    texts: fc
      .tuple(
        fc.option(text('type', ['String', 'SecureString', 'StringList'], ['S', 'Str', 'X']), { nil: undefined }),
        fc.option(text('key_id', ['alias/aws/ssm', 'alias/x', 'none'], ['alias', 'alias/y']), { nil: undefined }),
        fc.option(text('tier', ['Standard', 'Advanced'], ['Adv']), { nil: undefined }),
        fc.option(text('data_type', ['text', 'aws:ec2:image'], ['aws']), { nil: undefined }),
      )
      .map((texts) => texts.filter((one) => one !== undefined)),
    path: fc.option(fc.record({ recursive: fc.boolean(), paths: some(PATHS) }), { nil: undefined }),
    name: fc.option(
      fc.oneof(
        some(['a1/p', 'a', 'a1', 'a1/b1/p6', 'p1', 'p10', 'q']).map((values) => ({ option: 'BeginsWith' as const, values })),
        some([...ROWS.slice(0, 12).map(({ key }) => key), 'absent']).map((values) => ({ option: 'Equals' as const, values })),
        some(['/b1', '99', '/a1/', 'c']).map((values) => ({ option: 'Contains' as const, values })),
      ),
      { nil: undefined },
    ),
  })
  .map(({ texts, path, name }) => ({
    texts,
    tags: [],
    ...(path === undefined ? {} : { path }),
    ...(name === undefined ? {} : { name }),
  }));

function matches(row: ParameterRow, { texts, path, name }: ParameterFilters): boolean {
  const isText = texts.every(({ column, begins, values }) => {
    const is = row[column] ?? '';
    return values.some((value) => (begins ? is.startsWith(value) : is === value));
  });
  const isBelow =
    path === undefined ||
    path.paths.some((one) => (path.recursive ? one === '' || row.key.startsWith(`${one}/`) : row.parent === one));
  const isNamed =
    name === undefined ||
    name.values.some((value) => {
      if (name.option === 'Contains') return `/${row.key}`.includes(value);
      return name.option === 'Equals' ? row.key === value : row.key.startsWith(value);
    });
  return isText && isBelow && isNamed;
}

test('the pages of any filters are what matches them, once each and in order', async () => {
  await using database = await openTestDatabase([migrations]);
  await database.write('fill', (tx) => insert(tx, ROWS));
  const property = fc.asyncProperty(filtersArbitrary, fc.integer({ min: 1, max: 60 }), async (filters, limit) => {
    const found: string[] = [];
    let after: string | undefined;
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const from = after;
      const { items, next } = await database.read((tx) => listParameters(tx, testScope, filters, { after: from, limit }));
      assert.ok(items.length <= limit);
      found.push(...items.map(({ key }) => key));
      after = next;
      if (next === undefined) break;
    }
    const wanted = ROWS.filter((row) => matches(row, filters)).map(({ key }) => key);
    assert.deepEqual(found, wanted.toSorted((a, b) => (a < b ? -1 : 1)).slice(0, PAGES_MAX * limit));
  });
  await fc.assert(property, { numRuns: 200 });
});
