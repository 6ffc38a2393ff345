// From a JSON tree to what a handler gets, in one walk: strict types (SerializationException at the first mistake), every constraint of
// the model (ValidationException with all of them), unknown members dropped, nulls as absent, timestamps as Date, blobs as Buffer.
// Whatever the tree holds, the result has the shape's type or an ApiError is thrown.
import { fail } from '../errors.ts';
import { allConstraints, brokenConstraints, holds, Violations } from './constraints.ts';
import type { Member, Shape } from './shape.ts';
import { dateOfEpochSeconds, dateOfText } from './timestamps.ts';

/** Some shapes contain themselves; none needs more. */
const DEPTH_MAX = 32;

export type JsonObject = Record<string, unknown>;

export function decodeTree(shape: Shape, tree: unknown): JsonObject {
  const violations = new Violations();
  const value = walk(shape, tree, violations);
  violations.throwIfAny();
  return value as JsonObject;
}

/** Structures, lists and maps. */
function walk(shape: Shape, raw: unknown, violations: Violations): unknown {
  switch (shape.kind) {
    case 'structure':
      return walkStructure(shape, raw, violations);
    case 'list':
      return walkList(shape, raw, violations);
    case 'map':
      return walkMap(shape, raw, violations);
    default:
      throw new Error(`${shape.name} is a scalar`);
  }
}

/** Where it stands matters only when it breaks something: most values need no path. */
function walkScalar(member: Member, raw: unknown, violations: Violations): unknown {
  const { shape } = member;
  const value = decodeScalar(shape, raw, member);
  if (holds(shape, value)) return value;
  violations.path.push(member.label);
  for (const sentence of brokenConstraints(shape, value)) violations.add(sentence, shape, value);
  violations.path.pop();
  return value;
}

function walkStructure(shape: Shape, raw: unknown, violations: Violations): JsonObject {
  if (!isObject(raw)) return typeMismatch(shape, raw);
  if (violations.path.length > DEPTH_MAX) return fail('SerializationException', 'The request is nested too deeply.');
  const value: JsonObject = {};
  let given = 0;
  for (const member of shape.members) {
    const part = raw[member.key];
    if (part === undefined || part === null) {
      if (member.required) missing(member, violations);
      continue;
    }
    given += 1;
    if (isScalar(member.shape)) value[member.name] = walkScalar(member, part, violations);
    else {
      violations.path.push(member.label);
      value[member.name] = walk(member.shape, part, violations);
      violations.path.pop();
    }
  }
  if (shape.union && given !== 1)
    fail('SerializationException', `Exactly one member of ${shape.name} must be given, found ${given}`);
  return value;
}

function missing(member: Member, violations: Violations): void {
  violations.path.push(member.label);
  violations.add('Member must not be null');
  violations.path.pop();
}

function walkList(shape: Shape, raw: unknown, violations: Violations): unknown[] {
  if (!Array.isArray(raw)) return typeMismatch(shape, raw);
  const { item } = shape;
  if (item === undefined) throw new Error(`list ${shape.name} has no item shape`);
  const value = isScalar(item) ? walkScalars(shape, item, raw, violations) : walkItems(item, raw, violations);
  if (!holds(shape, value)) for (const sentence of brokenConstraints(shape, value)) violations.add(sentence, shape, value);
  return value;
}

function walkScalars(shape: Shape, item: Shape, raw: readonly unknown[], violations: Violations): unknown[] {
  let broken = false;
  const value = raw.map((part) => {
    if (part === null || part === undefined)
      return fail('SerializationException', `null can not be an item of the list ${shape.name}`);
    const scalar = decodeScalar(item, part, undefined);
    broken ||= !holds(item, scalar);
    return scalar;
  });
  if (broken) violations.add(`Member must satisfy constraint: ${allConstraints(item, value)}`, shape, value);
  return value;
}

function walkItems(item: Shape, raw: readonly unknown[], violations: Violations): unknown[] {
  return raw.map((part, index) => {
    violations.path.push(String(index + 1), 'member');
    const value = walk(item, part, violations);
    violations.path.length -= 2;
    return value;
  });
}

