// Values for the parameters of a document, for fuzzing: such as fit, and such as try to get past a rule: of other types, too many, too long, with a
// line more than the pattern looks at, with references to other parameters and to Parameter Store.
import type { Random } from '@muster/testkit/random.ts';
import { PATTERNS } from './hostile-documents.fixture.ts';

/** As somebody declared it: of any shape. */
type Declarations = Readonly<Record<string, unknown>>;

/** What is put before or behind a value that fits. */
const EVASIONS = [
  '\n',
  '\nrm -rf /',
  '\r\n',
  '\r',
  '\u2028id',
  '\u0085',
  '\0',
  '\ud800',
  ' ',
  ';id',
  '$(id)',
  '`id`',
  '{{ Who }}',
  '{{x}}',
  '{{ commands }}',
  '{{ssm:plain}}',
  '{{ssm:evil}}',
  '{{ ssm:chain }}',
  '{{ssm:sealed}}',
  '{{ssm:gone}}',
  '{{ssm-secure:plain}}',
  '{{',
  '$&',
  '$$',
  'a'.repeat(70),
  'a'.repeat(40_000),
  '\u202e',
  '\u{1F600}',
] as const;
const VALUES = [
  'a',
  'on',
  'off',
  'start',
  '1',
  '2',
  '9007199254740993',
  '1e3',
  '-0',
  '+1',
  'true',
  'TRUE',
  'false',
  '{}',
  '{"a":"b"}',
  '{"__proto__":{"a":1}}',
  '[{"a":1},{"b":2}]',
  '{"a":{{ssm:plain}}}',
  '[]',
  'null',
  '['.repeat(5_000),
  `{"a":${'['.repeat(100)}${']'.repeat(100)}}`,
  '',
] as const;
const WRONG_TYPES: readonly unknown[] = [null, 'a', 1, true, {}, [1], [null], [['a']], [{}]];
const STRANGE_NAMES = ['__proto__', 'constructor', 'Nobody', 'toString', '', 'a'.repeat(300), 'Who ', 'who'] as const;

export function inventParameters(random: Random, declared: Declarations): unknown {
  if (random.chance(0.01)) return random.pick(WRONG_TYPES);
  const given = Object.entries(declared)
    .filter(() => random.chance(0.85))
    .map(([name, declaration]) => [name, values(random, declaration)] as const);
  const strange = random.chance(0.03) ? [[random.pick(STRANGE_NAMES), ['a']] as const] : [];
  return Object.fromEntries([...given, ...strange]);
}

function values(random: Random, declaration: unknown): unknown {
  if (random.chance(0.01)) return random.pick(WRONG_TYPES);
  const { type } = fields(declaration);
  const many = type === 'StringList' || type === 'MapList' || random.chance(0.02);
  const count = random.chance(0.01) ? 400 : many ? random.below(4) : 1;
  return Array.from({ length: count }, () => value(random, fields(declaration)));
}

function fields(declaration: unknown): Readonly<Record<string, unknown>> {
  return typeof declaration === 'object' && declaration !== null ? { ...declaration } : {};
}

function value(random: Random, { type, allowedPattern, allowedValues, default: own }: Readonly<Record<string, unknown>>): string {
  if (random.chance(0.15)) return random.pick(VALUES);
  const fitting = fit(random, type, allowedPattern, allowedValues) ?? (typeof own === 'string' ? own : random.pick(VALUES));
  if (random.chance(0.55)) return fitting;
  return random.chance(0.7) ? fitting + random.pick(EVASIONS) : random.pick(EVASIONS) + fitting;
}

function fit(random: Random, type: unknown, pattern: unknown, allowed: unknown): string | undefined {
  if (Array.isArray(allowed) && allowed.length > 0) {
    const one: unknown = random.pick(allowed);
    return typeof one === 'string' ? one : JSON.stringify(one);
  }
  if (typeof pattern === 'string' && Object.hasOwn(PATTERNS, pattern)) return random.pick(PATTERNS[pattern] ?? ['']);
  if (type === 'Integer') return String(random.below(9));
  if (type === 'Boolean') return random.pick(['true', 'false']);
  if (type === 'StringMap' || type === 'MapList') return '{"a":"b"}';
  return random.chance(0.5) ? 'abc' : undefined;
}
