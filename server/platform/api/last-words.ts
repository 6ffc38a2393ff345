// The answer on a raw socket (a refused upgrade, what is no HTTP) and the end of that socket. HTTP servers keep sockets open on their side
// after the peer's end and the other way round: without the destroy, a peer that never ends its own side would keep the socket for ever.
import type { Duplex } from 'node:stream';

export function lastWords(socket: Duplex, text: string): void {
  socket.once('finish', () => socket.destroy());
  socket.end(text);
}
