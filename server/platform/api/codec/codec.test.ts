// The codec against AWS's own sentences: types, constraints, unknown members, encodings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../errors.ts';
import { ssmModel, serviceModels } from '../models/index.ts';
import type { ServiceModel } from '../models/service-model.ts';
import { decodeTree } from './decode.ts';
import type { JsonObject } from './decode.ts';
import { encodeTree, hiddenJson } from './encode.ts';
import { compileService } from './service.ts';
import { compilePattern } from './shape.ts';
import type { Shape } from './shape.ts';
import { dateOfText, timestampText } from './timestamps.ts';

const ssm = compileService(ssmModel);

function shapeOf(operation: string): Shape {
  const found = ssm.operation(operation);
  assert.ok(found);
  return found.input;
}

function refusal(operation: string, input: unknown): string {
  try {
    decodeTree(shapeOf(operation), input);
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    return `${error.code}: ${error.message}`;
  }
  return 'accepted';
}

const ONE = 'ValidationException: 1 validation error detected: ';
const INSTANCE_ID = '(^i-(\\w{8}|\\w{17})$)|(^mi-\\w{17}$)';

test('text that no database keeps is refused wherever it stands', () => {
  const sentence = 'Member must not contain the character NUL or half of a surrogate pair';
  for (const text of ['a\0', '\ud800', 'a\udc00b']) {
    const send = (input: JsonObject) => refusal('SendCommand', { DocumentName: 'Doc', ...input });
    assert.equal(send({ Comment: text }), `${ONE}Value '${text}' at 'comment' failed to satisfy constraint: ${sentence}`);
    for (const input of [
      { Parameters: { commands: ['echo', text] } },
      { Parameters: { [text]: ['echo'] } },
      { Targets: [{ Key: text, Values: ['x'] }] },
      { Targets: [{ Key: 'tag:a', Values: [text] }] },
      { DocumentName: text },
    ])
      assert.ok(send(input).includes(sentence), JSON.stringify(input));
    assert.ok(refusal('GetConnectionStatus', { Target: text }).includes(sentence));
    // What is dropped does not matter.
    assert.equal(send({ Unknown: text }), 'accepted');
  }
  assert.equal(refusal('SendCommand', { DocumentName: 'Doc', Comment: '\u0001 \u{1f600}' }), 'accepted');
});

test('constraint errors have the wording of AWS', async (t) => {
  const cases: readonly [string, string, unknown, string][] = [
    [
      'a missing member',
      'SendCommand',
      {},
      `${ONE}Value null at 'documentName' failed to satisfy constraint: Member must not be null`,
    ],
    [
      'null is absent',
      'SendCommand',
      { DocumentName: null },
      `${ONE}Value null at 'documentName' failed to satisfy constraint: Member must not be null`,
    ],
    [
      'a pattern',
      'SendCommand',
      { DocumentName: 'a b' },
      `${ONE}Value 'a b' at 'documentName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9_\\-.:/]{3,128}$`,
    ],
    [
      'a length',
      'SendCommand',
      { DocumentName: 'Doc', Comment: 'x'.repeat(101) },
      `${ONE}Value '${'x'.repeat(101)}' at 'comment' failed to satisfy constraint: Member must have length less than or equal to 100`,
    ],
    [
      'a range',
      'SendCommand',
      { DocumentName: 'Doc', TimeoutSeconds: 3 },
      `${ONE}Value '3' at 'timeoutSeconds' failed to satisfy constraint: Member must have value greater than or equal to 30`,
    ],
    [
      'an enumeration',
      'SendCommand',
      { DocumentName: 'Doc', DocumentHashType: 'Md5' },
      `${ONE}Value 'Md5' at 'documentHashType' failed to satisfy constraint: Member must satisfy enum value set: [Sha256, Sha1]`,
    ],
    [
      'the number of items',
      'SendCommand',
      { DocumentName: 'Doc', Targets: Array.from({ length: 6 }, () => ({ Key: 'tag:a', Values: ['b'] })) },
      `${ONE}Value '[${Array.from({ length: 6 }, () => 'Target(key=tag:a, values=[b])').join(', ')}]' at 'targets' failed to satisfy constraint: ` +
        'Member must have length less than or equal to 5',
    ],
    [
      'the items of a list',
      'SendCommand',
      { DocumentName: 'Doc', InstanceIds: ['i-1'] },
      `${ONE}Value '[i-1]' at 'instanceIds' failed to satisfy constraint: Member must satisfy constraint: ` +
        `[Member must satisfy regular expression pattern: ${INSTANCE_ID}]`,
    ],
    [
      'a nested member',
      'SendCommand',
      {
        DocumentName: 'Doc',
        Targets: [
          { Key: 'tag:a', Values: ['b'] },
          { Key: '', Values: ['b'] },
        ],
      },
      `${ONE}Value '' at 'targets.2.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1`,
    ],
    [
      'several errors',
      'SendCommand',
      { DocumentVersion: 'x', TimeoutSeconds: 3 },
      "ValidationException: 3 validation errors detected: Value null at 'documentName' failed to satisfy constraint: Member must not be null; " +
        "Value 'x' at 'documentVersion' failed to satisfy constraint: Member must satisfy regular expression pattern: ([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$); " +
        "Value '3' at 'timeoutSeconds' failed to satisfy constraint: Member must have value greater than or equal to 30",
    ],
    [
      'a sensitive value',
      'RegisterManagedInstance',
      { ActivationCode: 'short', ActivationId: 'a', PublicKey: 'k', PublicKeyType: 'Rsa' },
      `${ONE}Value at 'activationCode' failed to satisfy constraint: Member must have length greater than or equal to 20`,
    ],
    [
      'a missing member of an item',
      'AddTagsToResource',
      { ResourceType: 'Document', ResourceId: 'Doc', Tags: [{ Key: 'a' }] },
      `${ONE}Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be null`,
    ],
  ];
  for (const [name, operation, input, expected] of cases)
    await t.test(name, () => assert.equal(refusal(operation, input), expected));
});

