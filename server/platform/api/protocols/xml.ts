// XML as the Query services write it: elements in the model's order, lists with `member` (or flattened), maps with `entry`. Text and
// attribute values are escaped; characters that XML 1.0 cannot carry are left out. Pure.
import type { JsonObject } from '../codec/decode.ts';
import type { Member, Shape } from '../codec/shape.ts';
import { timestampText } from '../codec/timestamps.ts';

const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>';

export function xmlDocument(root: string, shape: Shape, value: JsonObject): string {
  return `${PROLOGUE}<${root}>${xmlMembers(shape, value)}</${root}>`;
}

/** The content of a structure's element. */
export function xmlMembers(shape: Shape, value: JsonObject): string {
  let text = '';
  for (const member of shape.members) {
    const part = value[member.name];
    if (part !== undefined && part !== null) text += xmlMember(member, part);
  }
  return text;
}

function xmlMember(member: Member, value: unknown): string {
  const name = member.ref.locationName ?? member.name;
  const { shape } = member;
  const flattened = shape.flattened || member.ref.flattened === true;
  if (shape.kind === 'list' && flattened)
    return (value as readonly unknown[]).map((item) => xmlItem(shape.itemRef?.locationName ?? name, shape.item, item)).join('');
  if (shape.kind === 'map' && flattened) return xmlEntries(name, shape, value as JsonObject);
  return `<${name}>${xmlContent(shape, value, member)}</${name}>`;
}

function xmlContent(shape: Shape, value: unknown, member: Member | undefined): string {
  switch (shape.kind) {
    case 'structure':
      return xmlMembers(shape, value as JsonObject);
    case 'list':
      return (value as readonly unknown[])
        .map((item) => xmlItem(shape.itemRef?.locationName ?? 'member', shape.item, item))
        .join('');
    case 'map':
      return xmlEntries('entry', shape, value as JsonObject);
    case 'timestamp':
      return String(timestampText(value as Date, member?.ref.timestampFormat ?? shape.timestampFormat ?? 'iso8601'));
    case 'blob':
      return (value as Buffer).toString('base64');
    default:
      return escapeXml(String(value));
  }
}

function xmlItem(name: string, shape: Shape | undefined, value: unknown): string {
  return shape === undefined ? '' : `<${name}>${xmlContent(shape, value, undefined)}</${name}>`;
}

function xmlEntries(name: string, shape: Shape, value: JsonObject): string {
  const key = shape.keyRef?.locationName ?? 'key';
  const valueName = shape.valueRef?.locationName ?? 'value';
  return Object.entries(value)
    .map(([one, part]) => `<${name}><${key}>${escapeXml(one)}</${key}>${xmlItem(valueName, shape.value, part)}</${name}>`)
    .join('');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
};

/** What XML 1.0 has no way to write. */
const UNWRITABLE = /[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** Nothing to escape and nothing to leave out: most texts. */
const PLAIN = /^[\w\-.:/ +=,@]*$/;

export function escapeXml(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replaceAll(UNWRITABLE, '').replaceAll(/[&<>"'\r]/g, (found) => ESCAPES[found] ?? '');
}
