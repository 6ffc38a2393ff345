// `muster params export PATH`: what lies below a path as a file. JSON and YAML hold what an import elsewhere needs and are written page by page,
// each parameter at the version that its description is of; dotenv holds names and values.
import { AwsError } from '../aws-call.ts';
import type { Host } from '../host.ts';
import { readOptions, SERVER_OPTIONS } from '../options.ts';
import type { Read } from '../options.ts';
import { EXIT } from '../run-command/outcome.ts';
import { withServer } from '../server-session.ts';
import { jsonLine } from '../terminal/untrusted-text.ts';
import type { Screen } from '../terminal/screen.ts';
import { UsageError } from '../usage-error.ts';
import { onlyArgument, readPath } from './arguments.ts';
import { dotenvLine } from './dotenv.ts';
import type { MetadataView, Tag, WholeVersionView } from './parameter.ts';
import { eachAtOnce, ParameterApi } from './parameter-api.ts';
import { formatOf, readFormat } from './parameter-file.ts';
import type { Format } from './parameter-file.ts';
import { readVariables, VARIABLES_MAX } from './variables.ts';
import { writeWhole } from './whole-file.ts';
import type { Write } from './whole-file.ts';

const OPTIONS = {
  'data-dir': SERVER_OPTIONS['data-dir'],
  format: { type: 'string' },
  output: { type: 'string' },
  'one-level': { type: 'boolean' },
  'no-secrets': { type: 'boolean' },
  'no-tags': { type: 'boolean' },
  history: { type: 'boolean' },
} as const;

type Values = Read<typeof OPTIONS>['values'];

