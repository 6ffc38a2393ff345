// SendCommand's rules for parameter values. Each refusal names parameter and rule; nothing a caller sends may crash or hang it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseDocument } from '@muster/protocol/document-parse.ts';
import * as fc from 'fast-check';
import { ApiError } from '../platform/api/errors.ts';
import { expandedSize } from '../platform/pattern-size.ts';
import { validateParameters } from './validate-parameters.ts';

const document = (parameters: object) =>
  parseDocument({ schemaVersion: '2.2', parameters, mainSteps: [{ action: 'aws:runShellScript', name: 'a', inputs: {} }] });

const shell = parseDocument(JSON.parse(readFileSync(new URL('built-in/AWS-RunShellScript.json', import.meta.url), 'utf8')));

function refusal(parameters: object, given: Record<string, string[]>, name?: string): string {
  try {
    validateParameters(document(parameters), given, name);
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    assert.equal(error.code, 'InvalidParameters');
    return error.message;
  }
  return assert.fail('was accepted');
}

test('values become what the agent is sent', () => {
  const values = validateParameters(
    document({
      s: { type: 'String' },
      l: { type: 'StringList' },
      i: { type: 'Integer' },
      b: { type: 'Boolean' },
      m: { type: 'StringMap' },
      ml: { type: 'MapList' },
      left: { type: 'String', default: 'x' },
    }),
    { s: ['text'], l: ['a', 'b'], i: ['-7'], b: ['True'], m: ['{"k":"v"}'], ml: ['{"a":"1"}', '[{"b":"2"}]'] },
  );
  assert.deepEqual(values, { s: 'text', l: ['a', 'b'], i: -7, b: true, m: { k: 'v' }, ml: [{ a: '1' }, { b: '2' }] });
});

test('the shell document takes its time-out within the hours that its pattern allows, and wholly', () => {
  assert.deepEqual(validateParameters(shell, { commands: ['date'], executionTimeout: ['172800'] }), {
    commands: ['date'],
    executionTimeout: '172800',
  });
  for (const wrong of ['172801', '0', '3600; reboot', ' 3600'])
    assert.throws(
      () => validateParameters(shell, { commands: ['date'], executionTimeout: [wrong] }),
      /does not match the allowed pattern/,
    );
});

test('the document’s own default is always allowed', () => {
  const own = document({ dir: { type: 'String', default: '', allowedPattern: '/.+' } });
  assert.deepEqual(validateParameters(own, { dir: [''] }), { dir: '' });
});

for (const [what, parameters, given, message] of [
  ['any parameter for a document without', {}, { x: ['1'] }, 'document D does not support parameters.'],
  [
    'an unknown parameter',
    { a: { type: 'String' } },
    { a: ['1'], constructor: ['2'] },
    'document D does not support parameters [constructor]; it has [a].',
  ],
  ['a missing required parameter', { a: { type: 'String' } }, {}, 'Parameter "a" requires a value.'],
  ['no value at all', { a: { type: 'String' } }, { a: [] }, 'Parameter "a" requires a value.'],
  [
    'two values of a String',
    { a: { type: 'String' } },
    { a: ['1', '2'] },
    'Parameter "a" of type String takes one value, not 2.',
  ],
  [
    'a value outside allowedValues',
    { Action: { type: 'String', allowedValues: ['Install', 'Uninstall'] } },
    { Action: ['install'] },
    'Parameter "Action" has value "install" not found in [Install, Uninstall].',
  ],
  ['text for an Integer', { a: { type: 'Integer' } }, { a: ['1.5'] }, 'Parameter "a" has value "1.5" but takes an integer.'],
  ['text for a Boolean', { a: { type: 'Boolean' } }, { a: ['yes'] }, 'Parameter "a" has value "yes" but takes true or false.'],
  [
    'a list for a StringMap',
    { a: { type: 'StringMap' } },
    { a: ['[]'] },
    'Parameter "a" has value "[]" but takes a JSON object.',
  ],
  ['too few items', { a: { type: 'StringList', minItems: 1 } }, { a: [] }, 'Parameter "a" has 0 values but needs at least 1.'],
  [
    'too many items',
    { a: { type: 'StringList', maxItems: 1 } },
    { a: ['', ''] },
    'Parameter "a" has 2 values but takes at most 1.',
  ],
  [
    'too few characters',
    { a: { type: 'String', minChars: 2 } },
    { a: ['x'] },
    'Parameter "a" has 1 characters but needs at least 2.',
  ],
  [
    'too many characters',
    { a: { type: 'String', maxChars: 2 } },
    { a: ['xyz'] },
    'Parameter "a" has 3 characters but takes at most 2.',
  ],
] as const) {
  test(`${what}: refused with the rule`, () => {
    const lists = Object.fromEntries(Object.entries(given).map(([key, value]: [string, readonly string[]]) => [key, [...value]]));
    assert.equal(refusal(parameters, lists, 'D'), message);
  });
}

