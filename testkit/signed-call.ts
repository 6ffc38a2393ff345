// One call of any operation, in the first protocol of its service, as an SDK would send it. `input` is what stands in the API reference;
// a text instead is sent as the body just as it is. Without credentials the call is not signed.
import { type AccessCredentials, signV4 } from '@muster/agent/access/sign-v4.ts';
import { serviceModels } from '@muster/server/platform/api/index.ts';
import type { FleetTransport } from './fleet/transport.ts';

export interface Caller {
  readonly transport: FleetTransport;
  readonly region: string;
  readonly now: Date;
  readonly credentials?: AccessCredentials;
}

export interface CallAnswer {
  readonly status: number;
  /** As it came: JSON or XML. */
  readonly body: string;
  /** The error's code, in JSON and in XML; empty when there is none. */
  readonly code: string;
}

type Input = Readonly<Record<string, unknown>> | string;

export async function callOperation(caller: Caller, service: string, operation: string, input: Input): Promise<CallAnswer> {
  const model = serviceModels.find((one) => one.service === service);
  if (model === undefined) throw new Error(`no model of the service ${service}`);
  const request = requestOf(model, operation, input);
  const { transport, credentials, region, now } = caller;
  const headers = { ...request.headers, host: transport.host };
  const scope = { region, service: model.signingName, now };
  const signed =
    credentials === undefined
      ? headers
      : signV4({ method: request.method, path: canonicalPath(request.path), headers, body: request.body }, scope, credentials);
  const { status, body, errorType } = await transport.post(request.path, signed, request.body, request.method);
  const code = /"__type":"([^"]+)"/.exec(body)?.[1] ?? /<Code>([^<]+)<\/Code>/.exec(body)?.[1];
  return { status, body, code: code ?? errorType ?? /^<(\w+Exception)>/.exec(body)?.[1] ?? '' };
}

function requestOf(
  model: (typeof serviceModels)[number],
  operation: string,
  input: Input,
): { method: string; path: string; headers: Record<string, string>; body: string } {
  if (model.targetPrefix !== undefined)
    return {
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${model.targetPrefix}.${operation}` },
      body: typeof input === 'string' ? input : JSON.stringify(input),
    };
  if (model.protocols[0] === 'rest-json') {
    const fields = typeof input === 'string' ? {} : input;
    const method = model.operations[operation]?.method ?? 'POST';
    const path = (model.operations[operation]?.uri ?? '/').replaceAll(/\{(\w+)\+?\}/g, (_, label: string) =>
      encodeURIComponent(text(fields[label]).toWellFormed()),
    );
    return {
      method,
      path,
      headers: { 'content-type': 'application/json' },
      body: method === 'GET' ? '' : typeof input === 'string' ? input : JSON.stringify(fields),
    };
  }
  const form = new URLSearchParams({ Action: operation, Version: model.apiVersion });
  if (typeof input !== 'string') for (const [name, value] of Object.entries(input)) form.set(name, text(value));
  return {
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: typeof input === 'string' ? input : form.toString(),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** What is signed for every service but S3: the path as sent, encoded once more. */
function canonicalPath(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9\-._~/]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
