// `muster params diff`: what differs between two versions of a parameter, or between two paths. Reads just the values that it compares. A secret is
// told apart and not shown unless asked. Exit code 0: nothing differs; 1: something does.
import type { Host } from '../host.ts';
import { readOptions, SERVER_OPTIONS } from '../options.ts';
import type { Read } from '../options.ts';
import { EXIT } from '../run-command/outcome.ts';
import { withServer } from '../server-session.ts';
import { shownTime } from '../terminal/duration.ts';
import type { Screen } from '../terminal/screen.ts';
import { UsageError } from '../usage-error.ts';
import { onlyArgument, readPath, readSelector } from './arguments.ts';
import { unifiedDiff } from './line-diff.ts';
import type { ValueView, VersionView } from './parameter.ts';
import { ParameterApi } from './parameter-api.ts';
import { belowPath } from './variables.ts';

const OPTIONS = {
  'data-dir': SERVER_OPTIONS['data-dir'],
  from: { type: 'string' },
  to: { type: 'string' },
  'show-secrets': { type: 'boolean' },
} as const;

type Values = Read<typeof OPTIONS>['values'];

const EXIT_DIFFERENT = 1;
/** Both sides are held while they are compared. */
const COMPARED_MAX = 100_000;

export async function diffParameters(argv: readonly string[], host: Host): Promise<number> {
  const { values, positionals } = readOptions('params', argv, OPTIONS);
  const [first = '', second, ...more] = positionals;
  if (second !== undefined && more.length === 0) {
    if (values.from !== undefined || values.to !== undefined)
      throw new UsageError('--from and --to are versions of one NAME; two paths are compared as they are now');
    return diffPaths(readPath(first), readPath(second), values, host);
  }
  return diffVersions(onlyArgument('diff', 'NAME, or two paths', positionals), values, host);
}

async function diffVersions(name: string, values: Values, host: Host): Promise<number> {
  const [from, to] = [readSelector('from', values.from), readSelector('to', values.to)];
  return withServer(host, values['data-dir'], async ({ client, screen }) => {
    const api = new ParameterApi(client);
    const history = await api.history(name);
    const after = versionOf(name, history, to) ?? history.at(-1);
    const before = versionOf(name, history, from) ?? history[history.findIndex((one) => one === after) - 1];
    if (after === undefined || before === undefined) {
      screen.note(`${name} has no version before ${after?.Version ?? 'its first'} to compare with`);
      return EXIT.success;
    }
    const selectors = [before, after].map(({ Version }) => `${name}:${Version}`);
    const found = await api.values(selectors);
    const [old, fresh] = selectors.map((selector) => found.get(selector)?.Value);
    if (old === undefined || fresh === undefined) throw new UsageError(`a version of ${name} went away meanwhile; try again`);
    const isSecret = after.Type === 'SecureString' && values['show-secrets'] !== true;
    const lines = [...fieldLines(before, after), ...valueLines(old, fresh, isSecret)];
    if (lines.length === 0) return EXIT.success;
    const about = ({ Version, LastModifiedDate, LastModifiedUser = '' }: VersionView): string =>
      `${name} version ${Version}  ${shownTime(LastModifiedDate)}  ${LastModifiedUser}`.trimEnd();
    show(screen, [`--- ${about(before)}`, `+++ ${about(after)}`, ...lines]);
    return EXIT_DIFFERENT;
  });
}

function versionOf(name: string, history: readonly VersionView[], selector: string | undefined): VersionView | undefined {
  if (selector === undefined) return undefined;
  const found = history.find(({ Version, Labels = [] }) => String(Version) === selector || Labels.includes(selector));
  if (found !== undefined) return found;
  throw new UsageError(`${name} has no version ${selector}; muster params history ${name} lists them`);
}

/** What else a version keeps. */
function fieldLines(before: VersionView, after: VersionView): string[] {
  const policies = ({ Policies = [] }: VersionView): string => Policies.map(({ PolicyText }) => PolicyText).join(', ');
  const fields: readonly (readonly [string, string | undefined, string | undefined])[] = [
    ['type', before.Type, after.Type],
    ['description', before.Description, after.Description],
    ['key', before.KeyId, after.KeyId],
    ['tier', before.Tier, after.Tier],
    ['allowed pattern', before.AllowedPattern, after.AllowedPattern],
    ['data type', before.DataType, after.DataType],
    ['policies', policies(before), policies(after)],
  ];
  return fields.flatMap(([field, old = '', fresh = '']) =>
    old === fresh ? [] : [...(old === '' ? [] : [`-${field}: ${old}`]), ...(fresh === '' ? [] : [`+${field}: ${fresh}`])],
  );
}

function valueLines(before: string, after: string, isSecret: boolean): string[] {
  if (before === after) return [];
  return isSecret ? ['!value: changed, a SecureString (--show-secrets shows it)'] : unifiedDiff(before, after);
}

async function diffPaths(from: string, to: string, values: Values, host: Host): Promise<number> {
  return withServer(host, values['data-dir'], async ({ client, screen }) => {
    const api = new ParameterApi(client);
    const below = async (path: string): Promise<ReadonlyMap<string, ValueView>> => {
      const found = await api.allBelow(path, true, COMPARED_MAX + 1);
      if (found.length > COMPARED_MAX) throw new UsageError(`${path} has more than ${COMPARED_MAX} parameters to compare`);
      if (found.length === 0) screen.note(`no parameters below ${path}`);
      return new Map(found.map((one) => [belowPath(path, one.Name), one]));
    };
    const [before, after] = [await below(from), await below(to)];
    const names = [...new Set([...before.keys(), ...after.keys()])].toSorted();
    let different = 0;
    for (const name of names) {
      const lines = pairLines(before.get(name), after.get(name), values['show-secrets'] === true);
      if (lines.length === 0) continue;
      different++;
      show(screen, [...lines]);
      await screen.settle();
    }
    if (different > 0) screen.note(`${different} of ${names.length} differ between ${from} and ${to}`);
    return different === 0 ? EXIT.success : EXIT_DIFFERENT;
  });
}

function pairLines(before: ValueView | undefined, after: ValueView | undefined, showSecrets: boolean): string[] {
  if (before === undefined) return [`+++ ${after?.Name ?? ''}  only here, ${article(after)}`];
  if (after === undefined) return [`--- ${before.Name}  only here, ${article(before)}`];
  const isSecret = !showSecrets && (before.Type === 'SecureString' || after.Type === 'SecureString');
  const types = before.Type === after.Type ? [] : [`-type: ${before.Type}`, `+type: ${after.Type}`];
  const lines = [...types, ...valueLines(before.Value, after.Value, isSecret)];
  return lines.length === 0 ? [] : [`--- ${before.Name}`, `+++ ${after.Name}`, ...lines];
}

const article = (one: ValueView | undefined): string => `a ${one?.Type ?? ''}`;

function show(screen: Screen, lines: readonly string[]): void {
  const { palette } = screen.out;
  for (const line of lines) {
    const text = screen.out.safe(line);
    const paint = line.startsWith('-')
      ? palette.bad
      : line.startsWith('+')
        ? palette.good
        : line.startsWith('@@')
          ? palette.faint
          : String;
    screen.print(/^(?:---|\+\+\+) \//.test(line) ? palette.strong(text) : paint(text));
  }
}
