// REST with JSON bodies: labels, query, headers and a payload beside the body. Input comes together as one tree, in which members of the
// head have keys of their own, so that the one decoder judges all. Operations with an xmlRoot answer XML (the agents' gateway).
import { decodeTree } from '../codec/decode.ts';
import type { JsonObject } from '../codec/decode.ts';
import { encodeTree } from '../codec/encode.ts';
import type { ServiceOperation } from '../codec/service.ts';
import type { Member, Shape } from '../codec/shape.ts';
import { timestampText } from '../codec/timestamps.ts';
import { fail } from '../errors.ts';
import { errorMembers, errorShapeOf, errorStatus } from './error-status.ts';
import { parseJson } from './json.ts';
import { matchUri } from './uri.ts';
import { scalarOfText } from './text-scalars.ts';
import type { WireAnswer, WireCodec, WireRequest } from './wire.ts';
import { xmlDocument } from './xml.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

export const restJsonCodec: WireCodec = {
  decode: (operation, request) => decodeTree(operation.input, requestTree(operation, request)),
  encode(_service, operation, output) {
    const { xmlRoot } = operation.model;
    if (xmlRoot === undefined) return jsonAnswer(operation, (output ?? {}) as JsonObject);
    const body = xmlDocument(xmlRoot, operation.output, output as JsonObject);
    return { status: operation.model.status ?? 200, headers: { 'content-type': 'text/xml' }, body };
  },
  encodeError(service, operation, error) {
    const shape = errorShapeOf(service, operation, error.code);
    return {
      status: errorStatus(shape, error, 403),
      headers: { ...JSON_TYPE, 'x-amzn-errortype': error.code },
      body: JSON.stringify({ ...errorMembers(shape, error) }),
    };
  },
};

function requestTree(operation: ServiceOperation, request: WireRequest): JsonObject {
  const { input } = operation;
  const tree = bodyTree(input, request);
  const labels =
    matchUri(operation.model.uri, request.rawPath, request.rawQuery) ??
    fail('SerializationException', 'The path does not match.');
  const inHead = headMembersOf(input);
  if (inHead.length === 0) return tree;
  const query = new URLSearchParams(request.rawQuery);
  for (const member of inHead) {
    const name = member.ref.locationName ?? member.name;
    switch (member.ref.location) {
      case 'uri':
        tree[member.key] = textValue(member, labels.get(name));
        break;
      case 'querystring':
        tree[member.key] = queryValue(member, query, input);
        break;
      case 'header':
        tree[member.key] = textValue(member, request.headers.get(name.toLowerCase()));
        break;
      case 'headers':
        tree[member.key] = prefixedHeaders(name.toLowerCase(), request.headers);
        break;
      default:
    }
  }
  return tree;
}

/** Found once for each shape: most inputs stand in the body alone, and ask for neither the query nor a header. */
const headMembers = new WeakMap<Shape, readonly Member[]>();

function headMembersOf(input: Shape): readonly Member[] {
  const known = headMembers.get(input) ?? input.members.filter((member) => member.ref.location !== undefined);
  headMembers.set(input, known);
  return known;
}

function bodyTree(input: Shape, request: WireRequest): JsonObject {
  const payload = input.members.find((member) => member.name === input.payload);
  if (payload === undefined) {
    const body = parseJson(request.body);
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      return fail('SerializationException', 'Unexpected value type in payload');
    return { ...body };
  }
  if (request.body.length === 0) return {};
  if (payload.shape.kind === 'blob') return { [payload.key]: request.body };
  if (payload.shape.kind === 'string') return { [payload.key]: request.body.toString('utf8') };
  return { [payload.key]: parseJson(request.body) };
}

function textValue(member: Member, text: string | undefined): unknown {
  return text === undefined ? undefined : scalarOfText(member.shape, text);
}

function queryValue(member: Member, query: URLSearchParams, input: Shape): unknown {
  const name = member.ref.locationName ?? member.name;
  const { shape } = member;
  if (shape.kind === 'list' && shape.item) {
    const { item } = shape;
    const values = query.getAll(name);
    return values.length === 0 ? undefined : values.map((text) => scalarOfText(item, text));
  }
  // A map takes every parameter that no other member names.
  if (shape.kind === 'map') return restOfQuery(shape, query, input);
  return textValue(member, query.get(name) ?? undefined);
}

function restOfQuery(shape: Shape, query: URLSearchParams, input: Shape): JsonObject | undefined {
  const named = new Set(input.members.map((member) => member.ref.locationName));
  const names = [...new Set(query.keys())].filter((name) => !named.has(name));
  if (names.length === 0) return undefined;
  const many = shape.value?.kind === 'list';
  return Object.fromEntries(names.map((name) => [name, many ? query.getAll(name) : query.get(name)]));
}

function prefixedHeaders(prefix: string, headers: ReadonlyMap<string, string>): JsonObject | undefined {
  const found = [...headers]
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), value]);
  return found.length === 0 ? undefined : (Object.fromEntries(found) as JsonObject);
}

function jsonAnswer(operation: ServiceOperation, output: JsonObject): WireAnswer {
  const shape = operation.output;
  const headers: Record<string, string> = { ...JSON_TYPE };
  let status = operation.model.status ?? 200;
  for (const member of shape.members) {
    const value = output[member.name];
    if (value === undefined || value === null) continue;
    if (member.ref.location === 'statusCode') status = Number(value);
    else if (member.ref.location === 'header')
      headers[(member.ref.locationName ?? member.name).toLowerCase()] = headerText(member, value);
    else if (member.ref.location === 'headers')
      for (const [name, one] of Object.entries(value as JsonObject))
        headers[`${member.ref.locationName ?? ''}${name}`.toLowerCase()] = String(one);
  }
  const payload = shape.members.find((member) => member.name === shape.payload);
  if (payload === undefined)
    return { status, headers, body: status === 204 ? '' : JSON.stringify(encodeTree(shape, output, true)) };
  const content = output[payload.name];
  if (payload.shape.kind !== 'structure') {
    if (headers['content-type'] === JSON_TYPE['content-type']) headers['content-type'] = 'application/octet-stream';
    return { status, headers, body: Buffer.isBuffer(content) || typeof content === 'string' ? content : '' };
  }
  return { status, headers, body: content === undefined ? '' : JSON.stringify(encodeTree(payload.shape, content)) };
}

/** Header values never carry a line break, whatever a handler took over from a caller. */
function headerText(member: Member, value: unknown): string {
  if (value instanceof Date)
    return String(timestampText(value, member.ref.timestampFormat ?? member.shape.timestampFormat ?? 'rfc822'));
  return String(value).replaceAll(/[\r\n\0]/g, ' ');
}
