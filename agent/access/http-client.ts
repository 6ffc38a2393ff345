// HTTP to the one endpoint. Answers are bounded and timed; a transport error is an exception, an HTTP status is a value.
import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { Endpoint } from './endpoint.ts';

/** The stock agent waits 15 s for a channel and about as long for the API. */
const TIMEOUT_MS = 15_000;
/** The agent's calls answer with a few hundred bytes. */
const ANSWER_BYTES_MAX = 1024 * 1024;

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

export interface HttpRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Sends `Transfer-Encoding: chunked` instead of a length, as the stock agent's RSA-signed calls do. */
  readonly chunked?: boolean;
}

export interface HttpClient {
  post(request: HttpRequest): Promise<HttpAnswer>;
  close(): void;
}

export function createHttpClient(endpoint: Endpoint): HttpClient {
  // One idle connection is kept for a moment: calls come in pairs, then not for minutes.
  const options = { keepAlive: true, maxSockets: 2, maxFreeSockets: 1, timeout: 5000 };
  const agent = endpoint.secure
    ? new HttpsAgent({ ...options, ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }) })
    : new HttpAgent(options);
  const send = endpoint.secure ? requestHttps : requestHttp;
  const post = (request: HttpRequest): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const headers: Record<string, string> = { ...request.headers };
      if (request.chunked === true) headers['transfer-encoding'] = 'chunked';
      else headers['content-length'] = String(Buffer.byteLength(request.body));
      const { hostname, port } = endpoint;
      const outgoing: ClientRequest = send({
        hostname,
        port,
        path: request.path,
        method: 'POST',
        headers,
        agent,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      outgoing.on('error', reject);
      outgoing.on('response', (answer) => {
        readBody(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
      });
      outgoing.end(request.body);
    });
  return { post, close: () => agent.destroy() };
}

async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw new Error(`the answer is larger than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
