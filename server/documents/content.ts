// Content as it was given (JSON or YAML text) -> the document it means, and back into either format. The text itself is stored verbatim:
// the hash is over it. Hostile text ends in a ContentError; YAML aliases cannot multiply.
import { createHash } from 'node:crypto';
import { DocumentError, parseDocument } from '@muster/protocol/document.ts';
import type { DocumentErrorCode, DocumentParameter, ParameterValue, SsmDocument } from '@muster/protocol/document.ts';
import { isAlias, parseDocument as parseYaml, stringify, visit } from 'yaml';
import { compilePattern } from './pattern.ts';
import { violationOf } from './validate-parameters.ts';

export type ContentFormat = 'JSON' | 'YAML';

/** AWS's limit. */
export const CONTENT_BYTES_MAX = 64 * 1024;
/** Hand-written documents repeat a few blocks; an alias bomb needs many. */
const YAML_ALIASES_MAX = 100;

export class ContentError extends Error {
  readonly code: DocumentErrorCode | 'MaxDocumentSizeExceeded';

  constructor(code: ContentError['code'], message: string) {
    super(message);
    this.name = 'ContentError';
    this.code = code;
  }
}

export function hashContent(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Everything that is asked of content at its creation. */
export function readContent(text: string, format: ContentFormat): SsmDocument {
  if (Buffer.byteLength(text, 'utf8') > CONTENT_BYTES_MAX)
    throw new ContentError('MaxDocumentSizeExceeded', 'The size limit of a document is 64 KB.');
  const document = parse(text, format);
  if (holdsUnstorableText(document.content))
    throw new ContentError(
      'InvalidDocumentContent',
      'The content holds a NUL character or half a surrogate pair, which no script can be given.',
    );
  for (const [name, parameter] of Object.entries(document.parameters)) requirePossible(name, parameter);
  return document;
}

/** Written as an escape (\u0000) it passes where the text of a request is looked at. PostgreSQL keeps neither. */
function holdsUnstorableText(content: SsmDocument['content']): boolean {
  let found = false;
  JSON.stringify(content, (key, value: unknown) => {
    for (const text of [key, value])
      if (typeof text === 'string' && (text.includes('\u0000') || !text.isWellFormed())) found = true;
    return value;
  });
  return found;
}

/** Content that passed `readContent` once. */
export function parse(text: string, format: ContentFormat): SsmDocument {
  try {
    return parseDocument(toValue(text, format));
  } catch (error) {
    if (error instanceof DocumentError) throw new ContentError(error.code, error.message);
    throw error;
  }
}

/** The content in the format wanted: verbatim where it is that already. */
export function convert(text: string, from: ContentFormat, to: ContentFormat): string {
  if (from === to) return text;
  const value = toValue(text, from);
  return to === 'JSON' ? JSON.stringify(value, null, 2) : stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

function toValue(text: string, format: ContentFormat): unknown {
  return format === 'JSON' ? fromJson(text) : fromYaml(text);
}

function fromJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    throw new ContentError('InvalidDocumentContent', `JSON not well-formed.${positionOf(error)}`);
  }
}

/** AWS's form of the place, where the engine tells it. */
function positionOf(error: unknown): string {
  const found = /\(line (\d+) column (\d+)\)/.exec(error instanceof Error ? error.message : '');
  return found === null ? '' : ` at Line: ${found[1]}, Column: ${found[2]}`;
}

function fromYaml(text: string): unknown {
  const parsed = parseYaml(text, {
    schema: 'core',
    strict: true,
    uniqueKeys: true,
    prettyErrors: true,
    logLevel: 'silent',
    merge: true,
  });
  const [first] = parsed.errors;
  if (first !== undefined) {
    const [at] = first.linePos ?? [];
    throw new ContentError(
      'InvalidDocumentContent',
      `YAML not well-formed.${at === undefined ? '' : ` at Line: ${at.line}, Column: ${at.col}`} (${first.code})`,
    );
  }
  let aliases = 0;
  visit(parsed, (_key, node) => {
    if (isAlias(node)) aliases += 1;
  });
  if (aliases > YAML_ALIASES_MAX)
    throw new ContentError('InvalidDocumentContent', `YAML content has more than ${YAML_ALIASES_MAX} aliases.`);
  try {
    const value: unknown = parsed.toJS({ maxAliasCount: YAML_ALIASES_MAX });
    return value;
  } catch (error) {
    throw new ContentError(
      'InvalidDocumentContent',
      `YAML content cannot be read: ${error instanceof Error ? error.message : 'unknown reason'}`,
    );
  }
}

/** A pattern must be one, and the default must be a value that SendCommand would take. */
function requirePossible(name: string, parameter: DocumentParameter): void {
  if (parameter.allowedPattern !== undefined) {
    try {
      compilePattern(parameter.allowedPattern);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown reason';
      throw new ContentError(
        'InvalidDocumentContent',
        `Parameter "${name}": allowedPattern cannot be evaluated in linear time (look-arounds and back-references are not supported): ${reason}`,
      );
    }
  }
  const violation = parameter.default === undefined ? undefined : defaultViolation(name, parameter, parameter.default);
  if (violation !== undefined) throw new ContentError('InvalidDocumentContent', `Default value: ${violation}`);
}

/** An empty default stands for "not given", whatever the pattern says: AWS's own documents use it so. */
function defaultViolation(name: string, parameter: DocumentParameter, value: ParameterValue): string | undefined {
  if (value === '' || (Array.isArray(value) && value.length === 0)) return undefined;
  return violationOf(name, parameter, value);
}
