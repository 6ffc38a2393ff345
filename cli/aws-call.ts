// One signed call of an AWS JSON 1.1 operation: what the command line needs of the public API, without an SDK.
import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

export interface AwsEndpoint {
  readonly url: string;
  /** PEM of the server's own authority; undefined: the system's roots. */
  readonly ca: string | undefined;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const TIMEOUT_MS = 10_000;
/** Of a refusal's body, as much as a person reads. */
const ERROR_CHARS_MAX = 500;

/** `target` is the X-Amz-Target, such as `AmazonSSM.CreateActivation`. Throws with the server's own words. */
export async function awsCall(
  endpoint: AwsEndpoint,
  service: string,
  target: string,
  input: Readonly<Record<string, unknown>>,
  now: Date,
): Promise<Record<string, unknown>> {
  const url = new URL(endpoint.url);
  const body = JSON.stringify(input);
  const headers = sign(endpoint, service, body, now, {
    'content-type': 'application/x-amz-json-1.1',
    host: url.host,
    'x-amz-date': now.toISOString().replace(/[-:]|\.\d{3}/g, ''),
    'x-amz-target': target,
  });
  const send = url.protocol === 'http:' ? httpRequest : httpsRequest;
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const call = send(
    new URL('/', url),
    {
      method: 'POST',
      headers,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
    },
    (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, text: answer }), reject);
    },
  );
  call.on('error', reject);
  call.end(body);
  const answer = await promise;
  if (answer.status === 200) return JSON.parse(answer.text) as Record<string, unknown>;
  throw new Error(`${target} was answered with ${answer.status}: ${answer.text.slice(0, ERROR_CHARS_MAX)}`);
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
