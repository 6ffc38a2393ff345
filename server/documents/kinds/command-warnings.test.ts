// What the author of a Command document is told, and where.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContentError, readContent, statusInformationOf } from '../content.ts';
import type { ContentFormat } from '../content.ts';

const told = (text: string, format: ContentFormat = 'YAML'): string =>
  statusInformationOf(readContent('Command', text, format).warnings, text, format);

const yaml = (parameters: string, ...lines: string[]): string =>
  ['schemaVersion: "2.2"', `parameters: ${parameters}`, 'mainSteps:', ...lines, ''].join('\n');
const shell = (line: string): string[] => [
  '- name: one',
  '  action: aws:runShellScript',
  '  inputs:',
  '    runCommand:',
  `    - ${line}`,
];

test('raw text of a caller in front of a shell is told of with parameter, step, line and column', () => {
  const text = yaml('{p: {type: String}}', ...shell('echo {{ p }}'));
  assert.equal(
    told(text),
    'Step "one": the value of parameter "p" is inserted into runCommand as it is (shell injection): give the parameter interpolationType ENV_VAR, an allowedPattern or allowedValues (Line: 8, Column: 7).',
  );
  const document = { schemaVersion: '2.2', parameters: { p: { type: 'StringList' } }, mainSteps: [] as object[] };
  document.mainSteps.push({ action: 'aws:runPowerShellScript', name: 'ps', inputs: { runCommand: ['ok', 'del {{p}}'] } });
  assert.match(told(JSON.stringify(document, null, 1), 'JSON'), /Step "ps".*"p".* \(Line: 15, Column: 6\)\.$/);
});

for (const [what, parameter] of [
  ['an environment variable', '{type: String, interpolationType: ENV_VAR}'],
  ['a pattern', '{type: String, allowedPattern: "^[a-z]+$"}'],
  ['a list of values', '{type: String, allowedValues: [a, b]}'],
  ['a number', '{type: Integer, default: 1}'],
] as const)
  test(`${what} in a script is no reason to warn`, () => {
    assert.equal(told(yaml(`{p: ${parameter}}`, ...shell('echo "{{ p }}"'))), '');
  });

test('a parameter that is the script is told of as such, once', () => {
  const text = yaml('{commands: {type: String}}', ...shell('"{{ commands }}"'), '    - "{{ commands }}"');
  assert.match(told(text), /^Step "one": runCommand is the value of parameter "commands": [^.]* \(Line: 8, Column: 7\)\.$/);
});

for (const [what, lines, said] of [
  ['a reference to nothing', shell('echo {{ nobody }}'), /{{ nobody }} names no declared parameter.* \(Line: 8, Column: 7\)/],
  ['an unknown action', ['- {name: a, action: "aws:fly", inputs: {}}'], /action aws:fly is unknown.* \(Line: 4, Column: 13\)/],
  [
    'an action without its input',
    ['- {name: a, action: "aws:runShellScript", inputs: {}}'],
    /needs the inputs runCommand \(Line: 4/,
  ],
  [
    'an operator that agents do not know',
    [...shell('true'), '  precondition: {StringLike: [platformType, Linux]}'],
    /operator StringLike is unknown.* \(Line: 9, Column: 18\)/,
  ],
  [
    'a platform that there is not',
    [...shell('true'), '  precondition: {StringEquals: [platformType, BeOS]}'],
    /platformType with a value other than Linux, Windows, MacOS/,
  ],
  ['three operands', [...shell('true'), '  precondition: {StringEquals: [platformType, Linux, x]}'], /exactly two/],
  ['flow members beside inputs', [...shell('true'), '  onFailure: Abort'], /agents ignore onFailure.* \(Line: 9, Column: 3\)/],
] as const)
  test(`${what} is told of with its place`, () => {
    assert.match(told(yaml('{}', ...lines)), said);
  });

test('a pattern that nodes cannot read, and ENV_VAR where agents do not know it, are told of', () => {
  assert.match(
    told(yaml('{p: {type: String, allowedPattern: "(?i)abc"}}', ...shell('true'))),
    /nodes cannot read this allowedPattern/,
  );
  const old = yaml('{p: {type: String, interpolationType: ENV_VAR}}', ...shell('true')).replace('2.2', '2.0');
  assert.match(told(old), /needs schemaVersion 2\.2/);
});

test('a hundred surprises stay readable', () => {
  const lines = Array.from({ length: 100 }, (_, index) => `- {name: s${index}, action: "aws:fly", inputs: {}}`);
  const text = told(yaml('{}', ...lines));
  assert.ok(text.length < 2200, String(text.length));
  assert.match(text, / And \d+ more\.$/);
});

for (const [what, format, text, place] of [
  [
    'JSON',
    'JSON',
    '{"schemaVersion": "2.2",\n "mainSteps": [\n  {"action": "aws:runShellScript", "name": "a b"}]}',
    'Line: 3, Column: 36',
  ],
  ['YAML', 'YAML', 'schemaVersion: "2.2"\n# why\nmainSteps:\n- name: a\n- name: b\n  action: aws:x\n', 'Line: 4, Column: 3'],
  [
    'YAML with an alias',
    'YAML',
    'schemaVersion: "2.2"\nx: &s {name: "a b", action: aws:x}\nmainSteps:\n- *s\n',
    'Line: 2, Column: 8',
  ],
  [
    'a parameter',
    'YAML',
    'schemaVersion: "2.2"\nparameters:\n  p:\n    type: String\n    allowedPattern: "("\nmainSteps: [{action: aws:x, name: a}]\n',
    'Line: 5, Column: 5',
  ],
] as const)
  test(`a refusal names line and column: ${what}`, () => {
    assert.throws(
      () => readContent('Command', text, format),
      (error) => error instanceof ContentError && error.message.endsWith(` at ${place}`),
    );
  });
