// The text of content and the value that it means, and back from a place in the value to the line and column of the text. Hostile text
// ends in a ContentError; YAML aliases cannot multiply.
import { DocumentError } from '@muster/protocol/document-error.ts';
import type { DocumentErrorCode, Place } from '@muster/protocol/document-error.ts';
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, Node } from 'yaml';
import type { ContentFormat } from './kinds/kind.ts';

/** Hand-written documents repeat a few blocks; an alias bomb needs many. */
const YAML_ALIASES_MAX = 100;
/** Of what YAML with aliases means, as JSON: each node is sent it. Four times what the text may have. */
const MEANT_CHARACTERS_MAX = 256 * 1024;

export class ContentError extends Error {
  readonly code: DocumentErrorCode | 'MaxDocumentSizeExceeded';

  constructor(code: ContentError['code'], message: string) {
    super(message);
    this.name = 'ContentError';
    this.code = code;
  }
}

/** `TEXT` means itself. */
export function toValue(text: string, format: ContentFormat): unknown {
  if (format === 'TEXT') return text;
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
  const lines = new LineCounter();
  const parsed = parseDocument(text, {
    schema: 'core',
    strict: true,
    // The parser compares each key with all others: a document of many keys would take seconds. Looked after below.
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
    logLevel: 'silent',
    merge: true,
  });
  const [first] = parsed.errors;
  if (first !== undefined) throw malformed(first.code, lines, first.pos[0]);
  let aliases = 0;
  visit(parsed, {
    Alias: () => void (aliases += 1),
    Map(_key, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) throw malformed('DUPLICATE_KEY', lines, key.range?.[0] ?? 0);
        seen.add(key.value);
      }
    },
  });
  if (aliases > YAML_ALIASES_MAX)
    throw new ContentError('InvalidDocumentContent', `YAML content has more than ${YAML_ALIASES_MAX} aliases.`);
  const value = meaningOf(parsed);
  if (aliases > 0 && jsonCharacters(value) > MEANT_CHARACTERS_MAX)
    throw new ContentError(
      'InvalidDocumentContent',
      `YAML content has more than ${MEANT_CHARACTERS_MAX} characters when its aliases are written out: repeat less.`,
    );
  return value;
}

/** 0 for what leads back to itself: its depth is refused later. */
function jsonCharacters(value: unknown): number {
  try {
    return JSON.stringify(value).length;
  } catch {
    return 0;
  }
}

function meaningOf(parsed: Document.Parsed): unknown {
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

function malformed(code: string, lines: LineCounter, offset: number): ContentError {
  const { line, col } = lines.linePos(offset);
  return new ContentError('InvalidDocumentContent', `YAML not well-formed. at Line: ${line}, Column: ${col} (${code})`);
}

/** `Line: 3, Column: 7`, as AWS writes it, of a place; undefined in text that has no places. The text is read anew, once. */
export type Locate = (place: Place) => string | undefined;

export function locatorOf(text: string, format: ContentFormat): Locate {
  if (format === 'TEXT') return () => undefined;
  const lines = new LineCounter();
  let parsed: Document.Parsed | undefined;
  return (place) => {
    parsed ??= parseDocument(text, { lineCounter: lines, uniqueKeys: false, strict: false, logLevel: 'silent', merge: true });
    const offset = offsetOf(parsed, place);
    if (offset === undefined) return undefined;
    const { line, col } = lines.linePos(offset);
    return `Line: ${line}, Column: ${col}`;
  };
}

/** Of the key where there is one, else of the value; of what is around it where the text has no such part (a merged or made-up one). */
function offsetOf(parsed: Document.Parsed, place: Place): number | undefined {
  let node: unknown = parsed.contents;
  let offset = isNode(node) ? startOf(node) : undefined;
  for (const segment of segmentsOf(place)) {
    if (isAlias(node)) node = node.resolve(parsed);
    let next: unknown;
    let start: number | undefined;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === segment);
      next = pair?.value;
      start = isNode(pair?.key) ? startOf(pair.key) : undefined;
    } else if (isSeq(node)) {
      next = node.items[Number(segment)];
      start = isNode(next) ? startOf(next) : undefined;
    }
    if (start === undefined) return offset;
    offset = start;
    node = next;
  }
  return offset;
}

function startOf(node: Node): number | undefined {
  return node.range?.[0];
}

function segmentsOf(place: Place): string[] {
  return place === '/'
    ? []
    : place
        .slice(1)
        .split('/')
        .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Runs what may find the content wrong, and names the line where it does. */
export function located<Result>(text: string, format: ContentFormat, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    const found = locatorOf(text, format)(error.place);
    throw new ContentError(error.code, found === undefined ? error.message : `${error.message.replace(/\.$/, '')} at ${found}`);
  }
}
