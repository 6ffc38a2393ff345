// AWS JSON 1.1: one path, the operation in X-Amz-Target, JSON both ways, errors as `{"__type":"Code","Message":"…"}` with nothing
// before the code and no spaces (real-aws-facts W2).
import { isUtf8 } from 'node:buffer';
import { decodeTree } from '../codec/decode.ts';
import { encodeTree } from '../codec/encode.ts';
import type { Service } from '../codec/service.ts';
import { fail } from '../errors.ts';
import { errorMembers, errorShapeOf, errorStatus } from './error-status.ts';
import type { WireCodec } from './wire.ts';

export const jsonCodec: WireCodec = {
  decode: (operation, request) => decodeTree(operation.input, parseJson(request.body)),
  encode: (service, operation, output) => ({
    status: operation.model.status ?? 200,
    headers: contentType(service),
    body: JSON.stringify(encodeTree(operation.output, output ?? {})),
  }),
  encodeError(service, operation, error) {
    const shape = errorShapeOf(service, operation, error.code);
    return {
      status: errorStatus(shape, error, 400),
      headers: contentType(service),
      body: JSON.stringify({ __type: error.code, ...errorMembers(shape, error) }),
    };
  },
};

/** An empty body is an empty input, as AWS takes it. */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  // Decoded all the same, other characters would be kept for those that were sent.
  if (!isUtf8(body)) return fail('SerializationException', 'The request body is not valid UTF-8.');
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return fail('SerializationException', 'The request body is not valid JSON.');
  }
}

function contentType(service: Service): Record<string, string> {
  return { 'content-type': `application/x-amz-json-${service.model.jsonVersion ?? '1.1'}` };
}
