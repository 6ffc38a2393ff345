// What a source file's text must and must not contain, as functions from the source files to sentences with the rule's reason.
import type { SourceFile } from './source-files.ts';

const LINES_MAX = 400;
const HEAD_LINES_MAX = 10;

interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  readonly reason: string;
  /** Beside the edges of each program. */
  readonly allowed: RegExp;
}

const BANS: readonly Ban[] = [
  {
    what: 'reads the clock',
    pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bprocess\.hrtime/,
    reason: 'take a Clock, or `now` as an argument: a simulation must be able to say what time it is',
    allowed: /^(server\/platform\/time\/|agent\/machine\/|cli\/clock\.ts|testkit\/clock\.ts)/,
  },
  {
    what: 'sets a timer',
    pattern: /(?<![.\w])(setTimeout|setInterval|setImmediate)\(|from 'node:timers|AbortSignal\.timeout\(/,
    reason: 'take a Clock: a simulation steps from timer to timer and cannot step over one that it does not know',
    // The limits of one HTTP exchange; and the Windows supervisor, a program of its own.
    allowed:
      /^(server\/platform\/time\/|agent\/(machine\/|main\.ts|access\/http-client\.ts|supervision\/supervise-with-node\.ts)|cli\/(clock|aws-call)\.ts|testkit\/clock\.ts)/,
  },
  {
    what: 'makes randomness',
    pattern: /\bMath\.random\(|\brandomUUID\(|\brandomBytes\(|\brandomInt\(|\bgetRandomValues\(/,
    reason: 'take Ids: a simulation replays a run from its seed',
    allowed: /^(server\/platform\/ids\.ts|agent\/machine\/ids\.ts|cli\/clock\.ts|testkit\/random\.ts)/,
  },
  {
    what: 'reads the environment',
    pattern: /\bprocess\.env\b/,
    reason: 'configuration is read once, at the edge of the process, and passed as arguments',
    allowed: /^(server\/config\.ts|agent\/main\.ts|cli\/bin\.mjs|testkit\/(database|random)\.ts)/,
  },
  {
    what: 'writes to the console',
    pattern: /\bconsole\.\w+\(/,
    reason: 'take a Logger: logs are structured, and nobody reads a stray line',
    allowed: /^(server\/platform\/telemetry\/|testkit\/database\.ts)/,
  },
];
/** Run by hand, by npm scripts or by tests against real processes, outside any simulation. */
const UNRESTRICTED = /^((scripts|bench|e2e|agent\/testing)\/|testkit\/fleet\/fleet-process\.ts)/;
const NAMELESS = /(^|[/-])(utils?|helpers?|commons?|managers?|misc|shared)([/.-]|$)/;

export function banViolations(files: readonly SourceFile[]): string[] {
  const judged = files.filter(
    (file) => !/\.(test|fixture)\.ts$/.test(file.path) && !file.isGenerated && !UNRESTRICTED.test(file.path),
  );
  return judged.flatMap((file) =>
    BANS.filter((ban) => !ban.allowed.test(file.path) && ban.pattern.test(file.code)).map(
      (ban) => `${file.path} ${ban.what} (${ban.pattern.exec(file.code)?.[0]}): ${ban.reason}`,
    ),
  );
}

export function testViolations(files: readonly SourceFile[]): string[] {
  const tests = files.filter((file) => file.path.endsWith('.test.ts'));
  return [
    ...tests
      .filter((file) => /\b(test|it|describe)\.only\(/.test(file.code))
      .map((file) => `${file.path} runs only some of its tests: the others would be forgotten`),
    ...tests
      .filter((file) => /\b(test|it|describe)\.(skip|todo)\(|\bt\.skip\(\)/.test(file.code))
      .map((file) => `${file.path} skips without saying why: a skip names what is missing, t.skip('not run: …')`),
    ...tests
      .filter((file) => !file.path.startsWith('e2e/') && /await (sleep|delay)\(|from 'node:timers\/promises'/.test(file.code))
      .map((file) => `${file.path} sleeps: wait for a stated fact, or step the simulated clock`),
  ];
}

export function headViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => !file.isGenerated)
    .flatMap((file) => {
      const lines = file.text.replace(/^#!.*\n/, '').split('\n');
      const head = lines.findIndex((line) => !line.startsWith('//') && !line.startsWith(' *') && !line.startsWith('/*'));
      if (head === 0) return [`${file.path} does not open with a comment: say what it is, and its invariant`];
      return head > HEAD_LINES_MAX
        ? [`${file.path} opens with ${head} comment lines, more than ${HEAD_LINES_MAX}: a page belongs into the README`]
        : [];
    });
}

export function sizeViolations(files: readonly SourceFile[]): string[] {
  const judged = files.filter(
    (file) => !file.isGenerated && !file.path.endsWith('.test.ts') && !file.path.endsWith('/tables.ts'),
  );
  return judged.flatMap((file) => {
    const count = file.text.trimEnd().split('\n').length;
    return count > LINES_MAX ? [`${file.path} has ${count} lines, more than ${LINES_MAX}: it is more than one thing`] : [];
  });
}

export function nameViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    if (NAMELESS.test(file.path)) return [`${file.path} is named after nothing: a shared thing has a name and a home`];
    const name = file.path.split('/').at(-1) ?? '';
    return /^[a-z0-9-]+(\.[a-z0-9-]+)*\.(ts|mjs)$/.test(name) ? [] : [`${file.path} is not kebab-case, as all file names here`];
  });
}
