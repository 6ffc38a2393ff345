// What callers may send at the edges: selectors beyond all numbers, patterns that take long, a tier that is full, tokens of other pages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '@muster/testkit/database.ts';
import { setUp } from './parameters.fixture.ts';

const refusal =
  (code: string, sentence = /(?:)/) =>
  (error: unknown) => {
    assert.ok(error instanceof Error);
    assert.equal(error.name, code, error.message);
    assert.match(error.message, sentence);
    return true;
  };

eachDatabase((_kind, open) => {
  test('a version that no parameter can have is not found, however many digits it has', async () => {
    await using kit = await setUp(open);
    await kit.put('/v', 'one');
    for (const selector of ['0', '2', '9999999999', '9'.repeat(20), '9'.repeat(400)])
      await assert.rejects(kit.call('GetParameter', { Name: `/v:${selector}` }), refusal('ParameterVersionNotFound'), selector);
    const { InvalidParameters } = await kit.call<{ InvalidParameters: string[] }>('GetParameters', {
      Names: [`/v:${'9'.repeat(30)}`],
    });
    assert.equal(InvalidParameters.length, 1);
  });

  test('a pattern that would take long for a value of this length is refused before it is tried', async () => {
    await using kit = await setUp(open);
    const AllowedPattern = `.*${'.{0,1000}'.repeat(4)}`;
    const long = { AllowedPattern, Tier: 'Advanced' };
    await assert.rejects(
      kit.put('/pattern', 'ab'.repeat(4_000), long),
      refusal('InvalidAllowedPatternException', /takes too long for a value of 8000 characters/),
    );
    await kit.put('/pattern', 'ab', long);
    await assert.rejects(kit.put('/pattern', 'ab'.repeat(4_000), { Overwrite: true }), refusal('InvalidAllowedPatternException'));
    await kit.put('/pattern', 'a'.repeat(8_000), { Overwrite: true, AllowedPattern: '[a-z]+(?:,[a-z]+)*' });
  });

  test('a limit of a tier holds for parameters that come from the other tier too', async () => {
    await using kit = await setUp(open, { Advanced: 1 });
    await kit.put('/t/1', 'v', { Tier: 'Advanced' });
    await kit.put('/t/2', 'v');
    await assert.rejects(kit.put('/t/2', 'w', { Overwrite: true, Tier: 'Advanced' }), refusal('ParameterLimitExceeded', /\(1\)/));
    await kit.put('/t/1', 'w', { Overwrite: true, Tier: 'Advanced' });
    await kit.call('DeleteParameter', { Name: '/t/1' });
    assert.equal((await kit.put('/t/2', 'w', { Overwrite: true, Tier: 'Advanced' })).Tier, 'Advanced');
  });

  test('a token of one path or history is good for no other', async () => {
    await using kit = await setUp(open);
    for (const name of ['/a/1', '/a/2', '/b/1', '/b/2']) await kit.put(name, 'v');
    await kit.put('/a/1', 'w', { Overwrite: true });
    await kit.put('/b/1', 'w', { Overwrite: true });
    const page = await kit.call<{ NextToken: string }>('GetParametersByPath', { Path: '/a', MaxResults: 1 });
    for (const other of [{ Path: '/b' }, { Path: '/' }, { Path: '/a', Recursive: true }])
      await assert.rejects(
        kit.call('GetParametersByPath', { ...other, NextToken: page.NextToken }),
        refusal('InvalidNextToken'),
        JSON.stringify(other),
      );
    await kit.call('GetParametersByPath', { Path: '/a/', NextToken: page.NextToken });
    const history = await kit.call<{ NextToken: string }>('GetParameterHistory', { Name: '/a/1', MaxResults: 1 });
    await assert.rejects(
      kit.call('GetParameterHistory', { Name: '/b/1', NextToken: history.NextToken }),
      refusal('InvalidNextToken'),
    );
    await kit.call('GetParameterHistory', { Name: 'a/1'.padStart(4, '/'), NextToken: history.NextToken });
  });
});
