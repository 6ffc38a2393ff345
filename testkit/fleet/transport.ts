// How a simulated node reaches the server: over TLS or TCP to a listener, or through the in-memory network of a simulation.
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { WebSocket } from 'ws';

export interface FleetTransport {
  /** The Host header. */
  readonly host: string;
  /** `method`: another one, for REST services. `errorType`: the code of a REST service's error, which stands in the head. */
  post(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string,
    method?: string,
  ): Promise<{ readonly status: number; readonly body: string; readonly errorType: string | undefined }>;
  webSocket(path: string, headers: Readonly<Record<string, string>>): WebSocket;
  close(): void;
}

/** `url`: `https://127.0.0.1:8443`. `ca`: PEM. */
export function createSocketTransport(url: string, ca: string | undefined): FleetTransport {
  const { protocol, hostname, port, host } = new URL(url);
  const secure = protocol === 'https:';
  const trust = ca === undefined ? {} : { ca };
  const options = { keepAlive: true, maxSockets: 32 };
  const agent = secure ? new HttpsAgent({ ...options, ...trust }) : new HttpAgent(options);
  const send = secure ? requestHttps : requestHttp;
  return {
    host,
    post: (path, headers, body, method = 'POST') =>
      new Promise((resolve, reject) => {
        const withLength = { ...headers, 'content-length': String(Buffer.byteLength(body)) };
        const outgoing = send({ hostname, port, path, method, agent, headers: withLength }, (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              body: Buffer.concat(chunks).toString('utf8'),
              errorType: errorTypeOf(answer),
            }),
          );
          answer.on('error', reject);
        });
        outgoing.on('error', reject);
        outgoing.end(body);
      }),
    webSocket: (path, headers) =>
      new WebSocket(`${secure ? 'wss' : 'ws'}://${host}${path}`, {
        headers: { ...headers },
        ...trust,
        perMessageDeflate: false,
        skipUTF8Validation: true,
      }),
    close: () => agent.destroy(),
  };
}

export function errorTypeOf(answer: IncomingMessage): string | undefined {
  const found = answer.headers['x-amzn-errortype'];
  return typeof found === 'string' ? found : undefined;
}
