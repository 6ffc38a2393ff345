// Form fields of the Query protocol (`Tags.member.1.Key=a`, `Attributes.entry.1.key=b`) as a tree. Fields are gathered along the
// model, never the other way round: what no member names is not looked at, and indices are read in order until one is missing.
import { fail } from '../errors.ts';
import type { JsonObject } from '../codec/decode.ts';
import type { Member, Shape } from '../codec/shape.ts';
import { scalarOfText } from './text-scalars.ts';

/** A form of 1 MiB can hold half a million fields; no operation has that many. */
const FIELDS_MAX = 20_000;

export type FormFields = ReadonlyMap<string, string>;

export function parseForm(text: string): FormFields {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    fields.set(name, value);
    if (fields.size > FIELDS_MAX) fail('MalformedInput', `More than ${FIELDS_MAX} form fields.`, { httpStatus: 400 });
  }
  return fields;
}

export function formTree(shape: Shape, fields: FormFields): JsonObject {
  return structureAt(shape, fields, prefixesOf(fields), '');
}

/** Every `a`, `a.b`, `a.b.1` that some field lies under: whether a structure or an index is there is one look-up. */
function prefixesOf(fields: FormFields): ReadonlySet<string> {
  const prefixes = new Set<string>();
  for (const name of fields.keys())
    for (let at = name.length; at > 0; at = name.lastIndexOf('.', at - 1)) {
      const prefix = name.slice(0, at);
      if (prefixes.has(prefix)) break;
      prefixes.add(prefix);
    }
  return prefixes;
}

function structureAt(shape: Shape, fields: FormFields, prefixes: ReadonlySet<string>, prefix: string): JsonObject {
  const tree: JsonObject = {};
  for (const member of shape.members) {
    const name = prefix + (member.ref.locationName ?? member.name);
    if (prefixes.has(name)) tree[member.key] = valueAt(member.shape, fields, prefixes, name, member);
  }
  return tree;
}

function valueAt(
  shape: Shape,
  fields: FormFields,
  prefixes: ReadonlySet<string>,
  name: string,
  member: Member | undefined,
): unknown {
  const flattened = shape.flattened || member?.ref.flattened === true;
  switch (shape.kind) {
    case 'structure':
      return structureAt(shape, fields, prefixes, `${name}.`);
    case 'list':
      // An empty list is sent as an empty field.
      return listAt(shape, fields, prefixes, flattened ? name : `${name}.${shape.itemRef?.locationName ?? 'member'}`);
    case 'map':
      return mapAt(shape, fields, prefixes, flattened ? name : `${name}.entry`);
    default: {
      const text = fields.get(name);
      return text === undefined ? undefined : scalarOfText(shape, text);
    }
  }
}

function listAt(shape: Shape, fields: FormFields, prefixes: ReadonlySet<string>, name: string): unknown[] {
  const items: unknown[] = [];
  for (let index = 1; shape.item !== undefined && prefixes.has(`${name}.${index}`); index += 1)
    items.push(valueAt(shape.item, fields, prefixes, `${name}.${index}`, undefined));
  return items;
}

function mapAt(shape: Shape, fields: FormFields, prefixes: ReadonlySet<string>, name: string): JsonObject {
  const entries: [string, unknown][] = [];
  const keyName = shape.keyRef?.locationName ?? 'key';
  const valueName = shape.valueRef?.locationName ?? 'value';
  for (let index = 1; shape.value !== undefined && prefixes.has(`${name}.${index}`); index += 1) {
    const key = fields.get(`${name}.${index}.${keyName}`);
    if (key !== undefined)
      entries.push([key, valueAt(shape.value, fields, prefixes, `${name}.${index}.${valueName}`, undefined)]);
  }
  return Object.fromEntries(entries);
}
