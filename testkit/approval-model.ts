// What a node may be sent, said once more and as plainly as can be, for fuzzing: the rules of a document's parameters, and what the node makes of a
// step. Knows nothing of how the server checks; looks at raw content, never at what the server parsed.
import { parseJobDocument } from '@muster/agent/documents/job-document.ts';
import { stepInputs } from '@muster/agent/documents/step-plan.ts';

type Tree = Readonly<Record<string, unknown>>;

export interface SentCommand {
  /** As a node got it: the JSON of its job. */
  readonly job: string;
  /** The document's content as it was created, read as a JSON value. */
  readonly created: Tree;
  /** As SendCommand was given them. */
  readonly given: Readonly<Record<string, readonly string[]>>;
  /** What Parameter Store holds. */
  readonly stored: Readonly<Record<string, string>>;
  /** Patterns that the engine's own expressions read as the server's do: others are not judged here. */
  readonly patterns: ReadonlySet<string>;
}

/** The first reason why the node should not have got it; undefined when it was approved. */
export function whyNotApproved(sent: SentCommand): string | undefined {
  const job = JSON.parse(sent.job) as { Parameters: Tree; DocumentContent: Tree };
  const expected = fillIn(asSteps(sent.created), sent.stored);
  if (!same(job.DocumentContent, expected))
    return `content ${JSON.stringify(job.DocumentContent)}, not ${JSON.stringify(expected)}`;
  const declared = asTree(expected['parameters']);
  const stranger = Object.keys(job.Parameters).find((name) => !Object.hasOwn(declared, name));
  if (stranger !== undefined) return `parameter ${stranger}, which the document does not have`;
  for (const [name, value] of Object.entries(declared)) {
    const declaration = asTree(value);
    const has = Object.hasOwn(job.Parameters, name);
    const effective = has ? job.Parameters[name] : declaration['default'];
    if (effective === undefined) return `no value of parameter ${name}`;
    if (has !== Object.hasOwn(sent.given, name)) return `parameter ${name} is ${has ? '' : 'not '}sent`;
    if (has && !same(effective, meant(declaration['type'], sent.given[name] ?? [], sent.stored)))
      return `parameter ${name} is sent as ${JSON.stringify(effective)}, not as given`;
    const broken = brokenRule(declaration, effective, sent.patterns);
    if (broken !== undefined) return `parameter ${name} with value ${JSON.stringify(effective)} breaks ${broken}`;
  }
  return unlikeSteps(sent.job, expected, job.Parameters);
}

/** runtimeConfig below schema 2.x is run as its steps. */
function asSteps(created: Tree): Tree {
  const { runtimeConfig, ...rest } = created;
  if (created['schemaVersion'] === '1.2' || created['mainSteps'] !== undefined) return created;
  const mainSteps = Object.entries(asTree(runtimeConfig)).flatMap(([action, config]) => {
    const { properties } = asTree(config);
    const list = Array.isArray(properties) ? (properties as readonly unknown[]) : [properties];
    const name = action.slice('aws:'.length);
    return list.map((one, index) => {
      const { id: _id, ...inputs } = asTree(one);
      return { action, name: list.length === 1 ? name : `${name}_${index + 1}`, inputs };
    });
  });
  return { ...rest, mainSteps };
}

/** Every string with what Parameter Store holds for its references. */
function fillIn<Value>(value: Value, stored: Readonly<Record<string, string>>): Value {
  const text = JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? filled(part, stored) : part));
  return JSON.parse(text) as Value;
}

function filled(text: string, stored: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{\s*ssm:([a-zA-Z0-9_.\-/:]+)\s*\}\}/g, (whole, name: string) =>
    Object.hasOwn(stored, name) ? (stored[name] ?? whole) : whole,
  );
}

function meant(type: unknown, given: readonly string[], stored: Readonly<Record<string, string>>): unknown {
  const texts = given.map((text) => filled(text, stored));
  const [first = ''] = texts;
  switch (type) {
    case 'StringList':
      return texts;
    case 'Integer':
      return Number(first);
    case 'Boolean':
      return first.toLowerCase() === 'true';
    case 'StringMap':
      return JSON.parse(first) as unknown;
    case 'MapList':
      return texts.flatMap((text) => JSON.parse(text) as unknown);
    default:
      return first;
  }
}

