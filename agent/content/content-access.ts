// What content plugins need of the server: its certificate authority, and documents by name, asked for with the node's role credentials.
import type { SsmClient } from '../access/ssm-client.ts';
import type { CredentialSource } from '../identity/role-credentials.ts';
import { pause } from '../machine/clock.ts';
import type { Clock } from '../machine/clock.ts';

/** A node without credentials waits for them without end; a step does not. */
const CREDENTIALS_WAIT_MS = 30_000;

export interface ContentAccess {
  /** PEM of the server's authority, trusted by downloads beside the machine's own. */
  readonly ca: string | undefined;
  /** The content as JSON text, whatever it was written in. */
  getDocument(name: string, version: string | undefined): Promise<string>;
}

export interface ContentAccessOptions {
  readonly ca: string | undefined;
  readonly ssm: SsmClient;
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export function createContentAccess(options: ContentAccessOptions): ContentAccess {
  const { ssm, clock, signal } = options;
  return {
    ca: options.ca,
    async getDocument(name, version) {
      const waited = pause(clock, CREDENTIALS_WAIT_MS, signal).then(() => undefined);
      const credentials = await Promise.race([options.credentials.get(), waited]);
      if (credentials === undefined) throw new Error('the node has no role credentials to ask for the document with');
      const input = { Name: name, DocumentFormat: 'JSON', ...(version === undefined ? {} : { DocumentVersion: version }) };
      const { Content } = await ssm.call('GetDocument', input, { kind: 'role', credentials });
      if (typeof Content !== 'string') throw new Error(`the answer holds no content of document ${name}`);
      return Content;
    },
  };
}

export interface DocumentReference {
  readonly name: string;
  /** The name alone, also of an ARN: what a file is called after. */
  readonly baseName: string;
  readonly version: string | undefined;
}

/** `Name`, `Name:3`, `arn:aws:ssm:…:document/Name:$LATEST`. Undefined for what names no document. Pure. */
export function parseDocumentReference(text: string): DocumentReference | undefined {
  const match = /^(arn:[^/\s]+:document\/)?([a-zA-Z0-9_.-]{3,128})(?::([0-9]{1,19}|\$LATEST|\$DEFAULT))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, arn = '', baseName = '', version] = match;
  return { name: `${arn}${baseName}`, baseName, version };
}