function walkMap(shape: Shape, raw: unknown, violations: Violations): JsonObject {
  if (!isObject(raw)) return typeMismatch(shape, raw);
  const { key: keyShape, value: valueShape } = shape;
  if (keyShape === undefined || valueShape === undefined) throw new Error(`map ${shape.name} has no key or value shape`);
  const value: JsonObject = {};
  const scalar = isScalar(valueShape);
  let keysBroken = false;
  let valuesBroken = false;
  for (const [key, part] of Object.entries(raw)) {
    if (part === null || part === undefined) continue;
    keysBroken ||= !holds(keyShape, key);
    let decoded: unknown;
    if (scalar) {
      decoded = decodeScalar(valueShape, part, undefined);
      valuesBroken ||= !holds(valueShape, decoded);
    } else {
      violations.path.push(key, 'member');
      decoded = walk(valueShape, part, violations);
      violations.path.length -= 2;
    }
    setOwn(value, key, decoded);
  }
  if (keysBroken)
    violations.add(`Map keys must satisfy constraint: ${allConstraints(keyShape, Object.keys(value))}`, shape, value);
  if (valuesBroken)
    violations.add(`Map value must satisfy constraint: ${allConstraints(valueShape, Object.values(value))}`, shape, value);
  if (!holds(shape, value)) for (const sentence of brokenConstraints(shape, value)) violations.add(sentence, shape, value);
  return value;
}

/** A caller's key `__proto__` must become a key, not a prototype. */
export function setOwn(target: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

function decodeScalar(shape: Shape, raw: unknown, member: Member | undefined): unknown {
  switch (shape.kind) {
    case 'string':
      return typeof raw === 'string' ? raw : typeMismatch(shape, raw);
    case 'boolean':
      return typeof raw === 'boolean' ? raw : typeMismatch(shape, raw);
    case 'integer':
      return typeof raw === 'number' && Number.isInteger(raw) && Math.abs(raw) <= shape.integerMax
        ? raw
        : typeMismatch(shape, raw);
    case 'float':
      return typeof raw === 'number' ? raw : typeMismatch(shape, raw);
    case 'blob':
      return decodeBlob(raw);
    case 'timestamp':
      return decodeTimestamp(shape, raw, member);
    default:
      throw new Error(`${shape.name} is not a scalar`);
  }
}

function decodeBlob(raw: unknown): Buffer {
  if (Buffer.isBuffer(raw)) return raw;
  if (typeof raw !== 'string') return fail('SerializationException', 'only base-64-encoded strings are convertible to bytes');
  if (raw.length % 4 !== 0)
    fail('SerializationException', `Base64 encoded length is expected a multiple of 4 bytes but found: ${raw.length}`);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(raw)) fail('SerializationException', 'Invalid Base64 character detected');
  return Buffer.from(raw, 'base64');
}

function decodeTimestamp(shape: Shape, raw: unknown, member: Member | undefined): Date {
  if (raw instanceof Date) return raw;
  const format = member?.ref.timestampFormat ?? shape.timestampFormat ?? 'unixTimestamp';
  const wantsText = format !== 'unixTimestamp';
  if (typeof raw !== (wantsText ? 'string' : 'number')) return typeMismatch(shape, raw);
  const date = typeof raw === 'string' ? dateOfText(raw) : dateOfEpochSeconds(raw as number);
  return date ?? fail('SerializationException', `${shape.javaType} is not a time that can be represented`);
}

function isScalar(shape: Shape): boolean {
  return shape.kind !== 'structure' && shape.kind !== 'list' && shape.kind !== 'map';
}

function isObject(raw: unknown): raw is JsonObject {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}

/** AWS's JSON reader speaks of its own tokens. */
function typeMismatch(shape: Shape, raw: unknown): never {
  return fail('SerializationException', mismatchText(shape, raw));
}

function mismatchText(shape: Shape, raw: unknown): string {
  const composite = shape.kind === 'structure' || shape.kind === 'list' || shape.kind === 'map';
  if (Array.isArray(raw)) return `Unrecognized collection type ${composite ? shape.name : `class java.lang.${shape.javaType}`}`;
  if (isObject(raw)) return 'Start of structure or map found where not expected.';
  if (shape.kind === 'structure') return 'Unexpected value type in payload';
  if (composite) return 'Unexpected field type';
  return `${tokenName(raw)} cannot be converted to ${shape.javaType}`;
}

function tokenName(raw: unknown): string {
  if (typeof raw === 'string') return 'STRING_VALUE';
  if (typeof raw === 'number') return Number.isInteger(raw) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
  if (typeof raw === 'boolean') return raw ? 'TRUE_VALUE' : 'FALSE_VALUE';
  return 'NULL_VALUE';
}
