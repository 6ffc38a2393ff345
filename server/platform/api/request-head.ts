// The head of a request as the rest of the front door sees it. Repeated headers are joined by `,` as SigV4 wants them.
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { RequestHead } from '../access/authenticator.ts';

export function readHead(request: IncomingMessage, receivedAt: Date): RequestHead {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? '').toLowerCase();
    const value = request.rawHeaders[index + 1] ?? '';
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  return {
    method: request.method ?? 'GET',
    rawPath: mark === -1 ? url : url.slice(0, mark),
    rawQuery: mark === -1 ? '' : url.slice(mark + 1),
    headers,
    sourceIp: addressOf(request.socket.remoteAddress ?? ''),
    receivedAt,
    plaintext: (request.socket as Partial<TLSSocket>).encrypted !== true,
  };
}

/** IPv4 in IPv6's clothes is IPv4. */
function addressOf(remote: string): string {
  return remote.startsWith('::ffff:') ? remote.slice('::ffff:'.length) : remote;
}
