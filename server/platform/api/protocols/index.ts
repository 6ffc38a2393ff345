// The protocols by name.
import type { Protocol } from '../models/service-model.ts';
import { jsonCodec } from './json.ts';
import { queryCodec } from './query.ts';
import { restJsonCodec } from './rest-json.ts';
import type { WireCodec } from './wire.ts';

const CODECS: Readonly<Record<Protocol, WireCodec>> = { json: jsonCodec, 'rest-json': restJsonCodec, query: queryCodec };

export function codecOf(protocol: Protocol): WireCodec {
  return CODECS[protocol];
}

export { formFields } from './query.ts';
