// TLS of the listener: what the composition root imports.
export { openServerTls, readOperatorCertificate } from './server-tls.ts';
export type { ServerCertificate, ServerTls, ServerTlsOptions } from './server-tls.ts';
