// SendCommand's rules for parameter values: what is given becomes what the agent is sent, or an InvalidParameters that names parameter
// and rule. Pure; bounded time whatever the pattern; agents check nothing of this, so this is the only guard before a shell.
import type { DocumentParameter, ParameterValue, SsmDocument } from '@muster/protocol/document.ts';
import { fail } from '../platform/api/errors.ts';
import { compilePattern, matchWithin, newEffort } from '../platform/pattern.ts';
import type { Effort } from '../platform/pattern.ts';

/** Values of callers are quoted up to here. */
const QUOTED_CHARACTERS_MAX = 200;
/** Deeper maps are not given on a command line; bounds JSON.parse's result for the agents. */
const MAP_DEPTH_MAX = 32;

/**
 * `given` is the API's form: every value is a list of strings. The result holds the given parameters only (agents apply the document's
 * defaults): strings for String, arrays for StringList, numbers, booleans and maps for the rest. Throws ApiError InvalidParameters.
 */
export function validateParameters(
  document: SsmDocument,
  given: Readonly<Record<string, readonly string[]>>,
  documentName?: string,
): Record<string, ParameterValue> {
  const title = documentName === undefined ? 'the document' : `document ${documentName}`;
  const declared = Object.keys(document.parameters);
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(document.parameters, name));
  if (unknown.length > 0 && declared.length === 0) reject(`${title} does not support parameters.`);
  if (unknown.length > 0) reject(`${title} does not support parameters ${shown(unknown)}; it has ${shown(declared)}.`);
  const values: Record<string, ParameterValue> = {};
  const effort = newEffort();
  for (const name of declared) {
    const parameter = document.parameters[name];
    if (parameter === undefined) continue;
    const list = Object.hasOwn(given, name) ? given[name] : undefined;
    if (list === undefined) {
      if (parameter.default === undefined) reject(`Parameter "${name}" requires a value.`);
      continue;
    }
    const value = readValue(name, parameter, list);
    const violation = isDefault(parameter, value) ? undefined : violationOf(name, parameter, value, effort);
    if (violation !== undefined) reject(violation);
    values[name] = value;
  }
  return values;
}

function reject(message: string): never {
  return fail('InvalidParameters', message);
}

/** What the document itself says when nobody gives a value is always allowed: `workingDirectory=` beside a pattern, for one. */
function isDefault(parameter: DocumentParameter, value: ParameterValue): boolean {
  return typeof value === 'string' && value === parameter.default;
}

function readValue(name: string, parameter: DocumentParameter, list: readonly string[]): ParameterValue {
  if (parameter.type === 'StringList') return [...list];
  if (parameter.type === 'MapList') return readMapList(name, list);
  const [text] = list;
  if (text === undefined) return reject(`Parameter "${name}" requires a value.`);
  if (list.length > 1) return reject(`Parameter "${name}" of type ${parameter.type} takes one value, not ${list.length}.`);
  switch (parameter.type) {
    case 'String':
      return text;
    case 'Integer':
      return readInteger(name, text);
    case 'Boolean':
      if (/^true$/i.test(text)) return true;
      if (/^false$/i.test(text)) return false;
      return reject(`Parameter "${name}" has value "${cut(text)}" but takes true or false.`);
    case 'StringMap':
      return readMap(name, text);
    default:
      return parameter.type satisfies never;
  }
}

function readInteger(name: string, text: string): number {
  const value = /^[+-]?[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : reject(`Parameter "${name}" has value "${cut(text)}" but takes an integer.`);
}

function readMap(name: string, text: string): Readonly<Record<string, unknown>> {
  const value = readJson(name, text);
  return isPlain(value) ? value : reject(`Parameter "${name}" has value "${cut(text)}" but takes a JSON object.`);
}

/** Each value one JSON object, or one value that is a JSON list of them. */
function readMapList(name: string, list: readonly string[]): readonly unknown[] {
  const values = list.flatMap((text) => {
    const value = readJson(name, text);
    return Array.isArray(value) ? (value as readonly unknown[]) : [value];
  });
  if (!values.every(isPlain)) reject(`Parameter "${name}" takes JSON objects.`);
  return values;
}

function readJson(name: string, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (depthOf(value) <= MAP_DEPTH_MAX) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
  }
  return reject(`Parameter "${name}" has value "${cut(text)}" which is not well-formed JSON of at most ${MAP_DEPTH_MAX} levels.`);
}

function depthOf(value: unknown): number {
  let depth = 0;
  let level: unknown[] = [value];
  while (level.length > 0 && depth <= MAP_DEPTH_MAX) {
    depth += 1;
    level = level.flatMap((item): unknown[] => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  }
  return depth;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Object.hasOwn(value, '__proto__');
}

/** The first rule of the declaration that the value breaks, as a sentence. */
export function violationOf(
  name: string,
  parameter: DocumentParameter,
  value: ParameterValue,
  effort: Effort,
): string | undefined {
  const items: readonly unknown[] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  const { minItems, maxItems } = parameter;
  if (Array.isArray(value)) {
    if (minItems !== undefined && items.length < minItems)
      return `Parameter "${name}" has ${items.length} values but needs at least ${minItems}.`;
    if (maxItems !== undefined && items.length > maxItems)
      return `Parameter "${name}" has ${items.length} values but takes at most ${maxItems}.`;
  }
  const { allowedValues } = parameter;
  if (allowedValues !== undefined) {
    const allowed = new Set(allowedValues.map((one) => JSON.stringify(one)));
    const other = items.find((item) => !allowed.has(JSON.stringify(item)));
    if (other !== undefined)
      return `Parameter "${name}" has value "${cut(textOf(other))}" not found in ${shown(allowedValues.map(textOf))}.`;
  }
  for (const item of items) {
    const violation = typeof item === 'string' ? textViolation(name, parameter, item, effort) : undefined;
    if (violation !== undefined) return violation;
  }
  return undefined;
}

function textViolation(name: string, parameter: DocumentParameter, text: string, effort: Effort): string | undefined {
  const { allowedPattern, minChars, maxChars } = parameter;
  const characters = text.length;
  if (minChars !== undefined && characters < minChars)
    return `Parameter "${name}" has ${characters} characters but needs at least ${minChars}.`;
  if (maxChars !== undefined && characters > maxChars)
    return `Parameter "${name}" has ${characters} characters but takes at most ${maxChars}.`;
  if (allowedPattern === undefined) return undefined;
  const matches = matchWithin(effort, compilePattern(allowedPattern), text);
  if (matches === undefined)
    return `Parameter "${name}" is too long (${characters} characters) to be compared with its allowed pattern ${cut(allowedPattern)}.`;
  return matches
    ? undefined
    : `Parameter "${name}" has value "${cut(text)}" which does not match the allowed pattern ${cut(allowedPattern)}.`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function cut(text: string): string {
  return text.length <= QUOTED_CHARACTERS_MAX ? text : `${text.slice(0, QUOTED_CHARACTERS_MAX)}…`;
}

function shown(names: readonly string[]): string {
  return cut(`[${names.join(', ')}]`);
}
