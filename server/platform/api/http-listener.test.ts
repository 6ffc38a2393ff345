// The listener: limits of heads and connections, certificates changed while it runs, closing.
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createMetrics } from '../telemetry/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { systemClock } from '../time/clock.ts';
import { listen, ListenError } from './http-listener.ts';
import { lastWords } from './last-words.ts';
import type { ListenOptions } from './http-listener.ts';

const log: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => log };

const options = (change: Partial<ListenOptions> = {}): ListenOptions => ({
  host: '127.0.0.1',
  port: 0,
  onRequest: (_request, response) => void response.end('hello'),
  onUpgrade: () => {},
  clock: systemClock,
  log,
  metrics: createMetrics(),
  ...change,
});

async function get(port: number, agent: Agent | false = false): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const call = request({ port, host: '127.0.0.1', agent }, (response) => {
    let text = '';
    response.on('data', (chunk: Buffer) => (text += chunk.toString()));
    response.on('end', () => resolve(text));
    response.on('error', reject);
  });
  call.on('error', reject);
  call.end();
  return promise;
}

test('a taken port is a typed error that says so', async () => {
  const first = await listen(options());
  await assert.rejects(listen(options({ port: first.address.port })), (error) => {
    assert.ok(error instanceof ListenError);
    assert.equal(error.code, 'EADDRINUSE');
    assert.match(error.message, /cannot listen on 127\.0\.0\.1:\d+: the address is in use/);
    return true;
  });
  await first.close();
});

test('closing lets the answer out that is under way, and ends idle and upgraded connections', async () => {
  const arrived = Promise.withResolvers<void>();
  const upgraded = Promise.withResolvers<void>();
  let finish: (() => void) | undefined;
  const listener = await listen(
    options({
      onRequest(incoming, response) {
        if (incoming.url !== '/') return;
        response.write('slow ');
        finish = () => response.end('answer');
        arrived.resolve();
      },
      onUpgrade: (_request, socket) => {
        socket.on('error', () => {});
        upgraded.resolve();
      },
    }),
  );
  const webSocket = connect(listener.address.port, '127.0.0.1');
  const ended = Promise.withResolvers<void>();
  webSocket.on('close', () => ended.resolve());
  webSocket.on('error', () => {});
  webSocket.write('GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
  await upgraded.promise;
  const idle = connect(listener.address.port, '127.0.0.1');
  idle.on('error', () => {});
  const agent = new Agent({ keepAlive: true });
  const answer = get(listener.address.port, agent);
  await arrived.promise;
  const closed = listener.close(60_000);
  finish?.();
  assert.equal(await answer, 'slow answer');
  await closed;
  await ended.promise;
  agent.destroy();
});

test('what does not end within the grace is cut off', async () => {
  const arrived = Promise.withResolvers<void>();
  const listener = await listen(options({ onRequest: () => arrived.resolve() }));
  const answer = assert.rejects(get(listener.address.port));
  await arrived.promise;
  await listener.close(1);
  await answer;
});

test('what is not HTTP is answered with 400 and closed', async () => {
  const listener = await listen(options());
  const socket = connect(listener.address.port, '127.0.0.1');
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.on('close', () => resolve(text));
  socket.write('\u0016\u0003\u0001 hello\r\n\r\n');
  assert.match(await promise, /^HTTP\/1\.1 400 /);
  await listener.close();
});

/** A peer that reads to the end and never ends its own side. Resolves when the connection is gone altogether. */
async function goneAfter(port: number, text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.write(text));
  let said = '';
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
  // Who is still there takes it; who is gone answers with a reset.
  let nags = 0;
  const nag = (): void => {
    nags += 1;
    if (nags === 2_000) socket.destroy(new Error('it is still there'));
    else if (socket.writable) socket.write('?', () => setImmediate(nag));
  };
  socket.on('end', nag);
  socket.on('error', (error) => (said = /still there/.test(error.message) ? error.message : said));
  socket.on('close', () => resolve(said));
  return promise;
}

const WEBSOCKET =
  'GET /v1/control-channel/mi-00000000000000000 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

test('a peer that never ends its side does not keep a socket after it was refused', { timeout: 10_000 }, async () => {
  const listener = await listen(options({ onUpgrade: (_request, socket) => lastWords(socket, 'HTTP/1.1 403 Refused\r\n\r\n') }));
  assert.match(await goneAfter(listener.address.port, 'garbage\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(await goneAfter(listener.address.port, WEBSOCKET), /^HTTP\/1\.1 403 /);
  await listener.close();
});

test('a request that offers another upgrade than to a WebSocket is answered as if it had not', async () => {
  const listener = await listen(options({ onUpgrade: (_request, socket) => void socket.destroy() }));
  const answered = Promise.withResolvers<string>();
  const socket = connect(listener.address.port, '127.0.0.1', () =>
    // As Java's HTTP client and `curl --http2` begin on plain HTTP.
    socket.write(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n\r\n',
    ),
  );
  socket.once('data', (chunk: Buffer) => answered.resolve(chunk.toString()));
  socket.once('close', () => answered.resolve(''));
  assert.match(await answered.promise, /^HTTP\/1\.1 200 OK/);
  socket.destroy();
  await listener.close();
});

test('whoever was answered and goes on sending a body is cut off after a minute', async () => {
  const clock = createSimulatedClock();
  const answered = Promise.withResolvers<void>();
  const listener = await listen(
    options({
      clock,
      onRequest(incoming, response) {
        incoming.resume();
        response.end('no', () => answered.resolve());
      },
    }),
  );
  const socket = connect(listener.address.port, '127.0.0.1');
  const closed = new Promise<void>((resolve) => void socket.on('close', () => resolve()));
  socket.on('error', () => {});
  socket.write('PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nsome');
  await answered.promise;
  while (clock.timers === 0) await new Promise((resolve) => void setImmediate(resolve));
  await clock.advance(60_000);
  socket.resume();
  await closed;
  await listener.close();
});
