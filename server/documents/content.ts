// Content as it was given (JSON, YAML or other text) -> what it means as a document of its type, and back into either format. The text
// itself is stored verbatim: the hash is over it. What is wrong ends in a ContentError that names rule and line.
import { createHash } from 'node:crypto';
import { DocumentError } from '@muster/protocol/document-error.ts';
import { requireJson } from '@muster/protocol/document-shape.ts';
import { parseDocument } from '@muster/protocol/document-parse.ts';
import type { SsmDocument } from '@muster/protocol/document.ts';
import { stringify } from 'yaml';
import type { DocumentType } from '../platform/api/models/ssm.types.gen.ts';
import { kindOf } from './kinds/index.ts';
import type { CheckedContent, ContentFormat } from './kinds/kind.ts';
import { ContentError, located, locatorOf, toValue } from './source-text.ts';

export { ContentError, toValue } from './source-text.ts';
export type { CheckedContent, ContentFormat } from './kinds/kind.ts';

/** AWS's limit. */
export const CONTENT_BYTES_MAX = 64 * 1024;
/** AWS's bound is nowhere told; more than this nobody reads. */
const STATUS_INFORMATION_CHARACTERS_MAX = 2000;

export function hashContent(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Everything that is asked of content at its creation. */
export function readContent(type: DocumentType, text: string, format: ContentFormat): CheckedContent {
  if (Buffer.byteLength(text, 'utf8') > CONTENT_BYTES_MAX)
    throw new ContentError('MaxDocumentSizeExceeded', 'The size limit of a document is 64 KB.');
  return describeContent(type, text, format);
}

/** Content that passed `readContent` once. */
export function describeContent(type: DocumentType, text: string, format: ContentFormat): CheckedContent {
  const value = toValue(text, format);
  return located(text, format, () => {
    requireJson(value);
    requireStorable(value);
    return kindOf(type).check(value, format);
  });
}

/** What an agent can run: content of Command and Policy that passed `readContent` once. */
export function parse(text: string, format: ContentFormat): SsmDocument {
  const value = toValue(text, format);
  return located(text, format, () => parseDocument(value));
}

/** The warnings as DescribeDocument tells them, each with its line. */
export function statusInformationOf(warnings: CheckedContent['warnings'], text: string, format: ContentFormat): string {
  if (warnings.length === 0) return '';
  const locate = locatorOf(text, format);
  let told = '';
  for (const [index, { message, place }] of warnings.entries()) {
    const found = locate(place);
    const sentence = found === undefined ? message : `${message.replace(/\.$/, '')} (${found}).`;
    if (told.length + sentence.length > STATUS_INFORMATION_CHARACTERS_MAX)
      return `${told} And ${warnings.length - index} more.`.trim().slice(0, STATUS_INFORMATION_CHARACTERS_MAX + 100);
    told = told === '' ? sentence : `${told} ${sentence}`;
  }
  return told;
}

/** Written as an escape (\u0000) it passes where the text of a request is looked at. PostgreSQL keeps neither. */
function requireStorable(content: unknown): void {
  let found = false;
  JSON.stringify(content, (key, value: unknown) => {
    for (const text of [key, value])
      if (typeof text === 'string' && (text.includes('\u0000') || !text.isWellFormed())) found = true;
    return value;
  });
  if (found)
    throw new DocumentError(
      'InvalidDocumentContent',
      'The content holds a NUL character or half a surrogate pair, which no script can be given.',
      '/',
    );
}

/** The content in the format wanted: verbatim where it is that already. Text is converted into nothing, and nothing into text. */
export function convert(text: string, from: ContentFormat, to: ContentFormat): string | undefined {
  if (from === to) return text;
  if (from === 'TEXT' || to === 'TEXT') return undefined;
  const value = toValue(text, from);
  if (to === 'JSON') return JSON.stringify(value, null, 2);
  const yaml = stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
  // At the very beginning it would be read as a byte order mark, and the first key would lose it.
  return yaml.startsWith('\ufeff') ? `---\n${yaml}` : yaml;
}
