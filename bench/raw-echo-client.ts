// The baseline's clients: each answers a job frame with an acknowledgement and three replies.
import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { JOB, upwardFrames } from './frames.ts';

const [port = '', caFile = '', count = '', outputBytes = '0'] = process.argv.slice(2);
const upward = upwardFrames(Number(outputBytes));
const ca = readFileSync(caFile);
const PARALLEL_HANDSHAKES = 64;

function open(): Promise<void> {
  const socket = new WebSocket(`wss://127.0.0.1:${port}/`, { ca, perMessageDeflate: false });
  socket.on('message', (data: Buffer) => {
    if (data.length === JOB.length) for (const frame of upward) socket.send(frame);
  });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
}

let remaining = Number(count);
await Promise.all(
  Array.from({ length: PARALLEL_HANDSHAKES }, async () => {
    while (remaining-- > 0) await open();
  }),
);
process.on('disconnect', () => process.exit(0));
process.send?.({ connected: true });
