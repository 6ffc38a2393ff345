// What content plugins need of the server: its certificate authority, and documents by name, asked for with the node's role credentials.
import type { NodeApi } from '../access/node-api.ts';

export interface ContentAccess {
  /** PEM of the server's authority, trusted by downloads beside the machine's own. */
  readonly ca: string | undefined;
  /** The content as JSON text, whatever it was written in. */
  getDocument(name: string, version: string | undefined): Promise<string>;
}

export interface ContentAccessOptions {
  readonly ca: string | undefined;
  readonly api: NodeApi;
}

export function createContentAccess(options: ContentAccessOptions): ContentAccess {
  return {
    ca: options.ca,
    async getDocument(name, version) {
      const input = { Name: name, DocumentFormat: 'JSON', ...(version === undefined ? {} : { DocumentVersion: version }) };
      const { Content } = await options.api.call('GetDocument', input);
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
