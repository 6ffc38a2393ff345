// A job's content as the runner wants it: the document parsed, the parameters with their defaults.
import { parseCommandPayload } from '@muster/protocol/channel.ts';
import type { SsmDocument } from '@muster/protocol/document.ts';
import { parseDocument } from '@muster/protocol/document-parse.ts';
import { effectiveValues } from './substitution.ts';
import type { Values } from './substitution.ts';

export interface JobDocument {
  readonly commandId: string;
  /** Undefined for a file inside of another document. */
  readonly documentName: string | undefined;
  readonly document: SsmDocument;
  readonly values: Values;
}

/** Throws ProtocolError when the content is no command, DocumentError when its document is none. */
export function parseJobDocument(content: string): JobDocument {
  const payload = parseCommandPayload(content);
  const document = parseDocument(payload.documentContent);
  return {
    commandId: payload.commandId,
    documentName: payload.documentName,
    document,
    values: effectiveValues(document.parameters, payload.parameters),
  };
}
