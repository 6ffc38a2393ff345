// The listening socket: HTTP or HTTPS with its limits named, certificates renewed while it runs, and an end that lets answers out.
// Knows nothing of what it carries.
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import { lastWords } from './last-words.ts';

/** A SigV4 request with a session token has about 4 KB of headers; presigned ones carry all of it in the path. */
const HEADER_BYTES_MAX = 32 * 1024;
/** A head is one packet or a few: whoever takes longer is holding the socket. */
const HEADERS_MS_MAX = 15_000;
/** A whole request, its body included: a file of 1 GiB over a line of 2.4 Mbit/s. Bodies of API calls have a limit of their own (read-body.ts). */
const REQUEST_MS_MAX = 3_600_000;
/** How long the body of a request that was answered already is thrown away as it comes. */
const REFUSED_BODY_MS_MAX = 60_000;
/** How often the two above are looked after. */
const CHECK_MS = 5_000;
/** Idle connections: longer than the 50 s of common load balancers and the 5 s of the SDKs' agents. */
const KEEP_ALIVE_MS = 75_000;
/** Sockets at once, WebSockets included: 10,000 nodes and as much again for callers. About 52 KB each with TLS. */
const CONNECTIONS_MAX = 20_000;
/** A reconnect storm of a fleet waits in the kernel, not in refusals. */
const BACKLOG = 4_096;
const HANDSHAKE_MS_MAX = 15_000;
/** What is still being answered when the process ends: long polls have ended before, transfers take a little. */
const CLOSE_GRACE_MS = 5_000;

export interface TlsMaterial {
  readonly key: string | Buffer;
  /** The leaf, with what stands between it and the authority. */
  readonly cert: string | Buffer;
  readonly ca?: string | Buffer;
}

export interface ListenOptions {
  readonly tls?: TlsMaterial | undefined;
  readonly host: string;
  /** `0`: any free one. */
  readonly port: number;
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface Listener {
  readonly address: { readonly host: string; readonly port: number };
  /** New handshakes use it; connections that are there go on. Plain HTTP has none. */
  setSecureContext(tls: TlsMaterial): void;
  /** Stops accepting, lets what is being answered finish within `graceMs`, destroys what is left, WebSockets included. */
  close(graceMs?: number): Promise<void>;
}

/** The address could not be had: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, … */
export class ListenError extends Error {
  readonly code: string;
  constructor(code: string, host: string, port: number, cause: unknown) {
    super(`cannot listen on ${host}:${port}: ${reason(code)}`, { cause });
    this.name = 'ListenError';
    this.code = code;
  }
}

interface OpenThings {
  readonly sockets: Set<Socket>;
  /** Requests whose answer is not out. */
  answering: number;
  whenAnswered: (() => void) | undefined;
}

export async function listen(options: ListenOptions): Promise<Listener> {
  const { tls, host, port, clock, log, metrics } = options;
  const server = createServer(tls);
  const open: OpenThings = { sockets: new Set(), answering: 0, whenAnswered: undefined };
  server.maxConnections = CONNECTIONS_MAX;
  server.on('connection', (socket: Socket) => {
    open.sockets.add(socket);
    socket.once('close', () => open.sockets.delete(socket));
  });
  /** One for all answers: an answer closes once, after it is out or when it never will be. */
  function closed(this: ServerResponse): void {
    open.answering -= 1;
    if (open.answering === 0) open.whenAnswered?.();
    boundTheRest(this.req, clock);
  }
  server.on('request', (request, response) => {
    open.answering += 1;
    response.on('close', closed);
    options.onRequest(request, response);
  });
  server.on('upgrade', options.onUpgrade);
  server.on('clientError', refuseGarbage);
  server.on('drop', () => log.warn('a connection was refused: there are too many', { connectionsMax: CONNECTIONS_MAX }));
  metrics.gauge('muster_http_connections', 'Open connections, WebSockets included.', () => open.sockets.size);

  await started(server, host, port);
  server.on('error', (error) => log.error('the listener failed', {}, error));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('a TCP listener without an address');
  return {
    address: { host: bound.address, port: bound.port },
    setSecureContext(next) {
      if (!('setSecureContext' in server)) throw new Error('a plain HTTP listener has no certificate');
      server.setSecureContext(next);
    },
    close: (graceMs = CLOSE_GRACE_MS) => closeServer(server, open, clock, graceMs),
  };
}

function createServer(tls: TlsMaterial | undefined): HttpServer | HttpsServer {
  const limits = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: HEADERS_MS_MAX,
    requestTimeout: REQUEST_MS_MAX,
    connectionsCheckingInterval: CHECK_MS,
    // Other offers (h2c of Java's and curl's clients) may be ignored, and are.
    shouldUpgradeCallback: (request: IncomingMessage) => request.headers.upgrade?.toLowerCase() === 'websocket',
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
    keepAlive: true,
  };
  if (tls === undefined) return createHttpServer(limits);
  return createHttpsServer({ ...limits, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_MS_MAX });
}

async function started(server: HttpServer, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const failed = (error: NodeJS.ErrnoException) => reject(new ListenError(error.code ?? 'UNKNOWN', host, port, error));
  server.once('error', failed);
  server.listen({ host, port, backlog: BACKLOG, exclusive: true }, resolve);
  await promise;
  server.removeListener('error', failed);
}

/** Whoever was answered and goes on sending holds the socket no longer than this. */
function boundTheRest(request: IncomingMessage, clock: Clock): void {
  if (request.complete || request.destroyed) return;
  const timer = clock.setTimer(REFUSED_BODY_MS_MAX, () => request.socket.destroy());
  request.once('close', () => timer.cancel());
}

/** Not HTTP, or a head beyond its limits. */
function refuseGarbage(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else lastWords(socket, `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** The server itself waits for every socket, WebSockets too; here it waits for answers only. */
async function closeServer(server: HttpServer, open: OpenThings, clock: Clock, graceMs: number): Promise<void> {
  const closed = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  server.closeIdleConnections();
  const timer = clock.setTimer(graceMs, answered.resolve);
  open.whenAnswered = answered.resolve;
  if (open.answering > 0) await answered.promise;
  timer.cancel();
  server.closeAllConnections();
  for (const socket of open.sockets) socket.destroy();
  await closed.promise;
}

function reason(code: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'the address is in use';
    case 'EACCES':
      return 'permission denied';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'this machine has no such address';
    default:
      return code;
  }
}
