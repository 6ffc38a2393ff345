// Reads a request's body whole, bounded in bytes and in time. A body that says it is too large is refused before its first byte, one
// that turns out to be is refused where it does; either way the connection must not be used again.
import type { IncomingMessage } from 'node:http';
import type { NowOrLater } from '../access/index.ts';
import type { Clock } from '../time/clock.ts';
import { ApiError } from './errors.ts';

/** Default limit of a body: the largest public request (a document of 64 KB, 100 inventory items) is far below. */
export const BODY_BYTES_MAX_DEFAULT = 1024 * 1024;
/** Where nobody has signed: a registration is below 2 KB. */
export const STRANGERS_BODY_BYTES_MAX = 64 * 1024;
/** A body of 1 MiB over a 0.5 Mbit/s line takes 17 s. */
export const BODY_MS_MAX = 30_000;

/** A promise only where it is still to come. Not to be asked in the turn of the parser that found the head: it has not looked at the body yet. */
export function readBody(request: IncomingMessage, bytesMax: number, clock: Clock): NowOrLater<Buffer> {
  if (request.destroyed) throw new ClientGone();
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > bytesMax) throw tooLarge(bytesMax);
  // Most bodies come in one packet with their head, and are here by now: no listeners, no timer.
  return announced > 0 && request.readableLength === announced ? takeBody(request) : gatherBody(request, bytesMax, clock);
}

async function gatherBody(request: IncomingMessage, bytesMax: number, clock: Clock): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const timer = clock.setTimer(BODY_MS_MAX, () =>
    reject(new ApiError('RequestTimeoutException', `The request body did not arrive within ${BODY_MS_MAX / 1000} seconds.`)),
  );
  request.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > bytesMax) reject(tooLarge(bytesMax));
    else chunks.push(chunk);
  });
  request.on('error', reject);
  const gone = () => reject(new ClientGone());
  request.on('close', gone);
  request.on('end', () => {
    // It closes after its end as well, and an Error takes its time to make.
    request.removeListener('close', gone);
    resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
  });
  try {
    return await promise;
  } finally {
    timer.cancel();
    request.removeAllListeners('data');
    request.pause();
  }
}

function takeBody(request: IncomingMessage): Buffer {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody sets an encoding
  const body = request.read() as Buffer;
  // Its end is for nobody, but it is to end: by itself, where the parser is through with it.
  if (!request.complete) request.resume();
  return body;
}

/** The client went away before its request was complete: nobody is there to answer. */
export class ClientGone extends Error {
  constructor() {
    super('the client closed the connection before its request was complete');
    this.name = 'ClientGone';
  }
}

function tooLarge(bytesMax: number): ApiError {
  return new ApiError('RequestEntityTooLargeException', `The request body must be less than or equal to ${bytesMax} bytes.`);
}
