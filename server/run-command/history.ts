// How history is listed: newest first, page after page, in bounded time whatever is stored. A list walks an index in order and drops what a
// filter rejects; where no index knows the filter, it looks at WALK_ROWS_MAX rows at most and hands out what it found, with a token (as AWS
// does): a page may be short, or empty, and still have a next one. Pure but for the reading that it is given.
import type { CommandState, InvocationState } from './command.ts';

/** Rows one page looks at, at most, when a filter rejects nearly all of them: some ten milliseconds. */
const WALK_ROWS_MAX = 4_000;
/** Rows read at once on such a walk; the first read is as long as the page. */
const WALK_CHUNK = 500;

export interface CommandFilter {
  readonly commandId?: string;
  readonly nodeId?: string;
  readonly states?: readonly CommandState[];
  readonly documentName?: string;
  readonly afterMs?: number;
  readonly beforeMs?: number;
}
export interface InvocationFilter extends Omit<CommandFilter, 'states'> {
  readonly states?: readonly InvocationState[];
}

/** Where the last page ended. Without a node: after all of that command. */
export interface Position {
  readonly at: number;
  readonly commandId: string;
  readonly nodeId: string;
}

export interface Page<Row> {
  readonly rows: Row[];
  /** Undefined: there is no more. */
  readonly next: Position | undefined;
}

export interface Placed {
  readonly requested_at: number;
  readonly command_id: string;
  readonly node_id?: string;
}

export function positionOf(row: Placed): Position {
  return { at: row.requested_at, commandId: row.command_id, nodeId: row.node_id ?? '' };
}

/** Newest first; ties in descending order of their ids. */
export function newestFirst(a: Placed, b: Placed): number {
  return (
    b.requested_at - a.requested_at || descending(a.command_id, b.command_id) || descending(a.node_id ?? '', b.node_id ?? '')
  );
}

function descending(a: string, b: string): number {
  return a < b ? 1 : a > b ? -1 : 0;
}

/** `rows`: one more than the page where there are more. */
export function pageOf<Row extends Placed>(rows: readonly Row[], limit: number): Page<Row> {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, next: rows.length > limit && last !== undefined ? positionOf(last) : undefined };
}

/** The first `limit` rows that `accept` lets through. `read` answers up to so many rows after a position, in order. */
export async function walkPage<Row extends Placed, Out extends Placed>(
  read: (after: Position | undefined, count: number) => Promise<readonly Row[]>,
  accept: (rows: readonly Row[]) => Promise<readonly Out[]>,
  after: Position | undefined,
  limit: number,
): Promise<Page<Out>> {
  const found: Out[] = [];
  let at = after;
  let walked = 0;
  let count = limit + 1;
  for (;;) {
    const rows = await read(at, count);
    found.push(...(await accept(rows)));
    if (found.length > limit) return pageOf(found, limit);
    const last = rows.at(-1);
    if (last === undefined || rows.length < count) return { rows: found, next: undefined };
    at = positionOf(last);
    walked += rows.length;
    if (walked >= WALK_ROWS_MAX) return { rows: found, next: at };
    count = WALK_CHUNK;
  }
}

/** Rows of several ordered reads in one order, each row once. */
export async function merged<Row extends Placed>(
  reads: readonly (() => Promise<readonly Row[]>)[],
  order: (a: Row, b: Row) => number,
  count: number,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const read of reads) rows.push(...(await read()));
  const sorted = reads.length > 1 ? rows.toSorted(order) : rows;
  return sorted.filter((row, index) => index === 0 || order(sorted[index - 1] ?? row, row) !== 0).slice(0, count);
}
