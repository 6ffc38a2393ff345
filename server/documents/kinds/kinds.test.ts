// What each type of document asks of content, through the door that CreateDocument uses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DocumentType } from '../../platform/api/models/ssm.types.gen.ts';
import { ContentError, readContent } from '../content.ts';
import type { CheckedContent } from '../content.ts';
import { CALENDAR, runbook, SAMPLES } from './samples.fixture.ts';

const read = (type: DocumentType, value: object): CheckedContent => readContent(type, JSON.stringify(value, null, 2), 'JSON');

function refusal(act: () => unknown): ContentError {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof ContentError, String(error));
    return error;
  }
  return assert.fail('was accepted');
}

for (const { type, format, content } of SAMPLES)
  test(`a good document of type ${type} (${format}) is taken without a warning: ${content.slice(0, 40).replaceAll(/\s+/g, ' ')}`, () => {
    assert.deepEqual(readContent(type, content, format).warnings, []);
  });

test('a runbook is described with its own parameter types', () => {
  assert.deepEqual(
    read('Automation', runbook()).parameters.map(({ name, type }) => [name, type]),
    [
      ['AutomationAssumeRole', 'AWS::IAM::Role::Arn'],
      ['InstanceId', 'List<AWS::EC2::Instance::Id>'],
      ['Retries', 'Integer'],
    ],
  );
});

test('platforms are those of the packages, of the session’s commands, of the steps', () => {
  const platforms = Object.fromEntries(
    SAMPLES.map(({ type, content, format }) => [type, readContent(type, content, format).platformTypes]),
  );
  assert.deepEqual(platforms['Package'], ['Windows', 'Linux']);
  const session = SAMPLES.find(({ content }) => content.includes('logpath'));
  assert.deepEqual(session === undefined ? [] : readContent('Session', session.content, 'JSON').platformTypes, ['Linux']);
});

test('the schema version of another type is refused with its own code', () => {
  for (const [type, schemaVersion] of [
    ['Policy', '1.2'],
    ['Session', '2.2'],
    ['Automation', '2.2'],
    ['Package', '1.0'],
    ['Command', '0.3'],
  ] as const) {
    const sample = { schemaVersion, runtimeConfig: { 'aws:runShellScript': { properties: [{ runCommand: 'a' }] } } };
    const error = refusal(() => read(type, sample));
    assert.equal(error.code, 'InvalidDocumentSchemaVersion');
    assert.ok(error.message.includes(`version, ${schemaVersion}, is not supported by documents of type ${type}`), error.message);
    assert.match(error.message, /Line: 2, Column: 3$/);
  }
});

const sleep = (name: string, over: object = {}): object => ({ name, action: 'aws:sleep', inputs: { Duration: 'PT1M' }, ...over });
const steps = (...mainSteps: object[]): object => runbook({ mainSteps, outputs: [] });

for (const [what, content, said] of [
  ['two steps of one name', steps(sleep('a'), sleep('a')), /parent node: \/mainSteps\/1\] at Line: \d+/],
  ['an unknown action', steps(sleep('a', { action: 'aws:dream' })), /aws:dream.*not found in enum/],
  ['a missing input', steps(sleep('a', { inputs: {} })), /one of .*Duration.*Timestamp/],
  ['a nextStep that is not there', steps(sleep('a', { nextStep: 'b' })), /step \\"a\\" names step \\"b\\", which does not exist/],
  ['an onFailure that is not there', steps(sleep('a', { onFailure: 'step:b' })), /which does not exist/],
  ['an onCancel where there is none', steps(sleep('a', { onCancel: 'step:b' }), sleep('b')), /onCancel with a step/],
  ['an unknown onFailure', steps(sleep('a', { onFailure: 'Stop' })), /Abort.*Continue.*step:NAME/],
  ['a way back', steps(sleep('a'), sleep('b', { nextStep: 'c' }), sleep('c', { nextStep: 'a' })), /a -> b -> c -> a/],
  ['a step that follows itself', steps(sleep('a', { nextStep: 'a' })), /a -> a/],
  ['isEnd beside nextStep', steps(sleep('a', { isEnd: true, nextStep: 'b' }), sleep('b')), /isEnd/],
  [
    'a branch to nowhere',
    steps({ name: 'a', action: 'aws:branch', inputs: { Choices: [{ NextStep: 'x', Variable: '1', StringEquals: '1' }] } }),
    /step \\"x\\"/,
  ],
  [
    'an undeclared parameter',
    steps(sleep('a', { inputs: { Duration: '{{ Nope }}' } })),
    /^Parameter "Nope" is not declared at Line/,
  ],
  ['an unknown step’s output', steps(sleep('a', { inputs: { Duration: '{{ b.Out }}' } })), /Step "b" .* does not exist/],
  ['an undeclared variable', steps(sleep('a', { inputs: { Duration: '{{ variable:v }}' } })), /Variable "v"/],
  ['an unknown global', steps(sleep('a', { inputs: { Duration: '{{ global:MOON }}' } })), /global:MOON/],
  ['a store reference in a step', steps(sleep('a', { inputs: { Duration: '{{ ssm:x }}' } })), /defaults of its parameters only/],
  ['a selector that is none', steps(sleep('a', { outputs: [{ Name: 'x', Selector: 'a.b' }] })), /JSONPath/],
  ['an output of no step', runbook({ outputs: ['nobody.X'] }), /names no step/],
  [
    'python without a handler',
    steps({ name: 'a', action: 'aws:executeScript', inputs: { Runtime: 'python3.11', Script: '' } }),
    /Handler/,
  ],
] as const)
  test(`a runbook with ${what} is refused, and why is said`, () => {
    const error = refusal(() => read('Automation', content));
    assert.equal(error.code, 'InvalidDocumentContent');
    assert.match(error.message, said);
  });

