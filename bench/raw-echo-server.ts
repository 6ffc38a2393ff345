// The baseline's server: TLS WebSockets and nothing else. On `round` it sends a job frame to every connection and answers each reply frame with
// an acknowledgement frame; tells how long it took until the last reply was in.
import { createServer } from 'node:https';
import { systemIds } from '@muster/server/platform/ids.ts';
import { systemClock } from '@muster/server/platform/time/clock.ts';
import { openServerTls } from '@muster/server/platform/tls/index.ts';
import { type WebSocket, WebSocketServer } from 'ws';
import { FIRST_REPLY_BYTES_MIN, JOB, REPLY_ACK, upwardFrames } from './frames.ts';

const [dataDir = '', outputBytes = '0'] = process.argv.slice(2);
const framesPerJob = upwardFrames(Number(outputBytes)).length;
// The same kind of certificate and key as the server shows: the handshakes and ciphers compared are the same.
const tls = openServerTls({ dataDir, tlsNames: [], clock: systemClock, ids: systemIds });
const server = createServer(tls.current());
const sockets = new Set<WebSocket>();
const hub = new WebSocketServer({ server, perMessageDeflate: false });
let awaited = 0;
let startedAt = 0;

hub.on('connection', (socket) => {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  socket.on('message', (data: Buffer) => {
    if (data.length >= FIRST_REPLY_BYTES_MIN) socket.send(REPLY_ACK);
    if (--awaited === 0) process.send?.({ roundMs: performance.now() - startedAt });
  });
});

process.on('message', (message) => {
  if (message === 'round') {
    awaited = sockets.size * framesPerJob;
    startedAt = performance.now();
    for (const socket of sockets) socket.send(JOB);
  }
  if (message === 'stop') process.exit(0);
});
process.on('disconnect', () => process.exit(0));

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port, caFile: tls.caFile }));
