// The plans of the statements that must not depend on how many parameters there are: each walks an index, none sorts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompiledQuery, type Kysely } from 'kysely';
import { openTestDatabase } from '@muster/testkit/database.ts';
import { testScope } from '@muster/testkit/request-context.ts';
import { queries } from '../platform/store/index.ts';
import type { ParameterFilters } from './filters.ts';
import { migrations } from './index.ts';
import { dueQuery, nextDueQuery, pageQuery } from './list-store.ts';
import type { ParameterTables } from './tables.ts';

const none = { texts: [], tags: [] };
const CASES: readonly (readonly [what: string, filters: ParameterFilters, after: string | undefined, plan: RegExp])[] = [
  ['everything', none, undefined, /_pk|sqlite_autoindex/],
  ['everything, next page', none, 'm', /key>\?/],
  ['a path and all below', { ...none, path: { recursive: true, paths: ['a/b'] } }, undefined, /key>\? AND key<\?/],
  ['a path and all below, next page', { ...none, path: { recursive: true, paths: ['a/b'] } }, 'a/b/m', /key>\? AND key<\?/],
  [
    'one level',
    { ...none, path: { recursive: false, paths: ['a/b'] } },
    undefined,
    /parent \(account=\? AND region=\? AND parent=\?\)/,
  ],
  ['one level, next page', { ...none, path: { recursive: false, paths: [''] } }, 'm', /parent=\? AND key>\?/],
  ['names that begin so', { ...none, name: { option: 'BeginsWith', values: ['web'] } }, undefined, /key>\? AND key<\?/],
];

for (const [what, filters, after, wanted] of CASES) {
  test(`a page of ${what} is a walk along an index`, async () => {
    await using database = await openTestDatabase([migrations]);
    const { sql, parameters } = pageQuery(queries<ParameterTables>(database), testScope, filters, { after, limit: 11 }).compile();
    const rows = await database.scan(CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]));
    const plan = rows.map((row) => JSON.stringify(row)).join('\n');
    assert.match(plan, wanted);
    assert.doesNotMatch(plan, /SCAN|TEMP B-TREE/);
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
