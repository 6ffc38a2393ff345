// The inputs of aws:runDockerAction as the arguments of `docker`. Pure. Nothing of it goes through a shell; option values are joined to their
// option, and names begin with a letter or a digit, so no input can become another option. Sentences as the stock agent's where it has one.

/** What is wrong with the inputs, for people. */
export class DockerInputError extends Error {}

type Inputs = Readonly<Record<string, unknown>>;

const ACTIONS: Readonly<Record<string, (inputs: Inputs) => string[]>> = {
  Create: (inputs) => ['create', ...containerOptions(inputs), image(inputs), ...words(text(inputs, 'cmd'))],
  // Detached: the step does not wait for what it starts, as the stock agent.
  Run: (inputs) => ['run', '--detach', ...containerOptions(inputs), image(inputs), ...words(text(inputs, 'cmd'))],
  Start: (inputs) => ['start', container(inputs)],
  Stop: (inputs) => ['stop', container(inputs)],
  Rm: (inputs) => ['rm', container(inputs)],
  Exec: (inputs) => [
    'exec',
    ...option(inputs, 'user', USER),
    container(inputs),
    ...required(inputs, words(text(inputs, 'cmd')), 'cmd'),
  ],
  Inspect: (inputs) => [
    'inspect',
    ...required(
      inputs,
      [optional(inputs, 'container', CONTAINER), optional(inputs, 'image', IMAGE)].filter((one) => one !== ''),
      'container or image',
    ),
  ],
  Logs: (inputs) => ['logs', container(inputs)],
  Ps: () => ['ps', '--all'],
  Stats: (inputs) => ['stats', '--no-stream', ...[optional(inputs, 'container', CONTAINER)].filter((one) => one !== '')],
  Pull: (inputs) => ['pull', image(inputs)],
  Images: () => ['images'],
  Rmi: (inputs) => ['rmi', image(inputs)],
};

interface Form {
  readonly pattern: RegExp;
  readonly sentence: string;
}

const CONTAINER: Form = {
  pattern: /^\/?[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/,
  sentence: 'Invalid container name, only [a-zA-Z0-9_.-] are allowed',
};
const IMAGE: Form = {
  pattern: /^[a-zA-Z0-9][a-zA-Z0-9_./:@-]{0,511}$/,
  sentence: 'Invalid image value, only [a-zA-Z0-9_./:@-] are allowed',
};
const USER: Form = { pattern: /^[a-zA-Z0-9_][a-zA-Z0-9_.:-]{0,254}$/, sentence: 'Invalid user value' };
const MEMORY: Form = { pattern: /^[0-9]{1,15}[bkmgBKMG]?$/, sentence: 'Invalid memory value: a number, and b, k, m or g' };
const CPU_SHARES: Form = { pattern: /^[0-9]{1,9}$/, sentence: 'Invalid CpuShares value, only integers are allowed' };
const PUBLISH: Form = { pattern: /^[0-9a-zA-Z:\-/.[\]]{1,255}$/, sentence: 'Invalid Publish value' };
// oxlint-disable-next-line no-control-regex -- what no path and no variable holds
const PLAIN = /^[^\u0000-\u001f]{1,4096}$/;
const VOLUME: Form = { pattern: PLAIN, sentence: 'Invalid volume' };
/** Values of variables may have lines. */
const ENV: Form = {
  pattern: /^[A-Za-z_][A-Za-z0-9_.-]*(?:=[^\0]*)?$/,
  sentence: 'Invalid environment variable value: NAME=value',
};

/** Throws DockerInputError. */
export function dockerArguments(inputs: Inputs): string[] {
  const action = text(inputs, 'action');
  const build = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (build === undefined) throw new DockerInputError(`Docker Action is set to unsupported value: ${action}`);
  return build(inputs);
}

function containerOptions(inputs: Inputs): string[] {
  const name = optional(inputs, 'container', CONTAINER);
  return [
    ...list(inputs, 'volume', VOLUME).map((one) => `--volume=${one}`),
    ...(name === '' ? [] : [`--name=${name}`]),
    ...option(inputs, 'memory', MEMORY),
    ...option(inputs, 'cpuShares', CPU_SHARES, 'cpu-shares'),
    ...list(inputs, 'publish', PUBLISH).map((one) => `--publish=${one}`),
    ...list(inputs, 'env', ENV).map((one) => `--env=${one}`),
    ...option(inputs, 'user', USER),
  ];
}

function option(inputs: Inputs, key: string, form: Form, name = key): string[] {
  const value = optional(inputs, key, form);
  return value === '' ? [] : [`--${name}=${value}`];
}

function image(inputs: Inputs): string {
  return (
    required(
      inputs,
      [optional(inputs, 'image', IMAGE)].filter((one) => one !== ''),
      'image',
    )[0] ?? ''
  );
}

function container(inputs: Inputs): string {
  return (
    required(
      inputs,
      [optional(inputs, 'container', CONTAINER)].filter((one) => one !== ''),
      'container',
    )[0] ?? ''
  );
}

function required(inputs: Inputs, values: string[], what: string): string[] {
  if (values.length === 0) throw new DockerInputError(`Action ${text(inputs, 'action')} requires parameter ${what}`);
  return values;
}

function optional(inputs: Inputs, key: string, form: Form): string {
  return judged(text(inputs, key), form);
}

function list(inputs: Inputs, key: string, form: Form): string[] {
  const value = inputs[key];
  const values = Array.isArray(value) ? value.map((one: unknown) => asText(one, key)) : [text(inputs, key)];
  return values.filter((one) => one !== '').map((one) => judged(one, form));
}

function judged(value: string, { pattern, sentence }: Form): string {
  if (value !== '' && !pattern.test(value)) throw new DockerInputError(`Validation error, ${sentence}`);
  return value;
}

function text(inputs: Inputs, key: string): string {
  return asText(inputs[key], key).trim();
}

function asText(value: unknown, key: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') throw new DockerInputError(`Validation error, ${key} must be text`);
  return value;
}

/** A command line in words: spaces part them, quotes keep them together, a backslash takes the next character as it is. Nothing is expanded. */
export function words(line: string): string[] {
  const found: string[] = [];
  const pattern = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|(['"\\])/gsu;
  let word: string | undefined;
  for (const [all, single, double, escaped, plain, loose] of line.matchAll(pattern)) {
    if (loose !== undefined) throw new DockerInputError(`Validation error, cmd has a ${loose} without its end`);
    const part = single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? plain;
    if (part !== undefined) word = (word ?? '') + part;
    else if (all.trim() === '' && word !== undefined) {
      found.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) found.push(word);
  return found;
}
