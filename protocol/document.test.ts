// What parseDocument takes and refuses. Hostile content may only ever meet a DocumentError that says why.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { DocumentError } from './document-error.ts';
import { parseDocument } from './document-parse.ts';
import { isFinallyStep } from './document-steps.ts';

const script = (over: object = {}): object => ({
  action: 'aws:runShellScript',
  name: 'one',
  inputs: { runCommand: ['true'] },
  ...over,
});
const command = (over: object = {}): object => ({ schemaVersion: '2.2', mainSteps: [script()], ...over });

function refusal(content: unknown): DocumentError {
  try {
    parseDocument(content);
  } catch (error) {
    assert.ok(error instanceof DocumentError, `threw ${String(error)}`);
    return error;
  }
  return assert.fail('was accepted');
}

test('a 2.2 document is parsed into its steps', () => {
  const document = parseDocument(
    command({
      description: 'says hello',
      parameters: {
        Who: { type: 'String', default: 'world', allowedValues: ['world', 'moon'] },
        many: { type: 'StringList', minItems: 1 },
      },
      mainSteps: [script(), script({ name: 'two', precondition: { StringEquals: ['platformType', 'Linux'] } })],
    }),
  );
  assert.deepEqual(
    document.steps.map(({ name, action, inputs, precondition }) => ({ name, action, inputs, precondition })),
    [
      { name: 'one', action: 'aws:runShellScript', inputs: [{ runCommand: ['true'] }], precondition: undefined },
      {
        name: 'two',
        action: 'aws:runShellScript',
        inputs: [{ runCommand: ['true'] }],
        precondition: { StringEquals: ['platformType', 'Linux'] },
      },
    ],
  );
  assert.equal(document.parameters['Who']?.default, 'world');
  assert.deepEqual(document.warnings, []);
});

test('a 1.2 plugin runs its properties one after another under the plugin name', () => {
  const document = parseDocument({
    schemaVersion: '1.2',
    runtimeConfig: {
      'aws:runShellScript': {
        properties: [
          { id: '0', runCommand: 'a' },
          { id: '1', runCommand: 'b' },
        ],
      },
    },
  });
  assert.deepEqual(document.steps, [
    {
      action: 'aws:runShellScript',
      name: 'aws:runShellScript',
      inputs: [
        { id: '0', runCommand: 'a' },
        { id: '1', runCommand: 'b' },
      ],
    },
  ]);
});

test('a 2.2 document with runtimeConfig is taken as its author meant it, with a warning', () => {
  const given = {
    schemaVersion: '2.2',
    description: 'Check disk space on a Windows instance',
    parameters: { commands: { type: 'String', default: 'Get-PSDrive C | Select-Object Used,Free' } },
    runtimeConfig: {
      'aws:runPowerShellScript': { properties: [{ id: '0.aws:runPowerShellScript', runCommand: '{{ commands }}' }] },
    },
  };
  const document = parseDocument(given);
  assert.deepEqual(document.content['mainSteps'], [
    { action: 'aws:runPowerShellScript', name: 'runPowerShellScript', inputs: { runCommand: '{{ commands }}' } },
  ]);
  assert.equal('runtimeConfig' in document.content, false);
  assert.match(document.warnings[0]?.message ?? '', /AWS refuses such a document/);
  assert.equal('mainSteps' in given, false);
});

test('finallyStep is known in both spellings', () => {
  assert.equal(isFinallyStep({ finallyStep: true }), true);
  assert.equal(isFinallyStep({ finallyStep: 'true' }), true);
  assert.equal(isFinallyStep({}), false);
});

test('a parameter may be called constructor without becoming everybody’s parameter', () => {
  assert.equal(parseDocument(command()).parameters['constructor'], undefined);
  assert.equal(
    parseDocument(command({ parameters: { constructor: { type: 'String' } } })).parameters['constructor']?.type,
    'String',
  );
});

