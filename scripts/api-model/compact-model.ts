// From a public service model (botocore's service-2.json) to the compact one: documentation and what only clients need is dropped,
// names are kept. Pure.
import type {
  OperationModel,
  Protocol,
  ServiceModel,
  ShapeModel,
  ShapeRef,
} from '@muster/server/platform/api/models/service-model.ts';

interface PublicRef {
  readonly shape: string;
  readonly [trait: string]: unknown;
}
interface PublicOperation {
  readonly http?: { readonly method: string; readonly requestUri: string; readonly responseCode?: number };
  readonly input?: PublicRef;
  readonly output?: PublicRef & { readonly resultWrapper?: string };
  readonly errors?: readonly PublicRef[];
  readonly authtype?: string;
}
export interface PublicModel {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly operations: Readonly<Record<string, PublicOperation>>;
  readonly shapes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const SHAPE_TRAITS = [
  'type', 'required', 'union', 'payload', 'flattened', 'locationName', 'min', 'max', 'pattern', 'enum', 'sensitive',
  'timestampFormat', 'exception', 'fault', 'error',
] as const; // prettier-ignore
const REF_TRAITS = [
  'shape',
  'locationName',
  'location',
  'timestampFormat',
  'flattened',
  'xmlAttribute',
  'sensitive',
  'streaming',
] as const;

/** Services that speak a protocol which the public model does not name (real-aws-facts W10). */
const FURTHER_PROTOCOLS: Readonly<Record<string, readonly Protocol[]>> = { ssm: ['query'] };
const XML_NAMESPACES: Readonly<Record<string, string>> = { ssm: 'http://ssm.amazonaws.com/doc/2014-11-06/' };

export function compactModel(service: string, source: PublicModel): ServiceModel {
  const meta = source.metadata;
  const protocol = text(meta['protocol']);
  if (protocol !== 'json' && protocol !== 'rest-json' && protocol !== 'query')
    throw new Error(`${service}: no codec for protocol ${protocol}`);
  const xmlNamespace = meta['xmlNamespace'] ?? XML_NAMESPACES[service];
  return {
    service,
    apiVersion: text(meta['apiVersion']),
    protocols: [protocol, ...(FURTHER_PROTOCOLS[service] ?? [])],
    ...(meta['jsonVersion'] === undefined ? {} : { jsonVersion: text(meta['jsonVersion']) }),
    signingName: text(meta['signingName'] ?? meta['endpointPrefix']),
    endpointPrefix: text(meta['endpointPrefix']),
    ...(meta['targetPrefix'] === undefined ? {} : { targetPrefix: text(meta['targetPrefix']) }),
    ...(xmlNamespace === undefined ? {} : { xmlNamespace: text(xmlNamespace) }),
    operations: mapValues(source.operations, compactOperation),
    shapes: mapValues(source.shapes, compactShape),
  };
}

function compactOperation(source: PublicOperation): OperationModel {
  const status = source.http?.responseCode;
  return {
    method: source.http?.method ?? 'POST',
    uri: source.http?.requestUri ?? '/',
    ...(status === undefined || status === 200 ? {} : { status }),
    ...(source.input === undefined ? {} : { input: source.input.shape }),
    ...(source.output === undefined ? {} : { output: source.output.shape }),
    ...(source.output?.resultWrapper === undefined ? {} : { resultWrapper: source.output.resultWrapper }),
    ...(source.authtype === 'none' ? { unsigned: true } : {}),
    errors: (source.errors ?? []).map((error) => error.shape),
  };
}

function compactShape(source: Readonly<Record<string, unknown>>): ShapeModel {
  const shape: Record<string, unknown> = pick(source, SHAPE_TRAITS);
  if (shape['error'] !== undefined) shape['error'] = pick(shape['error'] as Record<string, unknown>, ['code', 'httpStatusCode']);
  if (source['type'] === 'character' || source['type'] === 'jsonvalue') shape['type'] = 'string';
  if (source['members'] !== undefined)
    shape['members'] = mapValues(
      source['members'] as Record<string, PublicRef>,
      (ref) => pick(ref, REF_TRAITS) as unknown as ShapeRef,
    );
  for (const part of ['member', 'key', 'value'])
    if (source[part] !== undefined) shape[part] = pick(source[part] as PublicRef, REF_TRAITS);
  return shape as unknown as ShapeModel;
}

function pick(source: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => source[name] !== undefined).map((name) => [name, source[name]]));
}

function mapValues<From, To>(source: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(source).map(([name, value]) => [name, change(value)]));
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`a text was expected in the model's metadata, found ${JSON.stringify(value)}`);
  return value;
}