test('a value of another JSON type is a SerializationException', async (t) => {
  const cases: readonly [string, unknown, string][] = [
    ['number for text', { DocumentName: 3 }, 'NUMBER_VALUE cannot be converted to String'],
    ['boolean for text', { DocumentName: true }, 'TRUE_VALUE cannot be converted to String'],
    ['text for number', { DocumentName: 'Doc', TimeoutSeconds: '30' }, 'STRING_VALUE cannot be converted to Integer'],
    ['fraction for integer', { DocumentName: 'Doc', TimeoutSeconds: 30.5 }, 'DECIMAL_VALUE cannot be converted to Integer'],
    ['number beyond 32 bits', { DocumentName: 'Doc', TimeoutSeconds: 2 ** 31 }, 'NUMBER_VALUE cannot be converted to Integer'],
    ['object for text', { DocumentName: {} }, 'Start of structure or map found where not expected.'],
    ['list for text', { DocumentName: [] }, 'Unrecognized collection type class java.lang.String'],
    ['text for list', { DocumentName: 'Doc', InstanceIds: 'i-1' }, 'Unexpected field type'],
    ['object for list', { DocumentName: 'Doc', InstanceIds: {} }, 'Start of structure or map found where not expected.'],
    ['list for structure', { DocumentName: 'Doc', NotificationConfig: [] }, 'Unrecognized collection type NotificationConfig'],
    ['text for structure', { DocumentName: 'Doc', NotificationConfig: 'x' }, 'Unexpected value type in payload'],
    ['text for map', { DocumentName: 'Doc', Parameters: 'x' }, 'Unexpected field type'],
    ['a whole body that is a list', [], 'Unrecognized collection type SendCommandRequest'],
    ['a whole body that is null', null, 'Unexpected value type in payload'],
  ];
  for (const [name, input, expected] of cases)
    await t.test(name, () => assert.equal(refusal('SendCommand', input), `SerializationException: ${expected}`));
});

test('unknown members are dropped and nulls are absent', () => {
  const input = decodeTree(shapeOf('SendCommand'), {
    DocumentName: 'Doc',
    Foo: 1,
    Comment: null,
    Targets: [{ Key: 'a', Bar: 2 }],
  });
  assert.deepEqual(input, { DocumentName: 'Doc', Targets: [{ Key: 'a' }] });
});

