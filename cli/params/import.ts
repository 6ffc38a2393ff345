// `muster params import FILE…`: looks up what is there, says what it will do, does it, and says at the end what did not succeed; what has not
// succeeded stops nothing else. Run again, it does what is left. Values are printed nowhere.
import { readFile, stat } from 'node:fs/promises';
import { AwsError } from '../aws-call.ts';
import { reasonOf } from '../aws-client.ts';
import type { Host } from '../host.ts';
import { readOptions, SERVER_OPTIONS } from '../options.ts';
import type { Read } from '../options.ts';
import { EXIT } from '../run-command/outcome.ts';
import { isServerFailure, withServer } from '../server-session.ts';
import type { Screen } from '../terminal/screen.ts';
import { progressBar } from '../terminal/progress-bar.ts';
import { plainName } from '../terminal/untrusted-text.ts';
import { UsageError } from '../usage-error.ts';
import { readPath } from './arguments.ts';
import { findExisting } from './existing.ts';
import { leavesPoliciesOut, planHistory } from './history-plan.ts';
import { importedName, planStep } from './import-plan.ts';
import type { Step } from './import-plan.ts';
import { chooseKeys, readKeyChoice } from './key-choice.ts';
import type { ParameterType, WrittenParameter } from './parameter.ts';
import { eachAtOnce, ParameterApi } from './parameter-api.ts';
import { PARAMETER_TYPES } from './parameter-entry.ts';
import { formatOf, mergeParameters, readFormat, readParameterFile } from './parameter-file.ts';
import { variableOf } from './variables.ts';

const OPTIONS = {
  'data-dir': SERVER_OPTIONS['data-dir'],
  format: { type: 'string' },
  path: { type: 'string' },
  strip: { type: 'string' },
  overwrite: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  type: { type: 'string' },
  'key-id': { type: 'string', multiple: true },
} as const;

type Values = Read<typeof OPTIONS>['values'];

/** Ten thousand parameters of eight kilobytes, escaped, and room; a file is held whole while it is read. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;
/** Of a person's screen; the rest is counted. */
const STEPS_SHOWN_MAX = 1_000;

export async function importParameters(argv: readonly string[], host: Host): Promise<number> {
  const { values, positionals } = readOptions('params', argv, OPTIONS);
  if (positionals.length === 0) throw new UsageError('muster params import FILE…; - is standard input; muster params --help');
  const type = readType(values.type);
  const path = values.path === undefined ? undefined : readPath(values.path);
  const format = readFormat(values.format);
  const keyChoice = readKeyChoice(values['key-id'] ?? []);
  const files = await Promise.all(
    positionals.map(async (file) => readParameterFile(await readText(file, host), file, format ?? formatOf(file))),
  );
  const { parameters, valueless } = mergeParameters(files);
  return withServer(host, values['data-dir'], async ({ client, screen }) => {
    const api = new ParameterApi(client);
    if (valueless > 0) screen.note(`${valueless} are described without a value in any file: left out`);
    const named = await nameAll(api, parameters, values, path);
    const { parameters: wanted, notes } = await chooseKeys(named, keyChoice, (keyId) => api.hasKey(keyId));
    for (const note of notes) screen.note(plainName(note));
    const { existing, unknown } = await findExisting(api, wanted);
    const options = { overwrite: values.overwrite === true, type };
    const steps = wanted.map((one): Step => {
      const why = unknown.get(one.name);
      if (why !== undefined) return { action: 'conflict', name: one.name, note: why };
      return (one.history === undefined ? planStep : planHistory)(one, existing.get(one.name), options);
    });
    showPlan(screen, steps);
    const left = wanted.filter(leavesPoliciesOut).length;
    if (left > 0)
      screen.note(`policies of versions before the newest are left out, of ${left} parameter${left === 1 ? '' : 's'}`);
    const conflicts = steps.filter(({ action }) => action === 'conflict').length;
    if (values['dry-run'] === true) return conflicts === 0 ? EXIT.success : EXIT.failed;
    const failures = await apply(api, steps, screen, host);
    for (const { name } of steps)
      if (failures.has(name)) screen.note(`failed ${plainName(name)}: ${plainName(failures.get(name) ?? '')}`);
    if (failures.size > 0)
      screen.note(`${failures.size} failed; the others are done, and the same import again does what is left`);
    return failures.size === 0 && conflicts === 0 ? EXIT.success : EXIT.failed;
  });
}

function readType(given = 'SecureString'): ParameterType {
  const type = PARAMETER_TYPES.find((one) => one === given);
  if (type === undefined) throw new UsageError(`--type ${JSON.stringify(given)} is none of ${PARAMETER_TYPES.join(', ')}`);
  return type;
}

