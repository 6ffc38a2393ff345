// The plans of the statements that must not depend on how many parameters there are: each walks an index, none sorts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompiledQuery, type Kysely } from 'kysely';
import { openTestDatabase } from '@muster/testkit/database.ts';
import { testScope } from '@muster/testkit/request-context.ts';
import { queries } from '../../platform/store/index.ts';
import type { NameFilter, ParameterFilters, TextFilter } from './filters.ts';
import { migrations } from '../index.ts';
import { dueQuery, nextDueQuery, walkQuery } from './list-store.ts';
import { planPage } from './page-plan.ts';
import type { ParameterTables } from '../tables.ts';

const none = { texts: [], tags: [] };
const text = (column: TextFilter['column'], ...values: readonly string[]): TextFilter => ({ column, begins: false, values });
const below = (...paths: readonly string[]) => ({ path: { recursive: true, paths } });
const named = (option: NameFilter['option'], ...values: readonly string[]) => ({ name: { option, values } });
const CASES: readonly (readonly [what: string, filters: Partial<ParameterFilters>, after: string | undefined, plan: RegExp])[] = [
  ['everything', {}, undefined, /_pk|sqlite_autoindex/],
  ['everything, next page', {}, 'm', /key>\?/],
  ['a path and all below', below('a/b'), undefined, /key>\? AND key<\?/],
  ['a path and all below, next page', below('a/b'), 'a/b/m', /key>\? AND key<\?/],
  ['several paths', below('a/b', 'c', 'a'), undefined, /key>\? AND key<\?/],
  ['one level', { path: { recursive: false, paths: ['a/b'] } }, undefined, /parent \(account=\? AND region=\? AND parent=\?\)/],
  ['one level, next page', { path: { recursive: false, paths: [''] } }, 'm', /parent=\? AND key>\?/],
  [
    'one level of a type',
    { path: { recursive: false, paths: ['a'] }, texts: [text('type', 'String')] },
    'm',
    /parent=\? AND key>\?/,
  ],
  ['names that begin so', named('BeginsWith', 'web'), undefined, /key>\? AND key<\?/],
  ['names that begin so or so', named('BeginsWith', 'web', 'db'), undefined, /key>\? AND key<\?/],
  ['names', named('Equals', 'web', 'db'), undefined, /key>\? AND key<\?/],
  ['names with something in them', named('Contains', 'web'), 'm', /key>\?/],
  ['a type', { texts: [text('type', 'StringList')] }, 'm', /_type .*type=\? AND key>\?/],
  [
    'a type below a path',
    { ...below('a'), texts: [text('type', 'StringList')] },
    undefined,
    /_type .*type=\? AND key>\? AND key<\?/,
  ],
  ['a key', { texts: [text('key_id', 'alias/a', 'alias/b')] }, undefined, /_key_id .*key_id=\?/],
  ['the advanced tier', { texts: [text('tier', 'Advanced'), text('type', 'String')] }, undefined, /_tier .*tier=\?/],
  ['the usual tier', { texts: [text('tier', 'Standard')] }, 'm', /key>\?/],
  ['images', { texts: [text('data_type', 'aws:ec2:image')] }, 'm', /_data_type .*data_type=\? AND key>\?/],
];

for (const [what, filters, after, wanted] of CASES) {
  test(`a page of ${what} is a walk along an index`, async () => {
    await using database = await openTestDatabase([migrations]);
    for (const walk of planPage({ ...none, ...filters }).walks) {
      const page = walkQuery(queries<ParameterTables>(database), testScope, walk, after).orderBy('key').limit(11);
      const { sql, parameters } = page.compile();
      const rows = await database.scan(CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]));
      const plan = rows.map((row) => JSON.stringify(row)).join('\n');
      assert.match(plan, wanted);
      assert.doesNotMatch(plan, /SCAN|TEMP B-TREE/);
    }
  });
}

for (const [what, make] of [
  ['what is due', (db: Kysely<ParameterTables>) => dueQuery(db, new Date(1), 100)],
  ['what is due next', nextDueQuery],
] as const) {
  test(`${what} is found by a walk along the index of policies, whoever owns it`, async () => {
    await using database = await openTestDatabase([migrations]);
    const { sql, parameters } = make(queries<ParameterTables>(database)).compile();
    const rows = await database.scan(CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]));
    const plan = rows.map((row) => JSON.stringify(row)).join('\n');
    assert.match(plan, /USING COVERING INDEX parameters_parameter_due/);
    assert.doesNotMatch(plan, /TEMP B-TREE/);
  });
}
