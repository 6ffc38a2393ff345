// Documents for fuzzing: good Command documents with parameters of every kind, and any content damaged as a tree, as tokens, and as bytes, in
// JSON and in YAML. All from one seed.
import { stringify } from 'yaml';
import type { Random } from '@muster/testkit/random.ts';

export interface HostileDocument {
  readonly type: string;
  readonly format: 'JSON' | 'YAML' | 'TEXT';
  readonly content: string;
}

type Tree = Readonly<Record<string, unknown>>;

/** Patterns that RE2 and the engine's own understand alike (not `.` and `\\s`), each with values that fit. */
export const PATTERNS: Readonly<Record<string, readonly string[]>> = {
  '^[a-z]{1,9}$': ['a', 'abc', 'zzzzzzzzz'],
  '^[a-zA-Z0-9_.-]{1,32}$': ['x', 'A.b-c_1'],
  '[0-9]+': ['0', '42'],
  '^(start|stop|restart)$': ['start', 'stop'],
  '(start|stop)|^restart$': ['restart', 'stop'],
  '^/[a-z/]*$': ['/', '/opt/a'],
  '^[^\\n]{0,5}$': ['', 'a b', '\u{1F600}é'],
  '^[^ \\t\\n]+$': ['x', '$x'],
  '': [''],
};

/** Names that a parameter may have: those of objects' own members among them. */
const NAMES = ['Who', 'commands', 'x', 'List', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'a1'] as const;
const ODD_TEXTS = [
  '',
  ' ',
  '\0',
  '\ud800',
  '\u202egpj.exe',
  '\u2028',
  '__proto__',
  'constructor',
  '{{ Who }}',
  '{{Who}}{{ x }}',
  '{{ssm:plain}}',
  '{{ ssm:evil }}',
  '{{ssm:chain}}',
  '{{ssm:sealed}}',
  '{{ssm:gone:3}}',
  '{{ssm-secure:x}}',
  '{{',
  '$$',
  '$&',
  '`id`',
  '"; id; "',
  'a\nb',
  'é'.repeat(300),
  'a'.repeat(5_000),
  '(a+)+$',
  '(?=a)',
  '\\1',
  '[',
  'a{1000}{1000}',
  '(?:'.repeat(2_000),
  '1.2',
  '2.2',
  '9.9',
  'aws:runShellScript',
  'aws:../../x',
  'Windows',
];
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  -1e308,
  [],
  {},
  [[]],
  [null],
  { a: 1 },
];
const ODD_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  '',
  'x',
  'mainSteps',
  'runtimeConfig',
  'inputs',
  'default',
  '\0',
  'a/b~c',
];
/** Pieces of both languages, put anywhere. */
const TOKENS = [
  '"', "'", '{', '}', '[', ']', ',', ':', '- ', '\n', '\t', '# ', '|', '>-', '&a ', '*a', '<<: *a', '? ', '!!binary ', '!!js/function ',
  '!!set ', '!!timestamp ', '---\n', '...\n', '%YAML 1.1\n', '\ufeff', '\u0000', '\\u0000', '\\ud800', 'null', '~', '.nan', '-.inf', '0o17',
  '0x1F', '1e999', '-0', '12:30:45', '2026-01-01', 'yes', 'NaN', '{{ Who }}', '{{ssm:plain}}', '/*', '//', ',,', '"__proto__":{"a":1},',
] as const; // prettier-ignore

/** Made to be slow, deep, large, or to multiply. */
const BOMBS: readonly ((random: Random) => string)[] = [
  () => '['.repeat(30_000),
  () => '{"a":'.repeat(6_000),
  () => `{"schemaVersion":"2.2","mainSteps":${'['.repeat(500)}${']'.repeat(500)}}`,
  () =>
    `a: &a [x]\n${Array.from({ length: 24 }, (_, level) => `b${level}: &b${level} [${level === 0 ? '*a,*a' : `*b${level - 1},*b${level - 1}`}]`).join('\n')}\n`,
  () => '&a [*a]',
  () => 'schemaVersion: "2.2"\nmainSteps: &m\n- *m\n',
  (random) => `schemaVersion: "${'2'.repeat(1 + random.below(40_000))}"`,
  () =>
    JSON.stringify({
      schemaVersion: '2.2',
      mainSteps: Array.from({ length: 300 }, (_, at) => ({ action: 'aws:x', name: `s${at}` })),
    }),
  () => '- '.repeat(10_000),
  () => '? '.repeat(5_000),
  () => `{"schemaVersion":${'9'.repeat(10_000)}}`,
  () => ' '.repeat(66_000),
];

export function inventDocument(random: Random, samples: readonly HostileDocument[]): HostileDocument {
  if (random.chance(0.01))
    return { type: 'Command', format: random.pick(['JSON', 'YAML'] as const), content: random.pick(BOMBS)(random) };
  const sample = random.chance(0.7) ? undefined : random.pick(samples);
  if (sample?.format === 'TEXT' || sample?.format === 'YAML') return { ...sample, content: damageTimes(random, sample.content) };
  let tree: unknown = sample === undefined ? goodCommand(random) : JSON.parse(sample.content);
  if (random.chance(0.5)) for (let times = 1 + random.below(3); times > 0; times--) tree = alter(random, tree);
  const format = random.pick(['JSON', 'YAML'] as const);
  const text = format === 'JSON' ? JSON.stringify(tree, null, random.below(3)) : asYaml(tree);
  return { type: sample?.type ?? 'Command', format, content: damageTimes(random, text) };
}

function damageTimes(random: Random, text: string): string {
  let damaged = text;
  if (random.chance(0.4)) for (let times = 1 + random.below(2); times > 0; times--) damaged = damageText(random, damaged);
  return damaged;
}

