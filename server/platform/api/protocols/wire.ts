// What the front door asks of a protocol: a request becomes an operation's input, an output or an error becomes an answer. Pure.
import type { ApiError } from '../errors.ts';
import type { Service, ServiceOperation } from '../codec/service.ts';
import type { JsonObject } from '../codec/decode.ts';

export interface WireRequest {
  readonly rawPath: string;
  readonly rawQuery: string;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export interface WireCodec {
  /** Typed and within all constraints, or an ApiError is thrown. */
  decode(operation: ServiceOperation, request: WireRequest): JsonObject;
  encode(service: Service, operation: ServiceOperation, output: unknown, requestId: string): WireAnswer;
  encodeError(service: Service, operation: ServiceOperation | undefined, error: ApiError, requestId: string): WireAnswer;
}
