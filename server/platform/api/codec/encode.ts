// From what a handler returns to a JSON tree: only modelled members, undefined left out, dates and blobs as the model says. A handler's
// output is checked by the compiler; a value of another type is a mistake of ours and throws.
import { setOwn } from './decode.ts';
import type { JsonObject } from './decode.ts';
import type { Member, Shape } from './shape.ts';
import { timestampText } from './timestamps.ts';

/** As CloudTrail writes it. */
const HIDDEN = 'HIDDEN_DUE_TO_SECURITY_REASONS';
/** CloudTrail's limit; what is larger is left out and says so. */
const JOURNAL_BYTES_MAX = 100 * 1024;

/** `bodyOnly` leaves out members that stand in the head (REST). */
export function encodeTree(shape: Shape, value: unknown, bodyOnly = false): JsonObject {
  return encodeStructure(shape, value as JsonObject, bodyOnly);
}

function encodeStructure(shape: Shape, value: JsonObject, bodyOnly: boolean): JsonObject {
  const tree: JsonObject = {};
  for (const member of shape.members) {
    const part = value[member.name];
    if (part === undefined || part === null || (bodyOnly && member.ref.location !== undefined)) continue;
    tree[member.ref.locationName ?? member.name] = encodeValue(member.shape, part, member);
  }
  return tree;
}

function encodeValue(shape: Shape, value: unknown, member: Member | undefined): unknown {
  switch (shape.kind) {
    case 'structure':
      if (typeof value !== 'object' || value === null) throw outputMistake(shape, value);
      return encodeStructure(shape, value as JsonObject, false);
    case 'list':
      if (!Array.isArray(value) || shape.item === undefined) throw outputMistake(shape, value);
      return encodeList(shape.item, value);
    case 'map':
      if (typeof value !== 'object' || value === null || shape.value === undefined) throw outputMistake(shape, value);
      return encodeMap(shape.value, value as JsonObject);
    case 'timestamp':
      if (!(value instanceof Date)) throw outputMistake(shape, value);
      return timestampText(value, member?.ref.timestampFormat ?? shape.timestampFormat ?? 'unixTimestamp');
    case 'blob':
      if (!Buffer.isBuffer(value)) throw outputMistake(shape, value);
      return value.toString('base64');
    default:
      return encodePlain(shape, value);
  }
}

function encodePlain(shape: Shape, value: unknown): unknown {
  const expected = shape.kind === 'string' ? 'string' : shape.kind === 'boolean' ? 'boolean' : 'number';
  if (typeof value !== expected) throw outputMistake(shape, value);
  return value;
}

function encodeList(item: Shape, value: readonly unknown[]): unknown[] {
  return value.map((part) => encodeValue(item, part, undefined));
}

function encodeMap(valueShape: Shape, value: JsonObject): JsonObject {
  const tree: JsonObject = {};
  for (const [key, part] of Object.entries(value))
    if (part !== undefined && part !== null) setOwn(tree, key, encodeValue(valueShape, part, undefined));
  return tree;
}

/** Names the type only: the value may be a secret. */
function outputMistake(shape: Shape, value: unknown): Error {
  return new TypeError(`output: ${shape.name} takes a ${shape.kind}, got ${value === null ? 'null' : typeof value}`);
}

/** Request parameters for the journal: JSON text in CloudTrail's spelling, sensitive members hidden, at most 100 KB. */
export function hiddenJson(shape: Shape, input: unknown): string {
  const text = JSON.stringify(hide(shape, input));
  // A character takes three bytes at most.
  if (text.length * 3 <= JOURNAL_BYTES_MAX) return text;
  const sizeBytes = Buffer.byteLength(text);
  return sizeBytes <= JOURNAL_BYTES_MAX ? text : JSON.stringify({ omitted: true, originalSize: sizeBytes, reason: 'too large' });
}

function hide(shape: Shape, value: unknown): unknown {
  if (shape.sensitive) return HIDDEN;
  const { item, value: valueShape } = shape;
  if (Array.isArray(value)) return value.map((part) => (item ? hide(item, part) : HIDDEN));
  if (shape.kind === 'map' && valueShape) {
    const tree: JsonObject = {};
    for (const [key, part] of Object.entries(value as JsonObject)) setOwn(tree, key, hide(valueShape, part));
    return tree;
  }
  if (shape.kind !== 'structure') return Buffer.isBuffer(value) ? `${value.length} bytes` : value;
  const tree: JsonObject = {};
  for (const member of shape.members) {
    const part = (value as JsonObject)[member.name];
    if (part !== undefined) tree[member.label] = member.ref.sensitive ? HIDDEN : hide(member.shape, part);
  }
  return tree;
}
