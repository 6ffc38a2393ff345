// Content of strangers, in both formats: a document, or a refusal that says why; never a crash, never a long wait.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { ContentError, convert, parse, readContent } from './content.ts';

const document = {
  schemaVersion: '2.2',
  description: 'd',
  parameters: { p: { type: 'StringList', default: ['a'] } },
  mainSteps: [{ action: 'aws:runShellScript', name: 'a', inputs: { runCommand: ['echo {{ p }}'], timeoutSeconds: '60' } }],
};

test('a document means the same in either format, there and back', () => {
  const json = JSON.stringify(document);
  const yaml = convert(json, 'JSON', 'YAML') ?? '';
  assert.deepEqual(parse(yaml, 'YAML').content, document);
  assert.deepEqual(JSON.parse(convert(yaml, 'YAML', 'JSON') ?? ''), document);
});

test('a first key that begins as a byte order mark does keeps its name in YAML', () => {
  const json = '{"\ufeffa":1}';
  assert.deepEqual(JSON.parse(convert(convert(json, 'JSON', 'YAML') ?? '', 'YAML', 'JSON') ?? ''), JSON.parse(json));
});

test('damaged content is refused with a reason, in either format', () => {
  const json = JSON.stringify(document);
  const yaml = stringify(document);
  const damaged = (text: string) =>
    fc
      .tuple(fc.nat(text.length), fc.nat(9), fc.string({ maxLength: 9, unit: 'binary' }))
      .map(([at, cut, insert]) => text.slice(0, at) + insert + text.slice(at + cut));
  const content = fc.oneof(
    fc.tuple(fc.constant('JSON' as const), fc.oneof(damaged(json), fc.json(), fc.string())),
    fc.tuple(
      fc.constant('YAML' as const),
      fc.oneof(
        damaged(yaml),
        fc.json(),
        fc.string(),
        fc.constantFrom('&a [*a]', 'a: !!binary x', '? {a: b}\n: c', '<<: *x', '%TAG ! x'),
      ),
    ),
  );
  fc.assert(
    fc.property(content, ([format, text]) => {
      try {
        assert.ok((readContent('Command', text, format).runnable?.steps.length ?? 0) > 0);
      } catch (error) {
        if (!(error instanceof ContentError)) throw error;
        assert.ok(error.message.length > 10 && error.message.length < 2000);
      }
    }),
    { numRuns: 400 },
  );
});

test('a key that is twice in a YAML map is refused with its place, and many keys are read soon', () => {
  const repeated = (text: string) => {
    try {
      return readContent('ApplicationConfiguration', text, 'YAML').schemaVersion;
    } catch (error) {
      assert.ok(error instanceof ContentError, String(error));
      return error.message;
    }
  };
  assert.equal(repeated('a:\n  b: 1\n  c: 2\n  b: 3\n'), 'YAML not well-formed. at Line: 4, Column: 3 (DUPLICATE_KEY)');
  assert.equal(repeated('a: b: c\n'), 'YAML not well-formed. at Line: 1, Column: 4 (BLOCK_AS_IMPLICIT_KEY)');
  const begin = globalThis.performance.now();
  assert.equal(repeated(Array.from({ length: 9000 }, (_, index) => `k${index}:`).join('\n')), '');
  assert.ok(globalThis.performance.now() - begin < 5000);
});

test('YAML with aliases means little more than it says: each node is sent what it means', () => {
  const text = (length: number) =>
    `schemaVersion: "2.2"\nmainSteps:\n- name: a\n  action: aws:runShellScript\n  inputs:\n    runCommand:\n    - &a ${'y'.repeat(length)}\n${'    - *a\n'.repeat(99)}`;
  assert.equal(readContent('Command', text(2000), 'YAML').schemaVersion, '2.2');
  assert.throws(
    () => readContent('Command', text(60_000), 'YAML'),
    /more than 262144 characters when its aliases are written out/,
  );
});

test('patterns that would fill memory or stop the server are refused at creation, one and many', () => {
  const withPatterns = (...patterns: string[]) =>
    JSON.stringify({
      ...document,
      parameters: Object.fromEntries(patterns.map((allowedPattern, index) => [`p${index}`, { type: 'String', allowedPattern }])),
    });
  const refused = (text: string, sentence: RegExp) =>
    assert.throws(
      () => readContent('Command', text, 'JSON'),
      (error) => error instanceof ContentError && sentence.test(error.message),
    );
  refused(withPatterns('[a-z]{0,1000}'.repeat(300)), /more than 10000 parts.*Line: 1/);
  refused(withPatterns(...Array.from({ length: 60 }, (_, index) => `${index}${'a{1000}'.repeat(9)}`)), /too large together/);
});

test('deep nesting ends in a refusal, in either format', () => {
  for (const [format, text] of [
    ['JSON', '['.repeat(30_000)],
    ['JSON', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ['YAML', '['.repeat(30_000)],
    ['YAML', `${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['YAML', '- '.repeat(30_000)],
  ] as const)
    assert.throws(() => readContent('Command', text, format), ContentError, `${format} ${text.slice(0, 5)} ${text.length}`);
});

test('text that no database keeps is refused, however it is escaped', () => {
  const withDescription = (description: string): string =>
    JSON.stringify({
      schemaVersion: '2.2',
      description,
      mainSteps: [{ action: 'aws:runShellScript', name: 'one', inputs: { runCommand: ['true'] } }],
    });
  for (const description of ['a\u0000b', 'half a pair: \ud800'])
    assert.throws(() => readContent('Command', withDescription(description), 'JSON'), {
      code: 'InvalidDocumentContent',
      message: /NUL character/,
    });
  assert.doesNotThrow(() => readContent('Command', withDescription('the text \\u0000, spelled out'), 'JSON'));
});
