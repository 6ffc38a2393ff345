// Calls of the SSM API (JSON 1.1) in the agent's three ways: unsigned, signed with the node's key, signed with role credentials. An
// error answer becomes an ApiError with AWS's code; one try a call, the callers know when to try again.
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../machine/clock.ts';
import { AGENT_VERSION } from '../version.ts';
import type { Endpoint } from './endpoint.ts';
import type { HttpClient } from './http-client.ts';
import { signWithNodeKey } from './sign-node-key.ts';
import { signV4 } from './sign-v4.ts';
import type { AccessCredentials } from './sign-v4.ts';

export class ApiError extends Error {
  readonly code: string;
  readonly httpStatus: number;

  constructor(code: string, message: string, httpStatus: number) {
    super(message === '' ? code : `${code}: ${message}`);
    this.name = 'ApiError';
    this.code = code;
    this.httpStatus = httpStatus;
  }
}

export type Signature =
  | { readonly kind: 'none' }
  | { readonly kind: 'node-key'; readonly nodeId: string; readonly privateKey: KeyObject }
  | { readonly kind: 'role'; readonly credentials: AccessCredentials };

export interface SsmClient {
  call(
    operation: string,
    input: Readonly<Record<string, unknown>>,
    signature: Signature,
  ): Promise<Readonly<Record<string, unknown>>>;
}

export interface SsmClientOptions {
  readonly endpoint: Endpoint;
  readonly region: string;
  readonly http: HttpClient;
  readonly clock: Clock;
}

export const USER_AGENT = `muster-agent/${AGENT_VERSION} (node ${process.versions.node}; ${process.platform}; ${process.arch})`;

export function createSsmClient(options: SsmClientOptions): SsmClient {
  const { endpoint, region, http, clock } = options;
  return {
    async call(operation, input, signature) {
      const body = JSON.stringify(input);
      const signable = {
        'content-type': 'application/x-amz-json-1.1',
        host: endpoint.host,
        'x-amz-target': `AmazonSSM.${operation}`,
      };
      const request = { method: 'POST', path: '/', headers: signable, body };
      const scope = { region, service: 'ssm', now: clock.now() };
      const headers = signedHeaders(request, scope, signature);
      const chunked = signature.kind === 'node-key';
      const answer = await http.post({ path: '/', headers: { ...headers, 'user-agent': USER_AGENT }, body, chunked });
      const value = parseObject(answer.body);
      if (answer.status === 200 && value !== undefined) return value;
      throw apiError(answer.status, value);
    },
  };
}

function signedHeaders(
  request: Parameters<typeof signV4>[0],
  scope: Parameters<typeof signV4>[1],
  signature: Signature,
): Readonly<Record<string, string>> {
  if (signature.kind === 'none') return request.headers;
  if (signature.kind === 'node-key') return signWithNodeKey(request, scope, signature.nodeId, signature.privateKey);
  const length = String(Buffer.byteLength(request.body));
  return signV4({ ...request, headers: { ...request.headers, 'content-length': length } }, scope, signature.credentials);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text === '' ? '{}' : text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function apiError(status: number, value: Readonly<Record<string, unknown>> | undefined): ApiError {
  const type = typeof value?.['__type'] === 'string' ? value['__type'] : `HTTP ${status}`;
  const message = value?.['message'] ?? value?.['Message'];
  return new ApiError(type.slice(type.indexOf('#') + 1), typeof message === 'string' ? message : '', status);
}
