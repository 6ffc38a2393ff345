// Writes answers. Those of one turn of the event loop go out together at its end: a caller on this machine is woken once for many of them, which
// saves a fifth of what a small call costs, and whoever waits alone waits no longer than the turn takes. Answers that were held until something was
// durable come many at once: they go out without waiting for what else the turn has to do.
import type { ServerResponse } from 'node:http';
import { afterThis, nextTurn } from '../time/turn.ts';
import type { WireAnswer } from './protocols/wire.ts';

/** `closing`: the connection ends with this answer. `held`: it was ready long ago. */
export type Manner = 'usual' | 'closing' | 'held';

export type Send = (response: ServerResponse, requestId: string, answer: WireAnswer, manner?: Manner) => void;

export function createSend(): Send {
  let ready: { readonly response: ServerResponse; readonly body: WireAnswer['body'] }[] = [];
  const writeAll = (): void => {
    const all = ready;
    ready = [];
    for (const { response, body } of all) if (!response.destroyed) response.end(body);
  };
  let writesHeld = false;
  const writeHeld = (): void => {
    writesHeld = false;
    writeAll();
  };
  return (response, requestId, answer, manner = 'usual') => {
    if (response.destroyed) return;
    writeHead(response, requestId, answer, manner === 'closing');
    // A text goes out with the head in one write.
    if (ready.push({ response, body: answer.body }) === 1) nextTurn(writeAll);
    if (manner !== 'held' || writesHeld) return;
    writesHeld = true;
    afterThis(writeHeld);
  };
}

/** Throws where it cannot be written, before anything is. */
function writeHead(response: ServerResponse, requestId: string, { status, headers, body }: WireAnswer, close: boolean): void {
  if (close) response.shouldKeepAlive = false;
  // What nobody read is thrown away as it comes (the listener bounds how long), so that the answer is not lost in a reset.
  else if (!response.req.complete) response.req.resume();
  const id = { 'x-amzn-requestid': requestId, ...headers };
  if (status === 204) response.writeHead(status, id);
  else response.writeHead(status, { ...id, 'content-length': Buffer.isBuffer(body) ? body.length : Buffer.byteLength(body) });
}

/** What AWS answers to a request that is nobody's (real-aws-facts W7). */
export function answerNothing(): WireAnswer {
  return { status: 404, headers: { 'content-type': 'application/xml' }, body: '<UnknownOperationException/>' };
}