async function readText(file: string, host: Host): Promise<string> {
  try {
    if (file === '-') return ((await host.readPiped?.()) ?? Buffer.alloc(0)).toString();
    const { size } = await stat(file);
    if (size > FILE_BYTES_MAX) throw new UsageError(`${file} has more than ${FILE_BYTES_MAX} bytes; import it in parts`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** A variable of a dotenv file is the parameter that `exec` would make it of, where there is one. */
async function nameAll(
  api: ParameterApi,
  parameters: readonly WrittenParameter[],
  { strip }: Values,
  path: string | undefined,
): Promise<WrittenParameter[]> {
  const isRelative = parameters.some(({ relative }) => relative);
  if (isRelative && path === undefined) throw new UsageError('the names in the file have no path; say it: --path /SERVICE');
  const known = new Map<string, string>();
  if (isRelative && path !== undefined)
    for await (const page of api.describedBelow(path, true)) for (const { Name } of page) known.set(variableOf(path, Name), Name);
  const names = new Map<string, string>();
  return parameters.map((one) => {
    const direct = importedName(one, strip === undefined ? undefined : readPath(strip), path);
    if (direct === undefined)
      throw new UsageError(`${plainName(one.name)} does not lie below ${strip ?? ''}, which is to be stripped`);
    const name = one.relative && path !== undefined ? (known.get(variableOf(path, direct)) ?? direct) : direct;
    const other = names.get(name);
    if (other !== undefined) throw new UsageError(plainName(`${other} and ${one.name} would both be ${name}`));
    names.set(name, one.name);
    return { ...one, name };
  });
}

function showPlan(screen: Screen, steps: readonly Step[]): void {
  const { palette } = screen.out;
  const shown = steps.filter((step) => step.action !== 'same');
  for (const step of shown.slice(0, STEPS_SHOWN_MAX)) {
    const paint = step.action === 'conflict' ? palette.bad : step.action === 'create' ? palette.good : palette.strong;
    screen.print(`${paint(step.action.padEnd(8))}  ${plainName(step.name)}  ${plainName(step.note)}`);
  }
  if (shown.length > STEPS_SHOWN_MAX) screen.print(`and ${shown.length - STEPS_SHOWN_MAX} more`);
  const count = (action: Step['action']): number => steps.filter((step) => step.action === action).length;
  screen.note(
    `${count('create')} to create, ${count('change')} to change, ${count('same')} the same, ${count('conflict')} in conflict`,
  );
}

/** By name, why not. */
async function apply(
  api: ParameterApi,
  steps: readonly Step[],
  screen: Screen,
  host: Host,
): Promise<ReadonlyMap<string, string>> {
  const failures = new Map<string, string>();
  const todo = steps.filter((step) => step.action === 'create' || step.action === 'change');
  const startedMs = host.clock.elapsedMs();
  let good = 0;
  screen.showBar((columns) => {
    const done = good + failures.size;
    const elapsedMs = host.clock.elapsedMs() - startedMs;
    const facts = { total: todo.length, good, bad: failures.size, running: 0, waiting: todo.length - done, elapsedMs };
    return progressBar({ ...facts, remark: undefined }, columns, screen.err.palette);
  });
  await eachAtOnce(todo, async (step) => {
    try {
      await applyStep(api, step);
      good++;
    } catch (error) {
      if (error instanceof PartlyDone) failures.set(step.name, error.message);
      else if (isServerFailure(error)) failures.set(step.name, reasonOf(error));
      else throw error;
    }
  });
  screen.showBar(undefined);
  if (todo.length > 0) screen.note(`${good} done`);
  return failures;
}

type Todo = Extract<Step, { readonly action: 'create' | 'change' }>;

/** Some of a parameter's versions are there now. */
class PartlyDone extends Error {}

async function applyStep(api: ParameterApi, step: Todo): Promise<void> {
  const { name, puts } = step;
  if (step.action === 'change') for (const { version, labels } of step.labels) await label(api, name, version, labels);
  for (const [at, { put, labels }] of puts.entries())
    try {
      const version = await api.put(put);
      if (labels.length > 0) await label(api, name, version, labels);
    } catch (error) {
      if (!isServerFailure(error) || puts.length === 1) throw error;
      throw new PartlyDone(`at the ${at + 1}. of ${puts.length} versions: ${reasonOf(error)} (--overwrite goes on from there)`);
    }
  if (step.action === 'change' && step.tags.length > 0) await api.addTags(name, step.tags);
}

async function label(api: ParameterApi, name: string, version: number, labels: readonly string[]): Promise<void> {
  const invalid = await api.label(name, version, labels);
  if (invalid.length > 0) throw new AwsError('InvalidLabels', `${invalid.join(', ')} can be no label`, 400);
}