export async function exportParameters(argv: readonly string[], host: Host): Promise<number> {
  const { values, positionals } = readOptions('params', argv, OPTIONS);
  const path = readPath(onlyArgument('export', 'PATH', positionals));
  const { output } = values;
  const format = readFormat(values.format) ?? (output === undefined ? undefined : formatOf(output)) ?? 'json';
  if (values.history === true && format === 'dotenv')
    throw new UsageError('a dotenv file has values only; --history is for json and yaml');
  return withServer(host, values['data-dir'], async ({ client, screen }) => {
    const api = new ParameterApi(client);
    const act = (write: Write): Promise<Counts> =>
      format === 'dotenv' ? exportVariables(api, path, values, write) : exportWhole(api, path, format, values, screen, write);
    const counts = output === undefined ? await act(toStandardOutput(screen)) : await writeWhole(output, host, act);
    if (counts === undefined) return EXIT.interrupted;
    const { written, left } = counts;
    const leftOut = left === 0 ? '' : `; ${counted(left, 'SecureString')} left out`;
    if (output !== undefined || left > 0)
      screen.note(`${counted(written, 'parameter')}${output === undefined ? '' : ` in ${output}`}${leftOut}`);
    return EXIT.success;
  });
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

interface Counts {
  readonly written: number;
  readonly left: number;
}

async function exportVariables(api: ParameterApi, path: string, values: Values, write: Write): Promise<Counts> {
  const parameters = await api.allBelow(path, values['one-level'] !== true, VARIABLES_MAX + 1);
  const taken = parameters.filter(({ Type }) => Type !== 'SecureString' || values['no-secrets'] !== true);
  for (const { variable, value } of readVariables(path, taken)) await write(dotenvLine(variable, value));
  return { written: taken.length, left: parameters.length - taken.length };
}

async function exportWhole(
  api: ParameterApi,
  path: string,
  format: Exclude<Format, 'dotenv'>,
  values: Values,
  screen: Screen,
  write: Write,
): Promise<Counts> {
  const shown = format === 'json' ? jsonPiece : await yamlPiece();
  let [written, left] = [0, 0];
  screen.showBar(() => `${written} parameters`);
  await write(format === 'json' ? '{"Parameters":[' : '');
  for await (const page of api.describedBelow(path, values['one-level'] !== true)) {
    const taken = values['no-secrets'] === true ? page.filter(({ Type }) => Type !== 'SecureString') : page;
    left += page.length - taken.length;
    const whole = values.history === true ? wholeHistories : wholeParameters;
    for (const parameter of await whole(api, taken, values['no-tags'] !== true)) {
      await write(shown(parameter, written === 0));
      written++;
    }
    if (screen.outputGone.aborted) break;
  }
  await write(format === 'json' ? '\n]}\n' : written === 0 ? 'Parameters: []\n' : '');
  screen.showBar(undefined);
  return { written, left };
}

/** With the value of the very version that was described; one that was deleted meanwhile is left out. */
async function wholeParameters(api: ParameterApi, page: readonly MetadataView[], withTags: boolean): Promise<object[]> {
  const values = await api.values(page.map(({ Name, Version }) => `${Name}:${Version}`));
  const tags = await tagsOf(api, page, withTags);
  return page.flatMap((metadata) => {
    const value = values.get(`${metadata.Name}:${metadata.Version}`)?.Value;
    return value === undefined ? [] : { ...entryOf({ ...metadata, Value: value }), ...taggedWith(tags.get(metadata.Name)) };
  });
}

/** The newest version as without history, and those before it. All of them from one list: the newest may be a later one than was described. */
async function wholeHistories(api: ParameterApi, page: readonly MetadataView[], withTags: boolean): Promise<object[]> {
  const histories = new Map<string, readonly WholeVersionView[]>();
  await eachAtOnce(page, async ({ Name }) => {
    const versions = await api.versions(Name).catch((error: unknown) => {
      if (error instanceof AwsError && error.code === 'ParameterNotFound') return [];
      throw error;
    });
    histories.set(Name, versions);
  });
  const tags = await tagsOf(api, page, withTags);
  return page.flatMap(({ Name }) => {
    const versions = histories.get(Name) ?? [];
    const newest = versions.at(-1);
    if (newest === undefined) return [];
    const older = versions.slice(0, -1).map((version) => {
      const { Name: _name, ...entry } = entryOf(version);
      return entry;
    });
    return { ...entryOf(newest), ...taggedWith(tags.get(Name)), History: older };
  });
}

async function tagsOf(
  api: ParameterApi,
  page: readonly MetadataView[],
  withTags: boolean,
): Promise<ReadonlyMap<string, readonly Tag[]>> {
  const tags = new Map<string, readonly Tag[]>();
  if (withTags) await eachAtOnce(page, async ({ Name }) => void tags.set(Name, await api.tags(Name)));
  return tags;
}

const taggedWith = (tags: readonly Tag[] = []): object => (tags.length === 0 ? {} : { Tags: tags });

/** Who wrote it and when is left out: a copy has its own, and two exports can be compared. */
function entryOf({
  LastModifiedUser: _user,
  LastModifiedDate: _date,
  Policies = [],
  Labels = [],
  Value,
  ...metadata
}: WholeVersionView): Omit<WholeVersionView, 'LastModifiedUser' | 'LastModifiedDate'> {
  return {
    ...metadata,
    Value,
    ...(Policies.length === 0 ? {} : { Policies }),
    ...(Labels.length === 0 ? {} : { Labels }),
  };
}

/** One parameter a line, so that two exports can be compared. */
const jsonPiece = (parameter: object, isFirst: boolean): string => `${isFirst ? '' : ','}\n${jsonLine(parameter)}`;

async function yamlPiece(): Promise<(parameter: object, isFirst: boolean) => string> {
  const { stringify } = await import('yaml');
  return (parameter, isFirst) => `${isFirst ? 'Parameters:\n' : ''}${stringify([parameter], { lineWidth: 0 })}`;
}

function toStandardOutput(screen: Screen): Write {
  return async (text) => {
    screen.printRaw(screen.out.isTerminal ? screen.out.safe(text) : text);
    await screen.settle();
  };
}