test("a caller's key __proto__ is a key like any other", () => {
  const input = decodeTree(shapeOf('SendCommand'), JSON.parse('{"DocumentName":"Doc","Parameters":{"__proto__":["x"]}}'));
  const parameters = input['Parameters'] as JsonObject;
  assert.deepEqual(Object.keys(parameters), ['__proto__']);
  assert.equal(Object.getPrototypeOf(parameters), Object.prototype);
});

test('at most twenty constraint errors are collected', () => {
  const text = refusal('AddTagsToResource', {
    ResourceType: 'Document',
    ResourceId: 'D',
    Tags: Array.from({ length: 500 }, () => ({})),
  });
  assert.match(text, /^ValidationException: 20 validation errors detected: /);
});

test('a printed value is cut', () => {
  const text = refusal('SendCommand', { DocumentName: 'Doc', Comment: 'x'.repeat(100_000) });
  assert.ok(text.length < 3_000);
});

test('what the stock agent sends is accepted, empty texts included', () => {
  const ping = {
    AgentName: 'amazon-ssm-agent',
    AgentStatus: 'Active',
    AgentVersion: '3.3.0.0',
    AvailabilityZone: '',
    AvailabilityZoneId: '',
    ComputerName: 'vm',
    IPAddress: '127.0.0.1',
    InstanceId: 'mi-0123456789abcdef0',
    PlatformName: 'Debian GNU/Linux',
    PlatformType: 'Linux',
    PlatformVersion: '12',
    SSMConnectionChannel: '',
  };
  assert.deepEqual(decodeTree(shapeOf('UpdateInstanceInformation'), ping), ping);
  const status = {
    AssociationId: '11111111-1111-1111-1111-111111111111',
    ExecutionResult: {
      ErrorCode: '',
      ExecutionDate: 1795189079.328,
      ExecutionSummary: 'Association is pending',
      Status: 'Pending',
    },
    InstanceId: 'mi-0123456789abcdef0',
  };
  const decoded = decodeTree(shapeOf('UpdateInstanceAssociationStatus'), status);
  assert.deepEqual((decoded['ExecutionResult'] as JsonObject)['ExecutionDate'], new Date(1795189079328));
});

test('timestamps are epoch seconds with a fraction, both ways', () => {
  const output = ssm.operation('CreateActivation')?.input;
  assert.ok(output);
  const at = new Date(1523986028219);
  const input = { IamRole: 'MusterNode', ExpirationDate: at };
  const tree = encodeTree(output, input);
  assert.equal(tree['ExpirationDate'], 1523986028.219);
  assert.deepEqual(decodeTree(output, tree), input);
});

test('times as text are read in all three forms and written in the one asked for', () => {
  const at = new Date(Date.UTC(2026, 10, 20, 15, 24, 35));
  for (const text of ['2026-11-20T15:24:35Z', '2026-11-20T16:24:35.000+01:00', 'Fri, 20 Nov 2026 15:24:35 GMT', '1795188275'])
    assert.deepEqual(dateOfText(text), at, text);
  for (const text of ['', 'yesterday', '2026-11-20', '2026-13-40T00:00:00Z', '1e400', '99999999999999'])
    assert.equal(dateOfText(text), undefined, text);
  assert.equal(timestampText(at, 'iso8601'), '2026-11-20T15:24:35Z');
  assert.equal(timestampText(at, 'rfc822'), 'Fri, 20 Nov 2026 15:24:35 GMT');
  assert.equal(timestampText(at, 'unixTimestamp'), 1795188275);
});

test('sensitive members do not reach the journal, and what is too large is left out', () => {
  const shape = shapeOf('SendCommand');
  assert.deepEqual(
    JSON.parse(hiddenJson(shape, { DocumentName: 'Doc', Parameters: { commands: ['secret'] }, InstanceIds: ['i-1'] })),
    {
      instanceIds: ['i-1'],
      documentName: 'Doc',
      parameters: 'HIDDEN_DUE_TO_SECURITY_REASONS',
    },
  );
  const large = hiddenJson(shape, { DocumentName: 'x'.repeat(200_000) });
  assert.deepEqual(JSON.parse(large), { omitted: true, originalSize: 200_019, reason: 'too large' });
});

test('an output of a wrong type is a mistake of ours and throws', () => {
  const output = ssm.operation('SendCommand')?.output;
  assert.ok(output);
  assert.throws(() => encodeTree(output, { Command: { RequestedDateTime: 'now' } }), TypeError);
});