function brokenRule(declaration: Tree, value: unknown, patterns: ReadonlySet<string>): string | undefined {
  // Nothing: what stands for "not given" in AWS's own documents.
  if (same(value, declaration['default']) && (value === '' || same(value, []))) return undefined;
  const { minItems, maxItems, minChars, maxChars, allowedValues, allowedPattern } = declaration;
  const items: readonly unknown[] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  if (Array.isArray(value) && typeof minItems === 'number' && items.length < minItems) return 'minItems';
  if (Array.isArray(value) && typeof maxItems === 'number' && items.length > maxItems) return 'maxItems';
  for (const item of items) {
    if (Array.isArray(allowedValues) && !allowedValues.some((allowed) => same(allowed, item))) return 'allowedValues';
    if (typeof item !== 'string') continue;
    if (typeof minChars === 'number' && item.length < minChars) return 'minChars';
    if (typeof maxChars === 'number' && item.length > maxChars) return 'maxChars';
    if (typeof allowedPattern !== 'string' || !patterns.has(allowedPattern)) continue;
    if (!new RegExp(`^(?:${allowedPattern})$`, 'u').test(item)) return 'allowedPattern';
  }
  return undefined;
}

/** The node reads it, runs the steps that were written and no others, and puts values where references are, once. */
function unlikeSteps(job: string, content: Tree, parameters: Tree): string | undefined {
  const read = parseJobDocument(job);
  const written = writtenSteps(content);
  const steps = read.document.steps.flatMap(({ action, inputs }) => inputs.map((one) => ({ action, inputs: one })));
  if (!same(steps, written)) return `steps ${JSON.stringify(steps)}, not ${JSON.stringify(written)}`;
  const declared = asTree(content['parameters']);
  const value = (name: string): unknown =>
    Object.hasOwn(parameters, name)
      ? parameters[name]
      : Object.hasOwn(declared, name)
        ? asTree(declared[name])['default']
        : undefined;
  for (const { inputs } of steps) {
    const made = stepInputs(read, inputs, 'shell');
    if (typeof made === 'string') continue;
    const wanted = Object.fromEntries(
      Object.entries(inputs).map(([key, input]) => [
        key,
        replaced(input, (name) =>
          key === 'runCommand' && value(name) !== undefined && asTree(declared[name])['interpolationType'] === 'ENV_VAR'
            ? `\${SSM_${name}}`
            : value(name),
        ),
      ]),
    );
    if (!same(made, wanted)) return `inputs ${JSON.stringify(made)}, not ${JSON.stringify(wanted)}`;
  }
  return undefined;
}

function writtenSteps(content: Tree): readonly { readonly action: unknown; readonly inputs: unknown }[] {
  if (content['schemaVersion'] !== '1.2')
    return (content['mainSteps'] as readonly Tree[]).map(({ action, inputs }) => ({ action, inputs: inputs ?? {} }));
  return Object.entries(asTree(content['runtimeConfig'])).flatMap(([action, config]) => {
    const { properties } = asTree(config);
    return (Array.isArray(properties) ? (properties as readonly unknown[]) : [properties]).map((inputs) => ({ action, inputs }));
  });
}

function replaced(input: unknown, value: (name: string) => unknown): unknown {
  if (Array.isArray(input)) return input.map((item) => replaced(item, value));
  if (typeof input === 'object' && input !== null)
    return Object.fromEntries(Object.entries(input).map(([key, item]) => [key, replaced(item, value)]));
  if (typeof input !== 'string') return input;
  const whole = /^\s*\{\{\s*([A-Za-z0-9]+)\s*\}\}\s*$/.exec(input)?.[1];
  if (whole !== undefined && value(whole) !== undefined) return value(whole);
  // Odd parts are names.
  const parts = input.split(/(\{\{\s*[A-Za-z0-9]+\s*\}\})/);
  return parts
    .map((part, index) => {
      const found = index % 2 === 1 ? value(/[A-Za-z0-9]+/.exec(part)?.[0] ?? '') : undefined;
      if (found === undefined) return part;
      return (typeof found === 'string' ? found : JSON.stringify(found)).split('$$').join('$');
    })
    .join('');
}

function asTree(value: unknown): Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** As JSON values: the order of members counts for nothing. */
function same(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, index) => same(item, right[index]));
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null)
    return left === right || (left === 0 && right === 0);
  if (Array.isArray(left) || Array.isArray(right)) return false;
  const [these, those] = [Object.entries(left), asTree(right)];
  return (
    these.length === Object.keys(those).length &&
    these.every(([key, item]) => Object.hasOwn(those, key) && same(item, those[key]))
  );
}
