// A document in which references to Parameter Store were replaced when it was sent: it is held against its rules again, since what Parameter Store
// holds was not looked at when the document was created.
import { DocumentError } from '@muster/protocol/document-error.ts';
import type { SsmDocument } from '@muster/protocol/document.ts';
import { fail } from '../platform/api/errors.ts';
import { command } from './kinds/command.ts';

/** `document` with `content`; the same where nothing was replaced. Throws ApiError InvalidParameters. */
export function filledIn(document: SsmDocument, content: SsmDocument['content']): SsmDocument {
  if (content === document.content) return document;
  try {
    return command.check(content, 'JSON').runnable ?? document;
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    return fail(
      'InvalidParameters',
      `With the values of its {{ssm:…}} references, the document breaks its own rules: ${error.message}`,
    );
  }
}
