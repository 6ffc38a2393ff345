// Whether a Host or an Origin names this machine by loopback. A web page in a browser on this machine can reach a loopback listener, and by
// a DNS name of its own that leads here even read the answers; but it can choose neither header. Pure.

const NAME = /^(?:(?:[a-z0-9-]+\.)*localhost\.?|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && NAME.test(host);
}

/** What every page's request carries that could change something; calls of tools carry neither. */
export function isFromForeignPage(headers: ReadonlyMap<string, string>): boolean {
  const origin = headers.get('origin');
  if (headers.get('sec-fetch-site') === 'cross-site') return true;
  return origin !== undefined && !isLoopbackHost(/^https?:\/\/(.+)$/.exec(origin)?.[1]);
}
