// The reserved path /downloads/: attachments for nodes, which fetch them unsigned, and the bytes of uploads. Permission is the capability in
// the URL, checked before anything else. Bodies pass through in chunks and are never held; what answers here is never run by a browser.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AttachmentDownloads, Download, ReadyUpload, Refusal } from '../documents/index.ts';
import { createPlaces } from './places.ts';
import type { Places } from './places.ts';
import type { Clock, Timer } from '../platform/time/clock.ts';

export type DownloadsHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface DownloadsOptions {
  readonly attachments: AttachmentDownloads;
  readonly clock: Clock;
  /** Default `DOWNLOADS_MAX`, `UPLOADS_MAX`. */
  readonly downloadsMax?: number;
  readonly uploadsMax?: number;
}

/** At once, each with an open file and a few chunks of 64 KB: a fleet that installs a package waits in line, which costs little. */
const DOWNLOADS_MAX = 256;
/** At once; people and pipelines upload, nodes do not. */
const UPLOADS_MAX = 32;
/** One address has at most this part of the places: a node, or all nodes behind one router. */
const EACH_SHARE = 1 / 4;
/** Those who wait: as many as there may be connections. */
const WAITING_MAX = 20_000;
/** A peer that neither takes nor sends a byte for so long has gone. */
const STALL_MS = 30_000;
/** Of a refused body: thrown away as it comes, so that the answer is not lost in a reset. Larger ones meet a closed connection. */
const DISCARDED_BYTES_MAX = 16 * 1024 * 1024;
/** More is no URL of ours. */
const URL_CHARACTERS_MAX = 2048;

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "sandbox; default-src 'none'",
  'x-content-type-options': 'nosniff',
} as const;

export function createDownloads(options: DownloadsOptions): DownloadsHandler {
  const { attachments, clock } = options;
  const placesFor = (max: number): Places => createPlaces({ max, eachMax: Math.ceil(max * EACH_SHARE), waitingMax: WAITING_MAX });
  const downloading = placesFor(options.downloadsMax ?? DOWNLOADS_MAX);
  const uploading = placesFor(options.uploadsMax ?? UPLOADS_MAX);

  return async (request, response) => {
    const url = request.url ?? '';
    const [path = '', query = ''] = url.length > URL_CHARACTERS_MAX ? [] : url.split(/\?(.*)/s, 2);
    const method = request.method ?? '';
    if (method === 'GET' || method === 'HEAD') {
      const found = await attachments.findDownload(path, new URLSearchParams(query));
      if ('status' in found) refuse(request, response, found);
      else await inPlace(downloading, request, response, () => sendDownload(clock, request, response, found));
    } else if (method === 'PUT') {
      const found = await attachments.findUpload(path, new URLSearchParams(query));
      if ('status' in found) refuse(request, response, found);
      else await inPlace(uploading, request, response, () => takeUpload(clock, request, response, found));
    } else refuse(request, response, { status: 405, sentence: 'Use GET for a download, PUT for an upload.' });
  };
}

async function inPlace(
  places: Places,
  request: IncomingMessage,
  response: ServerResponse,
  work: () => Promise<void>,
): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.once('close', leave);
  const peer = request.socket.remoteAddress ?? '';
  const place = await places.enter(peer, gone.signal);
  try {
    if (place === 'full') refuse(request, response, { status: 503, sentence: 'Too many transfers wait. Try again later.' });
    else if (place === 'entered' && !response.destroyed) await work();
  } finally {
    if (place === 'entered') places.leave(peer);
    response.removeListener('close', leave);
  }
}

async function sendDownload(clock: Clock, request: IncomingMessage, response: ServerResponse, found: Download): Promise<void> {
  const { name, sha256, sizeBytes } = found.attachment;
  const bytes = await found.open();
  if ('status' in bytes) return refuse(request, response, bytes);
  const etag = `"${sha256}"`;
  const isKnown = request.headers['if-none-match'] === etag;
  response.writeHead(isKnown ? 304 : 200, {
    ...HEADERS,
    etag,
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${name}"`,
    ...(isKnown ? {} : { 'content-length': sizeBytes }),
  });
  try {
    if (isKnown || request.method === 'HEAD') return void response.end();
    for await (const chunk of bytes) if (!response.write(chunk) && !(await drained(clock, response))) return;
    response.end();
  } finally {
    bytes.destroy();
    // Cut short, which the length tells: a half body must not look whole.
    if (!response.writableEnded) response.destroy();
  }
}

/** False when the peer went away, or took nothing for too long. */
async function drained(clock: Clock, response: ServerResponse): Promise<boolean> {
  if (response.destroyed) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const took = (): void => resolve(true);
  const gone = (): void => resolve(false);
  const timer = clock.setTimer(STALL_MS, gone);
  response.once('drain', took).once('close', gone);
  try {
    return await promise;
  } finally {
    timer.cancel();
    response.removeListener('drain', took).removeListener('close', gone);
  }
}

async function takeUpload(clock: Clock, request: IncomingMessage, response: ServerResponse, found: ReadyUpload): Promise<void> {
  const announced = request.headers['content-length'];
  if (announced !== undefined && Number(announced) !== found.sizeBytes) {
    const sentence = `The upload was announced with ${found.sizeBytes} bytes, this body has ${Number(announced)}.`;
    return refuse(request, response, { status: 400, sentence });
  }
  if (found.stored) return answer(request, response, 200, 'The bytes are here already.');
  const refusal = await found.store(bodyOf(clock, request)).catch((cause: unknown) => {
    // Half an upload: nobody is there to answer, and nothing was kept.
    if (request.destroyed && !request.complete) return undefined;
    throw cause;
  });
  if (request.destroyed && !request.complete) response.destroy();
  else if (refusal === undefined) answer(request, response, 200, 'Stored.');
  else refuse(request, response, refusal);
}

/** The body, as long as it keeps coming. Whoever stops reading it leaves the connection to be answered on. */
async function* bodyOf(clock: Clock, request: IncomingMessage): AsyncGenerator<Buffer> {
  const watch = (): Timer => clock.setTimer(STALL_MS, () => request.destroy());
  let timer = watch();
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      timer.cancel();
      yield chunk as Buffer;
      timer = watch();
    }
  } finally {
    timer.cancel();
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, { status, sentence }: Refusal): void {
  answer(request, response, status, sentence);
}

function answer(request: IncomingMessage, response: ServerResponse, status: number, sentence: string): void {
  const text = `${sentence}\n`;
  if (!request.complete) {
    if (Number(request.headers['content-length'] ?? Infinity) > DISCARDED_BYTES_MAX) response.shouldKeepAlive = false;
    else request.resume();
  }
  response.writeHead(status, {
    ...HEADERS,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}
