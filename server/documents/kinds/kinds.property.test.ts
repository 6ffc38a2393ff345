// Content of strangers, of every type: taken, or refused with a code and a sentence that names a rule; nothing else, and in bounded time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ContentError, readContent, statusInformationOf } from '../content.ts';
import type { DocumentType } from '../../platform/api/models/ssm.types.gen.ts';
import type { ContentFormat } from './kind.ts';
import { SAMPLES } from './samples.fixture.ts';
import type { Sample } from './samples.fixture.ts';

const RUNS = 3000;
const CODES = new Set(['InvalidDocumentContent', 'InvalidDocumentSchemaVersion']);
/** Every sentence names the place, the line, the parameter, the step, or the format that is broken. */
const NAMES_A_RULE =
  /\[message: ".+" - parent node: \/|well-formed|Parameter "|Variable "|Step "|schema version|default|NUL character|aliases|cannot be read|takes Parameter Store|is unknown: use one of/is;

function judge(type: DocumentType, text: string, format: ContentFormat): void {
  try {
    const { warnings } = readContent(type, text, format);
    assert.ok(statusInformationOf(warnings, text, format).length <= 2100);
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    assert.ok(CODES.has(error.code), error.code);
    assert.match(error.message, NAMES_A_RULE);
    assert.ok(error.message.length < 3000, error.message);
  }
}

/** Text that was cut, doubled, or has something else in it. */
const damaged = ({ content }: Sample): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(content.length), fc.nat(12), fc.oneof(fc.string({ maxLength: 9, unit: 'binary' }), words()))
    .map(([at, cut, insert]) => content.slice(0, at) + insert + content.slice(at + cut));

const words = (): fc.Arbitrary<string> =>
  fc.constantFrom(
    '{{ x }}',
    '{{ssm:x}}',
    '"',
    '[',
    '{}',
    'null',
    '__proto__',
    'step:a',
    '*a',
    '&a ',
    '- ',
    '\n',
    ':',
    '\\u0000',
    '1e999',
  );

/** One member or item somewhere, replaced by something of another shape: the deep checks are reached. */
const altered = ({ content }: Sample): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(200), fc.oneof(fc.jsonValue({ maxDepth: 2 }), words(), fc.constantFrom(true, 0, -1, '', '2.2')))
    .map(([at, value]) => {
      let index = 0;
      return JSON.stringify(JSON.parse(content), (_key, inner: unknown) => {
        index += 1;
        return index === at ? value : inner;
      });
    });

const content = (): fc.Arbitrary<readonly [DocumentType, string, ContentFormat]> =>
  fc
    .constantFrom(...SAMPLES)
    .chain((sample) =>
      fc
        .oneof(
          { weight: 4, arbitrary: damaged(sample) },
          { weight: sample.format === 'JSON' ? 8 : 0, arbitrary: sample.format === 'JSON' ? altered(sample) : fc.constant('') },
          { weight: 1, arbitrary: fc.json() },
          { weight: 1, arbitrary: fc.string() },
        )
        .map((text) => [sample.type, text, sample.format] as const),
    );

test(`${RUNS} random and damaged contents of every type are taken, or refused with a rule`, () => {
  fc.assert(
    fc.property(content(), ([type, text, format]) => judge(type, text, format)),
    { numRuns: RUNS },
  );
});

test('content made to be slow ends at once', () => {
  const many = (count: number, make: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => make(index)).join('');
  const chain = JSON.stringify({
    schemaVersion: '0.3',
    mainSteps: Array.from({ length: 400 }, (_, index) => ({
      name: `s${index}`,
      action: 'aws:branch',
      inputs: { Choices: Array.from({ length: 3 }, (_choice, step) => ({ NextStep: `s${Math.min(399, index + step + 1)}` })) },
    })),
  });
  for (const [type, format, text] of [
    ['Automation', 'JSON', chain],
    [
      'Command',
      'JSON',
      JSON.stringify({
        schemaVersion: '2.2',
        mainSteps: [{ action: 'aws:x', name: 'a', inputs: { runCommand: '{{ a'.repeat(15_000) } }],
      }),
    ],
    [
      'Automation',
      'JSON',
      JSON.stringify({
        schemaVersion: '0.3',
        mainSteps: [{ name: 'a', action: 'aws:sleep', inputs: { Duration: '{'.repeat(60_000) } }],
      }),
    ],
    ['ChangeCalendar', 'TEXT', `BEGIN:VCALENDAR\n${many(6000, () => 'BEGIN:A\n')}`],
    ['ChangeCalendar', 'TEXT', `A;${'"'.repeat(60_000)}`],
    ['ChangeCalendar', 'TEXT', many(30_000, () => ' \n')],
    [
      'Package',
      'JSON',
      `{"schemaVersion":"2.0","version":"1","files":{},"packages":{${many(3000, (index) => `"p${index}":{},`)}"x":{}}}`,
    ],
    ['Session', 'YAML', `a: &a [${'x,'.repeat(5000)}]\nb: [${'*a,'.repeat(99)}]`],
  ] as const) {
    const begun = performance.now();
    judge(type, text, format);
    const tookMs = performance.now() - begun;
    assert.ok(tookMs < 3000, `${type} ${text.slice(0, 30)}: ${tookMs} ms`);
  }
});
