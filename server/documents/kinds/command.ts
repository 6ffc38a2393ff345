// Command: what agents run (schemas 1.2, 2.0, 2.2). Policy: what they apply again and again, which takes steps (2.0 on).
import { DocumentError } from '@muster/protocol/document-error.ts';
import { parseDocument } from '@muster/protocol/document-parse.ts';
import type { SsmDocument } from '@muster/protocol/document.ts';
import { commandWarnings } from './command-warnings.ts';
import type { CheckedContent, DocumentKind } from './kind.ts';
import { describeParameters, patternWarnings, requirePossible } from './parameters.ts';
import { platformsOf } from './plugins.ts';

export const command: DocumentKind = { formats: ['JSON', 'YAML'], check: (content) => checked(parseDocument(content)) };

export const policy: DocumentKind = {
  formats: ['JSON', 'YAML'],
  check(content) {
    const document = parseDocument(content);
    if (document.schemaVersion === '1.2')
      throw new DocumentError(
        'InvalidDocumentSchemaVersion',
        'Document schema version, 1.2, is not supported by documents of type Policy: use one of 2.0, 2.2',
        '/schemaVersion',
      );
    return checked(document);
  },
};

function checked(document: SsmDocument): CheckedContent {
  requirePossible(document.parameters);
  return {
    schemaVersion: document.schemaVersion,
    description: document.description,
    parameters: describeParameters(document.parameters),
    platformTypes: platformsOf(document),
    warnings: [...document.warnings, ...commandWarnings(document), ...patternWarnings(document.parameters)],
    runnable: document,
  };
}
