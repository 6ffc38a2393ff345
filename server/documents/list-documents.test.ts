// ListDocuments: which documents a filter means, and pages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import type { ListDocumentsResult } from '../platform/api/models/ssm.types.gen.ts';
import { code, setUp } from './documents.fixture.ts';

const content = (): string =>
  JSON.stringify({
    schemaVersion: '2.2',
    mainSteps: [{ action: 'aws:runShellScript', name: 'one', inputs: { runCommand: ['true'] } }],
  });

eachDatabase((_kind, open) => {
  test('filters are joined by AND, their values by OR, and pages are full', async () => {
    await using domain = await setUp(open);
    const { call } = domain;
    const windows = JSON.stringify({ schemaVersion: '2.2', mainSteps: [{ action: 'aws:psModule', name: 'a', inputs: {} }] });
    for (const [name, body, tag] of [
      ['App-b', content(), 'x'],
      ['App-a', windows, 'x'],
      ['Other', content(), 'y'],
    ] as const)
      await call('CreateDocument', { Name: name, Content: body, Tags: [{ Key: 'env', Value: tag }] });
    const names = async (input: object): Promise<string[]> => {
      const found: string[] = [];
      let token: string | undefined;
      do {
        const page = await call<ListDocumentsResult>('ListDocuments', { MaxResults: 2, NextToken: token, ...input });
        found.push(...(page.DocumentIdentifiers ?? []).map(({ Name }) => Name ?? ''));
        token = page.NextToken;
        if (token !== undefined) assert.equal(page.DocumentIdentifiers?.length, 2);
      } while (token !== undefined);
      return found;
    };
    const all = await names({});
    assert.deepEqual(all, all.toSorted());
    assert.deepEqual(all.slice(-3), ['App-a', 'App-b', 'Other']);
    assert.ok(all.includes('AWS-RunShellScript'));
    assert.deepEqual(await names({ DocumentFilterList: [{ key: 'Owner', value: 'Self' }] }), ['App-a', 'App-b', 'Other']);
    assert.deepEqual(
      await names({
        Filters: [
          { Key: 'Name', Values: ['App-', 'Oth'] },
          { Key: 'PlatformTypes', Values: ['Linux'] },
        ],
      }),
      ['App-b', 'Other'],
    );
    assert.deepEqual(await names({ Filters: [{ Key: 'tag:env', Values: ['x'] }] }), ['App-a', 'App-b']);
    assert.deepEqual(await names({ Filters: [{ Key: 'DocumentType', Values: ['Automation'] }] }), []);
    await assert.rejects(names({ Filters: [{ Key: 'Nope', Values: ['x'] }] }), code('InvalidFilterKey'));
    await assert.rejects(names({ NextToken: 'forged' }), code('InvalidNextToken'));
  });

  test('every key of ListDocuments works, in both forms', async () => {
    await using domain = await setUp(open);
    const { call } = domain;
    const tags = [{ Key: 'env', Value: 'prod' }];
    await call('CreateDocument', { Name: 'One', Content: content(), TargetType: '/AWS::EC2::Instance', Tags: tags });
    await call('CreateDocument', { Name: 'Two', Content: '{"a":1}', DocumentType: 'QuickSetup', DisplayName: 'the second' });
    const own = async (input: object): Promise<unknown> => {
      const { DocumentIdentifiers } = await call<ListDocumentsResult>('ListDocuments', { ...input, MaxResults: 50 });
      return DocumentIdentifiers?.filter(({ Owner }) => Owner !== 'Amazon').map(({ Name }) => Name);
    };
    for (const [Key, Values, expected] of [
      ['Name', ['One'], ['One']],
      ['Name', ['T', 'O'], ['One', 'Two']],
      ['Owner', ['Self'], ['One', 'Two']],
      ['Owner', ['Private'], ['One', 'Two']],
      ['Owner', ['Amazon'], []],
      ['Owner', ['Public'], []],
      ['Owner', ['ThirdParty'], []],
      ['Owner', ['All'], ['One', 'Two']],
      ['PlatformTypes', ['Linux'], ['One', 'Two']],
      ['PlatformTypes', ['Windows'], ['Two']],
      ['DocumentType', ['QuickSetup'], ['Two']],
      ['DocumentType', ['Command'], ['One']],
      ['SchemaVersion', ['2.2'], ['One']],
      ['TargetType', ['/AWS::EC2::Instance'], ['One']],
      ['SearchKeyword', ['SECOND'], ['Two']],
      ['tag:env', ['prod', 'test'], ['One']],
      ['tag:env', ['test'], []],
      ['tag-key', ['env'], ['One']],
    ] as const)
      assert.deepEqual(await own({ Filters: [{ Key, Values }] }), expected, `${Key} ${Values.join()}`);
    for (const [key, value, expected] of [
      ['Name', 'Tw', ['Two']],
      ['Owner', 'Self', ['One', 'Two']],
      ['PlatformTypes', 'MacOS', ['One', 'Two']],
      ['DocumentType', 'QuickSetup', ['Two']],
    ] as const)
      assert.deepEqual(await own({ DocumentFilterList: [{ key, value }] }), expected, `${key} ${value}`);
    const both = {
      DocumentFilterList: [{ key: 'Owner', value: 'Self' }],
      Filters: [{ Key: 'DocumentType', Values: ['QuickSetup'] }],
    };
    assert.deepEqual(await own(both), ['Two']);
    const many = Array.from({ length: 301 }, () => 'a');
    for (const input of [
      { Filters: [{ Key: 'SearchKeyword', Values: many }] },
      { DocumentFilterList: many.map((value) => ({ key: 'Name', value })) },
    ])
      await assert.rejects(own(input), code('ValidationException'));
  });
});