/** What a tree cannot be written as is a text of its own. */
function asYaml(tree: unknown): string {
  try {
    return stringify(tree, { lineWidth: 0 });
  } catch {
    return '*a';
  }
}

export function goodCommand(random: Random): Tree {
  const names = random.shuffle(NAMES).slice(0, random.below(4));
  const parameters = Object.fromEntries(names.map((name) => [name, goodParameter(random)]));
  const reference = (): string => (names.length > 0 && random.chance(0.7) ? `{{ ${random.pick(names)} }}` : 'true');
  const line = (): string => random.pick([reference(), `echo "${reference()}"`, `echo {{Nobody}} ${reference()}${reference()}`]);
  const inputs = (): Tree => ({
    runCommand: random.chance(0.1) ? reference() : Array.from({ length: 1 + random.below(3) }, line),
    ...(random.chance(0.3) ? { workingDirectory: reference() } : {}),
    ...(random.chance(0.3) ? { timeoutSeconds: random.pick(['60', 60, reference()]) } : {}),
  });
  const head = { description: 'd', ...(names.length === 0 ? {} : { parameters }) };
  if (random.chance(0.1)) {
    const config = {
      'aws:runShellScript': {
        properties: [
          { id: '0.a', ...inputs() },
          { id: '1.a', ...inputs() },
        ],
      },
    };
    return { schemaVersion: random.pick(['1.2', '2.2']), ...head, runtimeConfig: config };
  }
  const mainSteps = Array.from({ length: 1 + random.below(3) }, (_, at) => ({
    action: random.pick([
      'aws:runShellScript',
      'aws:runShellScript',
      'aws:runPowerShellScript',
      'aws:downloadContent',
      'aws:runDocument',
    ]),
    name: `s${at}`,
    inputs: inputs(),
    ...(random.chance(0.3) ? { precondition: { StringEquals: ['platformType', 'Linux'] } } : {}),
  }));
  return { schemaVersion: '2.2', ...head, mainSteps };
}

function goodParameter(random: Random): Tree {
  const bound = random.chance(0.5);
  switch (random.below(9)) {
    case 0:
      return { type: 'StringList', ...(bound ? { minItems: 1, maxItems: 3 } : { default: ['a'] }) };
    case 1:
      return { type: 'Integer', ...(bound ? { allowedValues: [1, 2, 3] } : { default: 7 }) };
    case 2:
      return { type: 'Boolean', default: bound };
    case 3:
      return { type: 'StringMap', ...(bound ? { default: { a: 'b' } } : {}) };
    case 4:
      return { type: 'String', allowedValues: ['on', 'off', 'a b'], ...(bound ? { default: 'on' } : {}) };
    case 5:
      return { type: 'String', minChars: 1, maxChars: 6, ...(bound ? { interpolationType: 'ENV_VAR' } : {}) };
    case 6:
      return { type: 'String', ...(bound ? { default: 'a' } : {}) };
    default:
      return patterned(random);
  }
}

function patterned(random: Random): Tree {
  const allowedPattern = random.pick(Object.keys(PATTERNS));
  const fitting = random.pick(PATTERNS[allowedPattern] ?? ['']);
  return {
    type: random.pick(['String', 'String', 'StringList']),
    allowedPattern,
    ...(random.chance(0.5) ? { interpolationType: 'ENV_VAR' } : {}),
    ...(random.chance(0.2) ? { default: random.pick([fitting, '', '{{ssm:plain}}', '{{ssm:evil}}', '{{ ssm:evil }}x']) } : {}),
  };
}

/** The tree with one thing in it replaced, doubled, renamed or left out. */
export function alter(random: Random, tree: unknown): unknown {
  if (Array.isArray(tree) && tree.length > 0 && random.chance(0.85)) {
    const at = random.below(tree.length);
    const items: readonly unknown[] = tree;
    if (random.chance(0.1)) return items.flatMap((item, index) => (index === at ? [item, item] : [item]));
    return items.map((item, index) => (index === at ? alter(random, item) : item));
  }
  if (typeof tree === 'object' && tree !== null && !Array.isArray(tree) && random.chance(0.9)) {
    const entries = Object.entries(tree);
    const at = random.below(entries.length + 1);
    const [key, value] = entries[at] ?? [random.pick(ODD_KEYS), odd(random)];
    const changed: readonly [string, unknown][] = random.chance(0.1)
      ? []
      : [[random.chance(0.08) ? random.pick(ODD_KEYS) : key, at < entries.length ? alter(random, value) : value]];
    return Object.fromEntries([...entries.slice(0, at), ...changed, ...entries.slice(at + 1)]);
  }
  return odd(random);
}

function odd(random: Random): unknown {
  return random.chance(0.6) ? random.pick(ODD_TEXTS) : random.pick(ODD_VALUES);
}

/** Bytes and tokens put in, cut out, doubled or changed. */
export function damageText(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const cut = random.below(12);
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + random.pick(TOKENS) + text.slice(at);
    case 1:
      return text.slice(0, at) + random.pick(TOKENS) + text.slice(at + cut);
    case 2:
      return text.slice(0, at) + text.slice(at + cut);
    case 3:
      return text.slice(0, at) + String.fromCharCode(random.below(0x10000)) + text.slice(at + 1);
    case 4:
      return text.slice(0, at) + text.slice(Math.max(0, at - cut));
    default:
      return random.chance(0.1) ? text.slice(0, at) : text.replace(random.pick(['"', ':', '\n', ' ', ',']), random.pick(TOKENS));
  }
}
