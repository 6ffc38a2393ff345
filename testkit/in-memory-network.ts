// Connections without sockets: both ends of a duplex pair, one given to an HTTP server, the other to a client. Everything above TCP is real
// (parsing, keep-alive, WebSockets), nothing waits for an operating system, so a simulation stays in step with its clock and its seed.
import { type RequestOptions, request, type Server } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { WebSocket } from 'ws';
import { errorTypeOf, type FleetTransport } from './fleet/transport.ts';

const HOST = 'muster.test';

/** The server's end of each WebSocket. */
const serverEnds = new WeakMap<WebSocket, Duplex>();

/** The server sees this connection end. A client that terminates its own end alone leaves a half-open one: the server misses it later. */
export function hangUp(socket: WebSocket): void {
  serverEnds.get(socket)?.destroy();
  socket.terminate();
}

export function createInMemoryNetwork(server: Server): FleetTransport {
  const dial = (dialled?: (accepted: Duplex) => void): Duplex => {
    const [client, accepted] = duplexPair();
    // What node:http and ws ask of a socket beyond a stream.
    for (const end of [client, accepted]) {
      Object.assign(end, {
        setTimeout: () => end,
        setNoDelay: () => end,
        setKeepAlive: () => end,
        ref: () => end,
        unref: () => end,
        remoteAddress: '127.0.0.1',
        encrypted: false,
      });
    }
    server.emit('connection', accepted);
    dialled?.(accepted);
    return client;
  };
  const connection: Pick<RequestOptions, 'createConnection'> = { createConnection: () => dial() };
  return {
    host: HOST,
    post: (path, headers, body, method = 'POST') =>
      new Promise((resolve, reject) => {
        const outgoing = request(
          {
            ...connection,
            host: HOST,
            method,
            path,
            headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
          },
          (answer) => {
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
          },
        );
        outgoing.on('error', reject);
        outgoing.end(body);
      }),
    webSocket: (path, headers) => {
      let end: Duplex | undefined;
      const createConnection = () => dial((accepted) => (end = accepted));
      const socket = new WebSocket(`ws://${HOST}${path}`, {
        headers: { ...headers },
        perMessageDeflate: false,
        createConnection,
      });
      if (end !== undefined) serverEnds.set(socket, end);
      return socket;
    },
    close: () => undefined,
  };
}
