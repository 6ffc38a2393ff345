// The upgrade of a signed request to a control channel: who may come in, and how many at once. What is refused gets a plain HTTP answer;
// agents back off on any. The caller has verified the signature, and that the
// node may open this channel.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Server, WebSocket } from 'ws';
import { lastWords } from '../api/last-words.ts';
import type { NodeId, Scope } from '../ids.ts';
import type { Counter, Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import { Connection, ControlSocket } from './connection.ts';
import type { ControlChannel } from './control-channel.ts';
import type { ChannelLimits } from './limits.ts';
import type { Registry } from './registry.ts';

const PATH = /^\/v1\/control-channel\/(mi-[0-9a-f]{17}|i-(?:[0-9a-f]{17}|[0-9a-f]{8}))$/;

/** The node whose control channel this path is; undefined for every other path. */
export function controlChannelNode(rawPath: string): NodeId | undefined {
  return PATH.exec(rawPath)?.[1] as NodeId | undefined;
}

export interface HandshakeOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly limits: ChannelLimits;
  readonly registry: Registry;
  readonly control: ControlChannel;
}

type Refusal = 'not-found' | 'overloaded';

const ANSWERS: Readonly<Record<Refusal, { readonly status: string; readonly code: string; readonly message: string }>> = {
  'not-found': { status: '404 Not Found', code: 'UnknownOperationException', message: 'There is no channel at this path.' },
  overloaded: {
    status: '503 Service Unavailable',
    code: 'ServiceUnavailable',
    message: 'Too many connections. Try again later.',
  },
};

export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #server: Server<typeof ControlSocket>;
  readonly #refusals: Counter;
  readonly #allowance: Allowance;
  readonly #handlers: SocketHandlers;
  #stopped = false;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#allowance = new Allowance(options.clock, options.limits);
    this.#handlers = socketHandlers(options.clock, options.control);
    this.#refusals = options.metrics.counter('muster_channels_handshakes_refused_total', 'Upgrades that were refused.');
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // With it, 10,000 connections take 2.4 GB.
      perMessageDeflate: false,
      maxPayload: options.limits.frameBytesMax,
      // The one text frame is parsed as JSON right away.
      skipUTF8Validation: true,
      WebSocket: ControlSocket,
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, scope: Scope, nodeId: NodeId): void {
    const refusal = this.#refusal(request, nodeId);
    if (refusal !== undefined) {
      this.#refuse(socket, refusal);
      return;
    }
    const { clock, control, registry } = this.#options;
    this.#server.handleUpgrade(request, socket, head, (accepted) => {
      const connection = new Connection(accepted, socket, registry.of(scope).scope, nodeId, clock.nowMs());
      accepted.connection = connection;
      accepted.on('message', this.#handlers.message);
      accepted.on('ping', this.#handlers.ping);
      accepted.on('close', this.#handlers.close);
      accepted.on('error', ignore);
      control.accepted(connection);
    });
  }

  #refusal(request: IncomingMessage, nodeId: NodeId): Refusal | undefined {
    const { control, limits, registry } = this.#options;
    if (controlChannelNode((request.url ?? '').split('?', 1)[0] ?? '') !== nodeId) return 'not-found';
    const room = registry.count + control.opening < limits.connectionsMax && control.opening < limits.openingMax;
    return this.#stopped || !room || !this.#allowance.take() ? 'overloaded' : undefined;
  }

  #refuse(socket: Duplex, refusal: Refusal): void {
    const { status, code, message } = ANSWERS[refusal];
    this.#refusals.inc({ refusal });
    const body = `<${code}><message>${message}</message></${code}>`;
    socket.on('error', ignore);
    lastWords(
      socket,
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  }
}

/** The handlers of every socket, made once: `this` is the socket. */
interface SocketHandlers {
  message(this: WebSocket, data: unknown, isBinary: boolean): void;
  ping(this: WebSocket): void;
  close(this: WebSocket): void;
}

function connectionOf(socket: WebSocket): Connection | undefined {
  return socket instanceof ControlSocket ? socket.connection : undefined;
}

function socketHandlers(clock: Clock, control: ControlChannel): SocketHandlers {
  return {
    message(data, isBinary) {
      // The default binary type of ws on servers: one Buffer a message.
      const connection = connectionOf(this);
      if (connection !== undefined && Buffer.isBuffer(data)) control.received(connection, data, isBinary);
    },
    ping() {
      // ws has answered it.
      const connection = connectionOf(this);
      if (connection !== undefined) connection.lastHeardMs = clock.nowMs();
    },
    close() {
      const connection = connectionOf(this);
      if (connection !== undefined) control.closed(connection);
    },
  };
}

/** How many handshakes may begin: refilled with time, up to a burst. */
class Allowance {
  readonly #clock: Clock;
  readonly #limits: ChannelLimits;
  #left: number;
  #atMs: number;

  constructor(clock: Clock, limits: ChannelLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#left = limits.openingsBurst;
    this.#atMs = clock.monotonicMs();
  }

  take(): boolean {
    const nowMs = this.#clock.monotonicMs();
    const refilled = this.#left + ((nowMs - this.#atMs) / 1_000) * this.#limits.openingsPerSecond;
    this.#left = Math.min(this.#limits.openingsBurst, refilled);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}

function ignore(): void {
  // A socket that fails closes, and the close is handled.
}
