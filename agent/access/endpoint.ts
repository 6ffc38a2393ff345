// Where the server is. Everything goes to one listener. Plain HTTP is for trying out on one machine: loopback only.

export interface Endpoint {
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** The Host header: with the port unless it is the scheme's own. */
  readonly host: string;
  /** PEM of the CAs to trust; undefined: those that Node trusts. */
  readonly ca: string | undefined;
}

/** Throws a sentence for the person at the command line. */
export function parseEndpoint(text: string, ca: string | undefined): Endpoint {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new Error(`--endpoint must be an https:// address, not '${text}'`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new Error(`--endpoint must be a scheme, a host and a port only, not '${text}'`);
  }
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = url.protocol === 'https:';
  if (!secure && !['localhost', '127.0.0.1', '::1'].includes(hostname)) {
    throw new Error('--endpoint with http:// is accepted for this machine only (127.0.0.1, ::1, localhost): use https://');
  }
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  return { secure, hostname, port, host: url.host, ca };
}
