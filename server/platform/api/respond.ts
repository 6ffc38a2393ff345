// Writes an answer.
import type { ServerResponse } from 'node:http';
import type { WireAnswer } from './protocols/wire.ts';

export function send(response: ServerResponse, requestId: string, answer: WireAnswer, close = false): void {
  if (response.destroyed) return;
  // A text goes out with the head in one write.
  const { body } = answer;
  if (close) response.shouldKeepAlive = false;
  // What nobody read is thrown away as it comes (the listener bounds how long), so that the answer is not lost in a reset.
  else if (!response.req.complete) response.req.resume();
  response.writeHead(answer.status, {
    'x-amzn-requestid': requestId,
    ...answer.headers,
    ...(answer.status === 204 ? {} : { 'content-length': Buffer.isBuffer(body) ? body.length : Buffer.byteLength(body) }),
  });
  response.end(body);
}

/** What AWS answers to a request that is nobody's (real-aws-facts W7). */
export function answerNothing(): WireAnswer {
  return { status: 404, headers: { 'content-type': 'application/xml' }, body: '<UnknownOperationException/>' };
}