test('a runbook’s unreachable step and a script’s own braces are told of, not refused', () => {
  const content = steps(sleep('a', { nextStep: 'c' }), sleep('b'), {
    name: 'c',
    action: 'aws:executeScript',
    inputs: { Runtime: 'PowerShell Core 7', Script: '{{ jinja }} {{ x | y }}' },
  });
  assert.deepEqual(
    read('Automation', content).warnings.map(({ message, place }) => [place, message]),
    [
      ['/mainSteps/1', 'Step "b" is never reached.'],
      ['/mainSteps/2/inputs/Script', 'In a script: Parameter "jinja" is not declared.'],
    ],
  );
});

const manifest = (over: object): object => ({
  schemaVersion: '2.0',
  version: '1',
  packages: { _any: { _any: { _any: { file: 'a.zip' } } } },
  files: { 'a.zip': { checksums: { sha256: '0'.repeat(64) } } },
  ...over,
});
for (const [what, content, said] of [
  ['no version', manifest({ version: undefined }), /version/],
  ['a file that is not described', manifest({ files: {} }), /file \\"a.zip\\" is not described in files/],
  ['a checksum that is none', manifest({ files: { 'a.zip': { checksums: { sha256: 'abc' } } } }), /sha256\] at Line/],
  ['a package without architecture', manifest({ packages: { _any: { _any: {} } } }), /too few properties/],
] as const)
  test(`a package manifest with ${what} is refused`, () => {
    assert.match(refusal(() => read('Package', content)).message, said);
  });

for (const [what, content, said] of [
  ['no type', CALENDAR.replace('X-CALENDAR-TYPE:DEFAULT_OPEN\r\n', ''), /X-CALENDAR-TYPE.* at Line: 1,/],
  [
    'an unknown type',
    CALENDAR.replace('DEFAULT_OPEN', 'OPEN'),
    /X-CALENDAR-TYPE must be DEFAULT_OPEN or DEFAULT_CLOSED at Line: 4,/,
  ],
  ['another version', CALENDAR.replace('VERSION:2.0', 'VERSION:1.0'), /VERSION must be 2\.0/],
  ['an end that is missing', CALENDAR.replace('END:VEVENT\r\n', ''), /END:.*VEVENT belongs at Line: 18/],
  ['an event without start', CALENDAR.replace(/DTSTART.*\r\n/, ''), /no DTSTART at Line: 11/],
  ['a rule without frequency', CALENDAR.replace('FREQ=WEEKLY;', ''), /FREQ/],
  ['a line that is none', CALENDAR.replace('UID:1', 'UID 1'), /no NAME:value at Line: 12/],
  ['no calendar at all', 'hello', /NAME:value/],
  ['nothing', '', /BEGIN:VCALENDAR/],
] as const)
  test(`a change calendar with ${what} is refused with its line`, () => {
    const error = refusal(() => readContent('ChangeCalendar', content, 'TEXT'));
    assert.equal(error.code, 'InvalidDocumentContent');
    assert.match(error.message, said);
  });

test('CloudFormation wants its two members, in AWS’s sentence', () => {
  assert.equal(
    refusal(() => readContent('CloudFormation', '{}', 'JSON')).message,
    String.raw`[message: "object has missing required properties ([\"schemaVersion\",\"templateBody\"])" - parent node: /] at Line: 1, Column: 1`,
  );
});

for (const [what, over, said] of [
  ['no type', { sessionType: undefined }, /sessionType/],
  ['an unknown type', { sessionType: 'Telepathy' }, /Standard_Stream/],
  ['an idle time-out beyond the hour', { inputs: { idleSessionTimeout: '61' } }, /from 1 to 60/],
  ['a command without properties', { sessionType: 'InteractiveCommands' }, /properties/],
  ['a port session without a port', { sessionType: 'Port', properties: {} }, /portNumber/],
] as const)
  test(`a session document with ${what} is refused`, () => {
    assert.match(refusal(() => read('Session', { schemaVersion: '1.0', sessionType: 'Standard_Stream', ...over })).message, said);
  });
