// Where the statements of a policy stand in its text, for people who look for the one that decided.
import { isMap, isSeq, LineCounter, parseDocument } from 'yaml';

export interface Place {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export interface Extent {
  readonly start: Place;
  readonly end: Place;
}

/** One for each statement, in order; empty for a text that is no policy. JSON is YAML. */
export function statementExtents(text: string): readonly Extent[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent' });
  const statement: unknown = isMap(document.contents) ? document.contents.get('Statement', true) : undefined;
  const nodes: readonly unknown[] = isSeq(statement) ? statement.items : [statement];
  return nodes.flatMap((node) => {
    if (!isMap(node) || node.range === undefined || node.range === null) return [];
    const [start, end] = node.range;
    return [{ start: placeOf(lines, start), end: placeOf(lines, end) }];
  });
}

function placeOf(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
