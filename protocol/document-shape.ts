// The first look at a document that came from anywhere: it must be a JSON value of bounded depth and size, without the one key that
// would reach an object's prototype. Everything after this may walk it without fear. Plus the typed readers that the parser uses.
import { below, quoted, refuse } from './document-error.ts';
import type { Place } from './document-error.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Deeper than any real document (a map in a list in inputs is 6); keeps every recursive walk within the stack. */
const DEPTH_MAX = 64;
/** A document of 64 KB cannot hold more values than this; also ends cyclic and alias-multiplied values that a YAML parser built. */
const VALUES_MAX = 65_536;

export function requireJson(content: unknown): void {
  let values = 0;
  const visit = (value: unknown, place: Place, depth: number): void => {
    values += 1;
    if (values > VALUES_MAX) refuse(`document has more than ${VALUES_MAX} values`, '/');
    if (depth > DEPTH_MAX) refuse(`document is nested deeper than ${DEPTH_MAX} levels`, '/');
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index += 1) visit(value[index], below(place, index), depth + 1);
    } else if (isObject(value)) {
      for (const key of Object.keys(value)) {
        if (key === '__proto__')
          refuse('object instance has properties which are not allowed by the schema: ["__proto__"]', place);
        visit(value[key], below(place, key), depth + 1);
      }
    } else if (!isScalar(value)) {
      refuse('instance is not a JSON value', place);
    }
  };
  visit(content, '/', 0);
}

function isScalar(value: unknown): boolean {
  return (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  );
}

export function isObject(value: unknown): value is JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

export function wrongType(value: unknown, allowed: readonly string[], place: Place): never {
  const names = allowed.map((name) => `"${name}"`).join(',');
  return refuse(`instance type (${typeName(value)}) does not match any allowed primitive type (allowed: [${names}])`, place);
}

/** The own member, never an inherited one: `constructor` is a name like any other. */
export function member(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function requireMembers(object: JsonObject, keys: readonly string[], place: Place): void {
  const missing = keys.filter((key) => member(object, key) === undefined);
  if (missing.length > 0) refuse(`object has missing required properties (${JSON.stringify(missing)})`, place);
}

export function asObject(value: unknown, place: Place): JsonObject {
  return isObject(value) ? value : wrongType(value, ['object'], place);
}

export function asArray(value: unknown, itemsMin: number, itemsMax: number, place: Place): readonly unknown[] {
  if (!Array.isArray(value)) return wrongType(value, ['array'], place);
  const items: readonly unknown[] = value;
  if (items.length < itemsMin)
    refuse(`array is too short: must have at least ${itemsMin} elements but instance has ${items.length} elements`, place);
  if (items.length > itemsMax)
    refuse(`array is too long: must have at most ${itemsMax} elements but instance has ${items.length} elements`, place);
  return items;
}

export function asString(value: unknown, place: Place): string {
  return typeof value === 'string' ? value : wrongType(value, ['string'], place);
}

export function asOneOf<Name extends string>(value: unknown, names: readonly Name[], place: Place): Name {
  const text = asString(value, place);
  const found = names.find((name) => name === text);
  return found ?? refuse(`instance value (${quoted(text)}) not found in enum (possible values: ${JSON.stringify(names)})`, place);
}

export function asName(value: unknown, pattern: RegExp, place: Place): string {
  const text = asString(value, place);
  if (!pattern.test(text)) refuse(`ECMA 262 regex "${pattern.source}" does not match input string ${quoted(text)}`, place);
  return text;
}