test('large patterns and long values end in a refusal, soon', () => {
  const { performance } = globalThis;
  const begin = performance.now();
  const repeated = '[a-z]{0,1000}'.repeat(4);
  assert.match(
    refusal({ p: { type: 'String', allowedPattern: repeated } }, { p: ['a'.repeat(100_000)] }),
    /too long \(100000 char/,
  );
  const many = Array.from({ length: 1000 }, () => 'a'.repeat(100));
  assert.match(refusal({ p: { type: 'StringList', allowedPattern: repeated } }, { p: many }), /too long/);
  for (const size of ['a{1000}{11}', '(?:a?){1000}'.repeat(20), '((ab[c]]]\\d){100}){10}'.repeat(3), '\\Q[(\\E(a{99}){99}{2}'])
    assert.ok(expandedSize(size) > 10_000, size);
  assert.deepEqual(
    ['^[a-z0-9]{1,63}$', '[]a]{2}b', '\\Qa{9}\\E', '[[:alpha:]]{3}', '(ab|c){2,}', '\\p{Greek}{4}', 'a{x}'].map(expandedSize),
    [127, 3, 8, 3, 8, 4, 4],
  );
  const values = Array.from({ length: 1000 }, (_, index) => ({ index }));
  const given = Array.from({ length: 20_000 }, () => '{"index":999}');
  validateParameters(document({ m: { type: 'MapList', allowedValues: values } }), { m: given });
  assert.ok(performance.now() - begin < 10_000);
});

test('a pattern that backtracks for ever elsewhere is matched in linear time', () => {
  const evil = document({ a: { type: 'String', allowedPattern: '(a+)+$' } });
  assert.throws(() => validateParameters(evil, { a: [`${'a'.repeat(50_000)}!`] }), /allowed pattern/);
});

test('whatever is given, the answer is values or a reason', () => {
  const all = document({
    String: { type: 'String', allowedPattern: '[a-z]*', maxChars: 9 },
    StringList: { type: 'StringList', default: [], minItems: 1, allowedValues: ['a', 'b'] },
    Integer: { type: 'Integer', default: 1 },
    Boolean: { type: 'Boolean', default: true },
    StringMap: { type: 'StringMap', default: {} },
    MapList: { type: 'MapList', default: [] },
  });
  const value = fc.oneof(fc.string(), fc.json(), fc.constantFrom('a', 'true', '1', '{"__proto__":{"x":1}}', '['.repeat(9000)));
  const name = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...Object.keys(all.parameters)) },
    { weight: 1, arbitrary: fc.string() },
  );
  fc.assert(
    fc.property(fc.dictionary(name, fc.array(value, { maxLength: 3 })), (given) => {
      try {
        const values = validateParameters(all, given);
        assert.deepEqual(Object.keys(values).toSorted(), Object.keys(given).toSorted());
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        assert.equal(error.code, 'InvalidParameters');
        assert.match(error.message, /^(Parameter "|the document )/);
        assert.ok(error.message.length < 1500);
      }
    }),
    { numRuns: 500 },
  );
});
