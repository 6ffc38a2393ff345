// Callers of an HTTP API in a process of their own: each has a connection, sends one prepared request (or several in turn), waits for the whole
// answer, and sends it again. As little work as can be, so that the server is measured. On an order it runs for its time and tells how many answers came.
import { connect, type Socket } from 'node:net';

export interface ApiOrder {
  readonly port: number;
  /** The bytes of one request, in base64. */
  readonly request: string;
  /** More of them, sent in turn with the first: each caller begins elsewhere. */
  readonly others?: readonly string[];
  readonly clients: number;
  readonly seconds: number;
}

export interface ApiReport {
  readonly answers: number;
  readonly refused: number;
  readonly took: readonly number[];
}

const HEAD_END = Buffer.from('\r\n\r\n');
/** Of latencies one in so many is kept. */
const KEPT_EVERY = 16;

function serve(order: ApiOrder): Promise<ApiReport> {
  const requests = [order.request, ...(order.others ?? [])].map((request) => Buffer.from(request, 'base64'));
  let turn = 0;
  const until = performance.now() + order.seconds * 1_000;
  const report = { answers: 0, refused: 0, took: [] as number[] };
  const caller = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket: Socket = connect(order.port, '127.0.0.1');
      socket.setNoDelay(true);
      let waiting: Buffer = Buffer.alloc(0);
      let sentAt = 0;
      const send = () => {
        sentAt = performance.now();
        socket.write(requests[turn++ % requests.length] ?? '');
      };
      socket.on('connect', send);
      socket.on('error', reject);
      socket.on('data', (chunk: Buffer) => {
        waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
        const end = waiting.indexOf(HEAD_END);
        if (end < 0) return;
        const head = waiting.toString('latin1', 0, end);
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
        if (Number.isNaN(length)) return reject(new Error(`an answer without a length: ${head}`));
        if (waiting.length < end + HEAD_END.length + length) return;
        waiting = Buffer.alloc(0);
        const now = performance.now();
        if (head.startsWith('HTTP/1.1 200')) report.answers++;
        else report.refused++;
        if (report.answers % KEPT_EVERY === 0) report.took.push(now - sentAt);
        if (now < until) return send();
        socket.end();
        resolve();
      });
    });
  return Promise.all(Array.from({ length: order.clients }, caller)).then(() => report);
}

process.on('message', (order: ApiOrder) => {
  serve(order).then(
    (report) => process.send?.({ report }),
    (error: unknown) => {
      process.stderr.write(`a caller failed: ${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
