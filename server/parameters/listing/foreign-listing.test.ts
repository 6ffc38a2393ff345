// Other accounts' parameters in DescribeParameters: those that their policies let one see, in pages, by filters.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { administrator, scopeOf, testScope } from '@muster/testkit/request-context.ts';
import { setUp } from '../parameters.fixture.ts';

const OWNERS = ['210987654321', '310987654321'];
type Page = { readonly Parameters: readonly { readonly Name: string }[]; readonly NextToken?: string };

eachDatabase((_kind, open) => {
  test('they come in the order of account and name, in full pages, and as filters ask; others stay unseen', async () => {
    await using kit = await setUp(open);
    const arns: string[] = [];
    for (const account of OWNERS) {
      const scope = scopeOf(account, 'us-east-1');
      const as = { scope, principal: administrator(scope) };
      for (const name of [
        ...Array.from({ length: 25 }, (_, at) => `web/${String(at).padStart(2, '0')}`),
        'top',
        'web/x/deep',
        'web/hidden',
      ]) {
        const arn = `arn:aws:ssm:us-east-1:${account}:parameter/${name}`;
        const type = name === 'top' ? 'StringList' : 'String';
        await kit.put(name === 'top' ? name : `/${name}`, 'v', { Type: type, Tier: 'Advanced' }, as);
        // Everybody, one account, or that account and everybody: each is listed once.
        const AWS = name.endsWith('1') ? ['*', testScope.account] : name.endsWith('2') ? '*' : testScope.account;
        const Action = ['ssm:GetParameter', 'ssm:DescribeParameters'];
        const Statement = { Effect: 'Allow', Principal: { AWS }, Action, Resource: arn };
        await kit.call(
          'PutResourcePolicy',
          { ResourceArn: arn, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) },
          as,
        );
        arns.push(arn);
      }
      await kit.put('/web/unshared', 'v', { Tier: 'Advanced' }, as);
    }
    await kit.put('/web/own', 'v');
    const list = async (ParameterFilters: readonly object[], MaxResults = 7) => {
      const found: string[] = [];
      const sizes: number[] = [];
      for (let NextToken: string | undefined; ;) {
        const input = { Shared: true, ParameterFilters, MaxResults, NextToken };
        const page: Page = await kit.call('DescribeParameters', input, {
          allowed: (_action, arn) => !/hidden$|web\/.3$/.test(arn),
        });
        found.push(...page.Parameters.map(({ Name }) => Name));
        sizes.push(page.Parameters.length);
        NextToken = page.NextToken;
        if (NextToken === undefined) return { found, sizes };
      }
    };
    // What the policies of caller and resource make of it together is told by `allowed` here.
    const visible = arns.filter((arn) => !arn.endsWith('/hidden') && !/web\/.3$/.test(arn)).toSorted();
    const all = await list([]);
    assert.deepEqual(all.found, visible);
    assert.ok(all.sizes.slice(0, -1).every((size) => size === 7));
    const named = async (Key: string, Values: readonly string[], Option?: string) =>
      (await list([{ Key, Values, ...(Option === undefined ? {} : { Option }) }], 3)).found;
    const only = (fits: (name: string) => boolean) => visible.filter((arn) => fits(arn.slice(arn.indexOf('/'))));
    assert.deepEqual(
      await named('Type', ['StringList']),
      only((name) => name === '/top'),
    );
    assert.deepEqual(
      await named('Name', ['/web/04', '/top']),
      only((name) => name === '/web/04' || name === '/top'),
    );
    assert.deepEqual(
      await named('Name', ['/web/1'], 'BeginsWith'),
      only((name) => name.startsWith('/web/1')),
    );
    assert.deepEqual(
      await named('Name', ['x/d'], 'Contains'),
      only((name) => name.includes('x/d')),
    );
    assert.deepEqual(
      await named('Path', ['/web'], 'Recursive'),
      only((name) => name.startsWith('/web/')),
    );
    assert.deepEqual(
      await named('Path', ['/web/x']),
      only((name) => name === '/web/x/deep'),
    );
    assert.deepEqual(await named('Tier', ['Standard']), []);
    await assert.rejects(list([{ Key: 'tag:a', Values: ['b'] }]), /other accounts' parameters cannot be filtered by tag/);
  });
});
