// One signed call of an AWS JSON 1.1 operation: what the command line needs of the public API, without an SDK. A refusal is an
// AwsError with the server's own code and words; no answer is a ConnectionError.
import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { Agent, IncomingMessage, RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface AwsEndpoint {
  readonly url: string;
  /** PEM of the server's own authority; undefined: the system's roots. */
  readonly ca: string | undefined;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string | undefined;
  };
}

export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Keeps connections; without one a call has its own. */
  readonly agent?: Agent | undefined;
}

/** The server answered, with a refusal or a failure of its own. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** There was no answer: whether the call was done is not known. */
export class ConnectionError extends Error {
  /** Of the system or of TLS, such as ECONNREFUSED. */
  readonly code: string;

  constructor(message: string, cause: Error) {
    super(message, { cause });
    this.code = (cause as NodeJS.ErrnoException).code ?? '';
  }
}

const TIMEOUT_MS = 10_000;
/** Of a refusal's body that is not of the protocol, as much as a person reads. */
const ERROR_CHARS_MAX = 500;
/** A page of a thousand events with their output is some megabytes: beyond this it is not our server. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

/** `target` is the X-Amz-Target, such as `AmazonSSM.CreateActivation`. Throws with the server's own words. */
export async function awsCall(
  endpoint: AwsEndpoint,
  service: string,
  target: string,
  input: Readonly<Record<string, unknown>>,
  now: Date,
  options: CallOptions = {},
): Promise<Record<string, unknown>> {
  const body = JSON.stringify(input);
  const { sessionToken } = endpoint.credentials;
  const headers = sign(endpoint, service, body, now, {
    'content-type': 'application/x-amz-json-1.1',
    host: new URL(endpoint.url).host,
    'x-amz-date': now.toISOString().replace(/[-:]|\.\d{3}/g, ''),
    'x-amz-target': target,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  });
  const answer = await exchange(endpoint, options, (send) => send.end(body), { method: 'POST', headers });
  if (answer.status === 200) return parseAnswer(target, answer.text);
  throw refusal(target, answer);
}

/** One HTTP exchange with a deadline, at the endpoint's root or at `url`; `send` writes the body and ends it. */
export async function exchange(
  endpoint: Pick<AwsEndpoint, 'url' | 'ca'>,
  { timeoutMs = TIMEOUT_MS, signal, agent }: CallOptions,
  send: (request: ReturnType<typeof httpRequest>) => void,
  request: Pick<RequestOptions, 'method' | 'headers'>,
  url = new URL('/', endpoint.url),
): Promise<{ status: number; text: string }> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const start = url.protocol === 'http:' ? httpRequest : httpsRequest;
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const lost = (error: Error): void => {
    // Several addresses of one name, each with its own error, come without words.
    const words = error.message === '' ? ((error as NodeJS.ErrnoException).code ?? 'no connection') : error.message;
    reject(new ConnectionError(deadline.aborted ? `no answer within ${timeoutMs / 1000} s` : words, error));
  };
  const call = start(
    url,
    {
      ...request,
      signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      ...(agent === undefined ? {} : { agent }),
      ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
    },
    (response) => {
      readText(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), lost);
    },
  );
  call.on('error', lost);
  send(call);
  return promise;
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw new Error(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`);
  }
  return Buffer.concat(chunks).toString();
}

function parseAnswer(target: string, text: string): Record<string, unknown> {
  const answer: unknown = text === '' ? {} : parseJson(text);
  if (typeof answer === 'object' && answer !== null) return answer as Record<string, unknown>;
  throw new AwsError('UnreadableAnswer', `${target} was answered with something that is not JSON`, 200);
}

function refusal(target: string, { status, text }: { status: number; text: string }): AwsError {
  const said = parseJson(text);
  const named = (name: string): string | undefined => {
    const value = typeof said === 'object' && said !== null ? (said as Record<string, unknown>)[name] : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const code = named('__type')?.split('#').at(-1) ?? `Http${status}`;
  const words = named('Message') ?? named('message');
  return new AwsError(code, words ?? `${target} was answered with ${status}: ${text.slice(0, ERROR_CHARS_MAX)}`, status);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sign(
  { region, credentials }: AwsEndpoint,
  service: string,
  body: string,
  now: Date,
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  const timestamp = headers['x-amz-date'] ?? '';
  const scope = `${timestamp.slice(0, 8)}/${region}/${service}/aws4_request`;
  const names = Object.keys(headers).toSorted();
  const canonical = ['POST', '/', '', ...names.map((name) => `${name}:${headers[name]}`), '', names.join(';'), sha256(body)].join(
    '\n',
  );
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonical)].join('\n');
  let key: string | Buffer = `AWS4${credentials.secretAccessKey}`;
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}
