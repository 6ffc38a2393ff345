// Help: every command has its page, and the page names what the parser takes and nothing else. What a parser takes is asked of itself, by a
// command line whose last word is wrong in any case: it complains of the first option that it does not know, and does nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { CommandPage } from '@muster/server/main.ts';
import { COMMANDS, isCommand } from './command-list.ts';
import { pageText } from './command-page.ts';
import { main } from './main.ts';
import { PARAMS_HELP } from './params/params.ts';

const LAUNCHER = join(import.meta.dirname, 'bin.mjs');
const NAMES = Object.keys(COMMANDS);
const WRONG = '--no-such-option';
/** Commands whose actions have options of their own. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = { commands: ['list', 'preview'], keys: ['rotate-master'] };
/** These say how they are used, whatever is wrong. */
const SAY_USAGE_ONLY = ['backup', 'restore', 'keys'];
const OPTION = /--([a-z][a-z-]*)/g;

async function pages(): Promise<ReadonlyMap<string, CommandPage>> {
  const all = await Promise.all(NAMES.map(async (name) => [name, isCommand(name) ? await COMMANDS[name].page() : ''] as const));
  return new Map(all.flatMap(([name, page]) => (typeof page === 'string' ? [] : [[name, page] as const])));
}

async function complaint(t: TestContext, argv: readonly string[]): Promise<string> {
  const write = t.mock.method(process.stderr, 'write', () => true);
  const code = await main(argv, {});
  const text = write.mock.calls.map((call) => String(call.arguments[0])).join('');
  write.mock.restore();
  assert.equal(code, 2, argv.join(' '));
  assert.match(text, /^[^\n]+\n$/, 'one line');
  return text;
}

test('every command prints its page for --help, -h and muster help', () => {
  const run = (argv: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [LAUNCHER, ...argv], { encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, ''], argv.join(' '));
    return stdout;
  };
  for (const name of NAMES)
    assert.match(run([name, '--help']), name === 'help' ? /^muster: / : new RegExp(`^muster ${name}: .*\n\n  `));
  for (const argv of [
    ['server', '--data-dir', 'x', '-h'],
    ['help', 'server'],
  ])
    assert.equal(run(argv), run(['server', '--help']));
  assert.equal(run(['params', 'exec', '/x', '--help', '--', 'ls', '--all']), PARAMS_HELP);
});

test('help for what is no command is wrong use', async (t) => {
  assert.equal(await complaint(t, ['help', 'fly']), 'muster: unknown command "fly"; muster help lists them\n');
});

test('a page has examples and exit codes, and of each option its line with form, limit and default', async () => {
  for (const [name, page] of await pages()) {
    const text = pageText(page);
    assert.equal(page.command, name);
    assert.ok(page.examples.length >= 2 && page.examples.length <= 3, `${name} has two or three examples`);
    assert.match(text, /\nEnvironment\n {2}\S.*\n[^]*\nExit codes\n {2}0 {5,}\S/);
    for (const [option, row] of Object.entries(page.options)) {
      const form = row.type === 'string' ? ` ${row.value}` : '';
      assert.ok(text.includes(`--${option}${form}`), `${name} --${option}`);
      assert.match(row.meaning, /^[^\n]{3,120}(?<!\.)$/, `the meaning of ${name} --${option} is a line`);
    }
    assert.ok(
      text.split('\n').every((line) => line.length <= 132),
      `the lines of ${name} fit a wide terminal`,
    );
  }
});

test('what the parser takes stands on the page, what it does not take does not', async (t) => {
  const all = await pages();
  const known = new Map([...all.values()].flatMap(({ options }) => Object.entries(options)));
  for (const [name, { options }] of all) {
    if (SAY_USAGE_ONLY.includes(name)) continue;
    for (const [option, { type }] of known) {
      const word = type === 'string' ? `--${option}=x` : `--${option}`;
      let said = '';
      let taken = false;
      for (const action of ACTIONS[name] ?? [undefined]) {
        said = await complaint(t, [name, ...(action === undefined ? [] : [action]), word, WRONG]);
        taken ||= !said.includes(`Unknown option '--${option}'`);
      }
      assert.equal(taken, Object.hasOwn(options, option), `muster ${name} --${option}: ${said}`);
    }
  }
});

test('an unknown option is one line that says where the help is; a line of usage in it names each option, and whether it may be given again', async (t) => {
  for (const [name, { options }] of await pages()) {
    const text = await complaint(t, [name, ...(ACTIONS[name]?.slice(0, 1) ?? []), WRONG]);
    assert.ok(text.endsWith(`; muster ${name} --help\n`), text);
    if (!SAY_USAGE_ONLY.includes(name)) assert.ok(text.includes(`Unknown option '${WRONG}'`), text);
    const usage = /(?:[Uu]sage|use): (.*); muster/.exec(text)?.[1];
    if (usage === undefined) continue;
    const named = new Set([...usage.matchAll(OPTION)].map(([, option]) => option));
    assert.deepEqual(named, new Set(Object.keys(options)), name);
    for (const [option, row] of Object.entries(options)) {
      const again = new RegExp(`\\[--${option} [^\\]]*\\]…`).test(usage);
      assert.equal(again, row.type === 'string' && row.multiple === true, `muster ${name} --${option}`);
    }
  }
});

test('the page of muster params names every option of its actions', () => {
  const files = globSync('params/*.ts', { cwd: import.meta.dirname, exclude: (name) => /\.(test|fixture)\.ts$/.test(name) });
  const taken = files.flatMap((file) =>
    [...readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(/'?([a-z-]+)'?: \{ type: '(?:string|boolean)'/g)].map(
      ([, option]) => option,
    ),
  );
  assert.ok(taken.length > 20);
  assert.match(PARAMS_HELP, /\nExamples\n {2}\S[^]*\nEnvironment\n {2}\S[^]*\nExit codes\n {2}0 {5,}\S/);
  assert.ok(PARAMS_HELP.split('\n').every((line) => line.length <= 132));
  const named = new Set([...PARAMS_HELP.matchAll(OPTION)].map(([, option]) => option));
  assert.deepEqual(
    taken.filter((option) => !named.has(option ?? '')),
    [],
  );
});