for (const [what, content, key, rule] of [
  ['no object', [], '/', /instance type \(array\)/],
  ['no schemaVersion', { mainSteps: [script()] }, '/', /missing required properties \(\[\\"schemaVersion\\"\]\)/],
  ['a numeric schemaVersion', command({ schemaVersion: 2.2 }), '/schemaVersion', /instance type \(number\)/],
  ['no steps', { schemaVersion: '2.2' }, '/', /mainSteps/],
  ['an empty list of steps', command({ mainSteps: [] }), '/mainSteps', /too short/],
  ['a step without action', command({ mainSteps: [{ name: 'x' }] }), '/mainSteps/0', /\\"action\\"/],
  ['a step without name', command({ mainSteps: [{ action: 'aws:runShellScript' }] }), '/mainSteps/0', /\\"name\\"/],
  ['two steps of one name', command({ mainSteps: [script(), script()] }), '/mainSteps/1', /unique/],
  [
    'a step name with a space',
    command({ mainSteps: [script({ name: 'a b' })] }),
    '/mainSteps/0/name',
    /does not match input string/,
  ],
  ['inputs that are a list', command({ mainSteps: [script({ inputs: [] })] }), '/mainSteps/0/inputs', /instance type \(array\)/],
  [
    'a finallyStep before the end',
    command({ mainSteps: [script({ inputs: { finallyStep: true } }), script({ name: 'b' })] }),
    '/mainSteps/0/inputs',
    /last step/,
  ],
  [
    'an unknown onFailure',
    command({ mainSteps: [script({ inputs: { onFailure: 'stop' } })] }),
    '/mainSteps/0/inputs/onFailure',
    /successAndExit/,
  ],
  ['an unknown parameter type', command({ parameters: { p: { type: 'Text' } } }), '/parameters/p/type', /not found in enum/],
  [
    'a default of another type',
    command({ parameters: { p: { type: 'Integer', default: '5' } } }),
    '/parameters/p/default',
    /instance type \(string\)/,
  ],
  [
    'a default outside allowedValues',
    command({ parameters: { p: { type: 'String', default: 'c', allowedValues: ['a'] } } }),
    '/parameters/p/default',
    /not found in enum/,
  ],
  [
    'a parameter name that no agent replaces',
    command({ parameters: { 'my-name': { type: 'String' } } }),
    '/parameters/my-name',
    /does not match/,
  ],
  [
    'minChars above maxChars',
    command({ parameters: { p: { type: 'String', minChars: 3, maxChars: 2 } } }),
    '/parameters/p',
    /minChars/,
  ],
  ['1.2 without runtimeConfig', { schemaVersion: '1.2', mainSteps: [script()] }, '/', /runtimeConfig/],
  [
    '1.2 with a plugin without properties',
    { schemaVersion: '1.2', runtimeConfig: { 'aws:runShellScript': {} } },
    '/runtimeConfig/aws:runShellScript',
    /properties/,
  ],
] as const) {
  test(`${what} is refused with its place and rule`, () => {
    const error = refusal(content);
    assert.equal(error.code, 'InvalidDocumentContent');
    assert.ok(error.message.includes(`parent node: ${key}]`), error.message);
    assert.match(error.message, rule);
  });
}

test('an unknown schema version has its own code', () => {
  const error = refusal(command({ schemaVersion: '0.3' }));
  assert.equal(error.code, 'InvalidDocumentSchemaVersion');
  assert.match(error.message, /0\.3/);
});

test('depth, size, cycles and prototype keys end in a refusal', () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  let deep: unknown = 1;
  for (let index = 0; index < 100_000; index += 1) deep = [deep];
  let bomb: unknown = ['x'];
  for (let index = 0; index < 30; index += 1) bomb = Array.from({ length: 10 }, () => bomb);
  for (const inputs of [{ deep }, cyclic, { bomb }, { wide: Array.from({ length: 100_000 }, () => 0) }])
    assert.match(refusal(command({ mainSteps: [script({ inputs })] })).message, /deeper than|more than/);
  assert.match(refusal(JSON.parse('{"schemaVersion":"2.2","__proto__":{"x":1}}')).message, /__proto__/);
  assert.match(refusal(command({ mainSteps: [script({ inputs: { at: new Date(0) } })] })).message, /not a JSON value/);
});

/** Near-documents: right keys, wrong values here and there, so that the deep checks are reached. */
const near = (): fc.Arbitrary<unknown> => {
  const anything = fc.jsonValue({ maxDepth: 3 });
  const or = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 6, arbitrary: good }, { weight: 1, arbitrary: anything });
  const parameter = fc.record(
    {
      type: or(fc.constantFrom('String', 'StringList', 'Integer', 'Boolean', 'StringMap', 'MapList')),
      default: anything,
      allowedValues: or(fc.array(anything, { maxLength: 3 })),
      allowedPattern: or(fc.string()),
      minItems: or(fc.nat(5)),
      maxItems: or(fc.nat(5)),
    },
    { requiredKeys: ['type'] },
  );
  const step = fc.record(
    {
      action: or(fc.constantFrom('aws:runShellScript', 'aws:foo')),
      name: or(fc.constantFrom('a', 'b', 'c')),
      inputs: or(fc.dictionary(fc.string(), anything)),
      precondition: anything,
    },
    { requiredKeys: ['action', 'name'] },
  );
  const plugin = fc.record({ properties: or(fc.array(fc.dictionary(fc.string(), anything), { maxLength: 3 })) });
  return or(
    fc.record(
      {
        schemaVersion: or(fc.constantFrom('1.2', '2.0', '2.2')),
        description: or(fc.string()),
        parameters: or(fc.dictionary(fc.string(), or(parameter))),
        mainSteps: or(fc.array(or(step), { maxLength: 4 })),
        runtimeConfig: or(fc.dictionary(fc.constantFrom('aws:runShellScript', 'aws:b', '__proto__'), or(plugin))),
      },
      { requiredKeys: ['schemaVersion'] },
    ),
  );
};

test('whatever comes, it is parsed, or refused with a reason', () => {
  fc.assert(
    fc.property(
      fc.oneof(near(), fc.anything({ withNullPrototype: true, withMap: true, withDate: true, withBigInt: true })),
      (content) => {
        try {
          const document = parseDocument(content);
          assert.ok(document.steps.length > 0);
          assert.equal(new Set(document.steps.map((step) => step.name)).size, document.steps.length);
          assert.doesNotThrow(() => parseDocument(document.content));
        } catch (error) {
          if (!(error instanceof DocumentError)) throw error;
          assert.ok(error.message.length > 10 && error.message.length < 2000, error.message);
        }
      },
    ),
    { numRuns: 500 },
  );
});
