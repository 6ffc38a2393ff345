// The model notices each way in which a node may be sent what was not approved.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNotApproved } from './approval-model.ts';

const PATTERN = '^[a-z]+$';
const document = (parameters: object, runCommand: readonly string[] = ['echo {{ Name }}']) => ({
  schemaVersion: '2.2',
  parameters,
  mainSteps: [{ action: 'aws:runShellScript', name: 'a', inputs: { runCommand } }],
});

function judge(
  created: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, readonly string[]>>,
  sent: { readonly parameters: unknown; readonly content?: unknown },
): string | undefined {
  const job = JSON.stringify({
    CommandId: '00000000-0000-0000-0000-000000000000',
    DocumentName: 'Mine',
    Parameters: sent.parameters,
    DocumentContent: sent.content ?? created,
  });
  return whyNotApproved({ job, created, given, stored: { evil: '; id' }, patterns: new Set([PATTERN]) });
}

const text = { Name: { type: 'String', allowedPattern: PATTERN } };

test('what was approved is', () => {
  assert.equal(judge(document(text), { Name: ['abc'] }, { parameters: { Name: 'abc' } }), undefined);
  assert.equal(
    judge(document({ Name: { type: 'Integer', allowedValues: [1] } }), { Name: ['1'] }, { parameters: { Name: 1 } }),
    undefined,
  );
  assert.equal(judge(document({ Name: { type: 'String', default: '' } }), {}, { parameters: {} }), undefined);
});

test('another content, a value that was not given, or none at all is noticed', () => {
  const other = document(text, ['id']);
  assert.match(judge(document(text), { Name: ['abc'] }, { parameters: { Name: 'abc' }, content: other }) ?? '', /^content /);
  assert.match(judge(document(text), { Name: ['abc'] }, { parameters: { Name: 'abd' } }) ?? '', /not as given/);
  assert.match(judge(document(text), {}, { parameters: {} }) ?? '', /no value of parameter Name/);
  assert.match(judge(document(text), { Name: ['abc'] }, { parameters: { Name: 'abc', More: 'x' } }) ?? '', /parameter More/);
  assert.match(judge(document({ Name: { type: 'String', default: 'a' } }), {}, { parameters: { Name: 'a' } }) ?? '', /is sent/);
});

test('each rule that is broken is noticed', () => {
  for (const [rule, given, sent] of [
    [{ type: 'String', allowedPattern: PATTERN }, ['abc\nid'], 'abc\nid'],
    [{ type: 'String', allowedPattern: PATTERN }, ['{{ssm:evil}}'], '; id'],
    [{ type: 'String', allowedValues: ['a'] }, ['b'], 'b'],
    [{ type: 'String', minChars: 2 }, ['b'], 'b'],
    [{ type: 'String', maxChars: 2 }, ['bbb'], 'bbb'],
    [{ type: 'StringList', maxItems: 1 }, ['a', 'b'], ['a', 'b']],
    [{ type: 'StringList', minItems: 1 }, [], []],
    [{ type: 'StringList', allowedPattern: PATTERN }, ['a', 'B'], ['a', 'B']],
  ] as const) {
    const [, name = ''] = Object.keys(rule);
    assert.match(
      judge(document({ Name: rule }), { Name: given }, { parameters: { Name: sent } }) ?? '',
      new RegExp(`breaks ${name}$`),
    );
  }
  const filled = document({ Name: { type: 'String', allowedPattern: PATTERN, default: '{{ssm:evil}}' } });
  const content = document({ Name: { type: 'String', allowedPattern: PATTERN, default: '; id' } });
  assert.match(judge(filled, {}, { parameters: {}, content }) ?? '', /breaks allowedPattern$/);
});