test('every pattern of every model compiles and none backtracks without end', () => {
  const pumps = ['a', '0', '/', '-', ' ', 'a.', 'aA0', ':', '\\', 'x/', '{', ','];
  for (const model of serviceModels) {
    for (const [name, shape] of Object.entries(model.shapes)) {
      if (shape.pattern === undefined) continue;
      const pattern = compilePattern(shape.pattern);
      const length = Math.min(Math.max(shape.max ?? 2_048, 64), 4_096);
      for (const pump of pumps) {
        const begun = performance.now();
        pattern.test(`${pump.repeat(Math.ceil(length / pump.length))}\u0000`);
        const tookMs = performance.now() - begun;
        // Exponential backtracking takes longer than the universe; quadratic on a few thousand characters takes milliseconds.
        assert.ok(tookMs < 1_000, `${model.service}: pattern of ${name} took ${tookMs} ms on ${length} × ${pump}`);
      }
    }
  }
});

/** Random values of a shape, loosely within its constraints. */
function valueOf(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'structure': {
      const members = depth > 3 ? shape.members.filter((member) => member.required) : shape.members;
      const record = Object.fromEntries(members.map((member) => [member.name, valueOf(member.shape, depth + 1)]));
      const requiredKeys = members.filter((member) => member.required).map((member) => member.name);
      return fc.record(record, { requiredKeys, noNullPrototype: true });
    }
    case 'list':
      return depth > 3
        ? fc.constant([])
        : fc.array(shape.item ? valueOf(shape.item, depth + 1) : fc.constant(''), { maxLength: 3 });
    case 'map':
      return shape.value
        ? fc.dictionary(fc.string({ maxLength: 5 }), valueOf(shape.value, depth + 1), { maxKeys: 3, noNullPrototype: true })
        : fc.constant({});
    case 'string':
      return shape.enumValues ? fc.constantFrom(...shape.enumValues) : fc.string({ maxLength: 20 });
    case 'integer':
      return fc.integer({ min: -5, max: 100 });
    case 'float':
      return fc.integer();
    case 'boolean':
      return fc.boolean();
    case 'blob':
      return fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes));
    case 'timestamp':
      return fc.integer({ min: 0, max: 4_102_444_800_000 }).map((ms) => new Date(ms));
  }
}

const OPERATIONS = [
  'SendCommand',
  'CreateDocument',
  'PutInventory',
  'GetInventory',
  'RegisterTaskWithMaintenanceWindow',
  'CreateAssociation',
];
const RUNS = { numRuns: 40 };

test('property: what is encoded decodes to itself, or is refused as breaking constraints', () => {
  for (const name of OPERATIONS) {
    const shape = shapeOf(name);
    fc.assert(
      fc.property(valueOf(shape, 0), (value) => {
        const text = JSON.stringify(encodeTree(shape, value));
        try {
          assert.deepEqual(decodeTree(shape, JSON.parse(text)), value);
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          assert.ok(error.code === 'ValidationException' || error.message.startsWith('Exactly one member'), error.message);
        }
      }),
      RUNS,
    );
  }
});

test('property: any JSON is decoded or refused with a code and a field, never with another error', () => {
  for (const name of OPERATIONS) {
    const shape = shapeOf(name);
    const keys = shape.members.map((member) => member.key);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()), (tree) => {
        try {
          decodeTree(shape, tree);
        } catch (error) {
          assert.ok(error instanceof ApiError, String(error));
          if (error.code === 'ValidationException') assert.match(error.message, / at '[^']+' failed to satisfy constraint: /);
          else assert.equal(error.code, 'SerializationException');
        }
      }),
      RUNS,
    );
  }
});

test('property: a body of any nesting ends in an answer', () => {
  const model: ServiceModel = {
    ...ssmModel,
    operations: { Deep: { method: 'POST', uri: '/', input: 'Deep', errors: [] } },
    shapes: { Deep: { type: 'structure', members: { Deep: { shape: 'Deep' } } } },
  };
  const shape = compileService(model).operation('Deep')?.input;
  assert.ok(shape);
  const depth = 100_000;
  const tree: unknown = JSON.parse('{"Deep":'.repeat(depth) + '{}' + '}'.repeat(depth));
  assert.throws(() => decodeTree(shape, tree), /nested too deeply/);
});
