// Whom downloads trust: the machine's authorities, Node's, and the server's own. For programs that download and end, as it is set for the
// whole process.
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

export function authorities(ca: string | undefined): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...(ca === undefined ? [] : [ca])])];
}

export function trust(ca: string | undefined): void {
  setDefaultCACertificates(authorities(ca));
}
