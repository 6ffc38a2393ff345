// The declaration of a document's parameters: types, defaults that fit them, limits that are possible. Whether `allowedPattern` is a
// pattern at all is judged by who evaluates it (server: linear time; agent: not at all), not here.
import type { DocumentParameter, ParameterType, ParameterValue } from './document.ts';
import { below, quoted, refuse } from './document-error.ts';
import type { Place } from './document-error.ts';
import { asArray, asName, asObject, asOneOf, asString, isObject, member, requireMembers, wrongType } from './document-shape.ts';
import type { JsonObject } from './document-shape.ts';

const TYPES: readonly ParameterType[] = ['String', 'StringList', 'Integer', 'Boolean', 'StringMap', 'MapList'];
/** Agents replace `{{ name }}` for such names only; another name would be accepted and then silently never filled in. */
const NAME = /^[a-zA-Z0-9]{1,255}$/;
/** Far above any real document; bounds the work that a SendCommand does. */
const PARAMETERS_MAX = 200;
const ALLOWED_VALUES_MAX = 1000;

/** `names`: what a parameter may be called where something other than an agent replaces it. */
export function parseParameters(value: unknown, names: RegExp = NAME): Readonly<Record<string, DocumentParameter>> {
  // Without a prototype, so that `parameters[name]` with a stranger's name finds declared parameters only.
  const parameters: Record<string, DocumentParameter> = Object.setPrototypeOf({}, null);
  if (value === undefined) return parameters;
  const declared = asObject(value, '/parameters');
  const given = Object.keys(declared);
  if (given.length > PARAMETERS_MAX)
    refuse(`object has too many properties (found ${given.length} but schema requires at most ${PARAMETERS_MAX})`, '/parameters');
  for (const name of given) {
    const place = below('/parameters', name);
    asName(name, names, place);
    parameters[name] = parseParameter(asObject(declared[name], place), place);
  }
  return parameters;
}

function parseParameter(given: JsonObject, place: Place): DocumentParameter {
  requireMembers(given, ['type'], place);
  const type = asOneOf(member(given, 'type'), TYPES, below(place, 'type'));
  const allowedValues = parseAllowedValues(given, type, place);
  const parameter: DocumentParameter = {
    type,
    ...optional(given, place, 'description', asString),
    ...optional(given, place, 'default', (value, at) => parseDefault(value, type, at)),
    ...(allowedValues === undefined ? {} : { allowedValues }),
    ...optional(given, place, 'allowedPattern', asString),
    ...optional(given, place, 'displayType', (value, at) => asOneOf(value, ['textfield', 'textarea'], at)),
    ...optional(given, place, 'minItems', asCount),
    ...optional(given, place, 'maxItems', asCount),
    ...optional(given, place, 'minChars', asCount),
    ...optional(given, place, 'maxChars', asCount),
    ...optional(given, place, 'interpolationType', asInterpolationType),
  };
  requireOrder(parameter.minItems, parameter.maxItems, 'Items', place);
  requireOrder(parameter.minChars, parameter.maxChars, 'Chars', place);
  requireAllowedDefault(parameter, place);
  return parameter;
}

/** Reads a member that may be absent. */
function optional<Key extends string, Value>(
  given: JsonObject,
  place: Place,
  key: Key,
  read: (value: unknown, place: Place) => Value,
): Partial<Record<Key, Value>> {
  const value = member(given, key);
  const found: Partial<Record<Key, Value>> = {};
  if (value !== undefined) found[key] = read(value, below(place, key));
  return found;
}

function asInterpolationType(value: unknown, place: Place): 'RAW_STRING' | 'ENV_VAR' {
  return asOneOf(value, ['RAW_STRING', 'ENV_VAR'], place);
}

function asCount(value: unknown, place: Place): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType(value, ['integer'], place);
  if (value < 0) refuse(`numeric instance is lower than the required minimum (minimum: 0, found: ${value})`, place);
  return value;
}

function requireOrder(min: number | undefined, max: number | undefined, what: string, place: Place): void {
  if (min !== undefined && max !== undefined && min > max)
    refuse(`min${what} (${min}) is greater than max${what} (${max})`, place);
}

function parseDefault(value: unknown, type: ParameterType, place: Place): ParameterValue {
  switch (type) {
    case 'String':
      return asString(value, place);
    case 'Integer':
      return typeof value === 'number' && Number.isSafeInteger(value) ? value : wrongType(value, ['integer'], place);
    case 'Boolean':
      return typeof value === 'boolean' ? value : wrongType(value, ['boolean'], place);
    case 'StringList':
      return asArray(value, 0, Number.MAX_SAFE_INTEGER, place).map((item, index) => asString(item, below(place, index)));
    case 'StringMap':
      return asObject(value, place);
    case 'MapList':
      return asArray(value, 0, Number.MAX_SAFE_INTEGER, place).map((item, index) => asObject(item, below(place, index)));
    default:
      return type satisfies never;
  }
}

/** Of a list the items are listed, of everything else the values. */
function parseAllowedValues(given: JsonObject, type: ParameterType, place: Place): readonly ParameterValue[] | undefined {
  const value = member(given, 'allowedValues');
  if (value === undefined) return undefined;
  const at = below(place, 'allowedValues');
  const itemType: ParameterType = type === 'StringList' ? 'String' : type === 'MapList' ? 'StringMap' : type;
  return asArray(value, 1, ALLOWED_VALUES_MAX, at).map((item, index) => parseDefault(item, itemType, below(at, index)));
}

function requireAllowedDefault(parameter: DocumentParameter, place: Place): void {
  const { allowedValues, default: value } = parameter;
  if (allowedValues === undefined || value === undefined || isObject(value)) return;
  const items: readonly unknown[] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  const wrong = items.find((item) => typeof item !== 'object' && !allowedValues.some((allowed) => allowed === item));
  if (wrong === undefined) return;
  refuse(
    `instance value (${quoted(wrong)}) not found in enum (possible values: ${quoted(allowedValues)})`,
    below(place, 'default'),
  );
}
