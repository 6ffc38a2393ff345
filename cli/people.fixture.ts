// For tests of what people type: a host that records what is written, and a server of the test that answers API calls with recorded
// frames. The real server stands in e2e/command-line.test.ts.
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import type { Host, OutputStream } from './host.ts';

/** What is written to it, as text. */
export class WrittenStream extends EventEmitter implements OutputStream {
  readonly isTTY: boolean;
  readonly columns = 80;
  readonly writes: string[] = [];

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  get text(): string {
    return this.writes.join('');
  }

  write(data: string | Uint8Array): boolean {
    this.writes.push(Buffer.from(data).toString());
    return true;
  }
}

export interface TestHost extends Host {
  readonly stdout: WrittenStream;
  readonly stderr: WrittenStream;
  /** Ctrl-C. */
  interrupt(): void;
}

export function testHost(
  env: Readonly<Record<string, string>>,
  {
    terminal = false,
    answer,
    piped,
    clock = systemClock,
  }: { terminal?: boolean; answer?: string; piped?: string; clock?: Clock } = {},
): TestHost {
  const signals = new EventEmitter();
  return {
    env,
    clock,
    stdout: new WrittenStream(terminal),
    stderr: new WrittenStream(terminal),
    ask: answer === undefined ? undefined : () => Promise.resolve(answer),
    askHidden: answer === undefined ? undefined : () => Promise.resolve(answer),
    readPiped: piped === undefined ? undefined : () => Promise.resolve(Buffer.from(piped)),
    onInterrupt(listener) {
      signals.on('SIGINT', listener);
      return () => signals.off('SIGINT', listener);
    },
    interrupt: () => signals.emit('SIGINT'),
  };
}

/** Waits for nothing: what would take seconds is over at once. */
export const hastyClock: Clock = { ...systemClock, wait: () => Promise.resolve(), jitter: () => 0.5 };

type Json = Readonly<Record<string, unknown>>;
/** An answer; a refusal with its status; or a connection that is cut. */
export type Frame = Json | { readonly refuse: string; readonly status: number } | 'cut';

export interface RecordedCall {
  readonly target: string;
  readonly input: Json;
  readonly headers: IncomingMessage['headers'];
}

export class RecordedServer {
  readonly calls: RecordedCall[] = [];
  readonly url: string;
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  /** Frames of each target in their order; the last one answers from then on. A function decides by the input. */
  static async start(
    frames: Readonly<Record<string, readonly Frame[] | ((input: Json) => Frame | Promise<Frame>)>>,
  ): Promise<RecordedServer> {
    const asked = new Map<string, number>();
    const http = createServer((request, response) => {
      void (async () => {
        const target = String(request.headers['x-amz-target'] ?? `${request.method} ${request.url}`);
        const body = await text(request);
        const input = target.startsWith('PUT') ? { body } : (JSON.parse(body) as Json);
        server.calls.push({ target, input, headers: request.headers });
        const recorded = frames[target] ?? [{ refuse: 'UnknownOperationException', status: 404 }];
        const count = asked.get(target) ?? 0;
        asked.set(target, count + 1);
        const frame = typeof recorded === 'function' ? await recorded(input) : recorded[Math.min(count, recorded.length - 1)];
        if (frame === 'cut') return void request.socket.destroy();
        if (frame !== undefined && 'refuse' in frame) {
          response.writeHead(Number(frame.status));
          return void response.end(JSON.stringify({ __type: frame.refuse, Message: 'refused' }));
        }
        response.end(JSON.stringify(frame));
      })();
    }).listen(0, '127.0.0.1');
    await once(http, 'listening');
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    const server = new RecordedServer(url, async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    });
    return server;
  }

  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: 'AKIDTEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: 'us-east-1',
    };
  }

  callsOf(target: string): Json[] {
    return this.calls.filter((call) => call.target === target).map((call) => call.input);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}
