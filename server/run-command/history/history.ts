// How history is listed: newest first, page after page, in bounded time whatever is stored. A list walks an index in order and drops what a
// filter rejects; where no index knows the filter, it takes WALK_COST_MAX steps at most and hands out what it found, with a token (as AWS
// does): a page may be short, or empty, and still have a next one. Pure but for the reading that it is given.
import type { CommandState, InvocationState } from '../command.ts';

/** Steps one page takes, at most, when a filter rejects nearly all that it sees: some ten milliseconds. */
const WALK_COST_MAX = 4_000;
/** Steps that a row costs which is looked up in its table; an entry of an index costs one. */
const LOOKUP_COST = 4;
/** Rows read at once on such a walk, at most and at least; the first read is as long as the page. */
const WALK_CHUNK_MAX = 500;
const WALK_CHUNK_MIN = 8;

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

export interface Accepted<Row> {
  readonly rows: readonly Row[];
  readonly lookedUp: number;
}

/** The first `limit` rows that `accept` lets through. `read` answers up to so many entries after a position, in order. */
export async function walkPage<Entry extends Placed, Row extends Placed>(
  read: (after: Position | undefined, count: number) => Promise<readonly Entry[]>,
  accept: (entries: readonly Entry[]) => Promise<Accepted<Row>>,
  after: Position | undefined,
  limit: number,
): Promise<Page<Row>> {
  const found: Row[] = [];
  let at = after;
  let cost = 0;
  let count = limit + 1;
  for (;;) {
    const entries = await read(at, count);
    const { rows, lookedUp } = await accept(entries);
    found.push(...rows);
    if (found.length > limit) return pageOf(found, limit);
    const last = entries.at(-1);
    if (last === undefined || entries.length < count) return { rows: found, next: undefined };
    at = positionOf(last);
    cost += entries.length + lookedUp * LOOKUP_COST;
    if (cost >= WALK_COST_MAX) return { rows: found, next: at };
    count = nextChunk(limit + 1 - found.length, rows.length / entries.length, count);
  }
}

/** As many as will probably fill the page: reading far beyond it would cost more than the page itself. */
function nextChunk(missing: number, shareAccepted: number, last: number): number {
  const guess = shareAccepted === 0 ? last * 4 : Math.ceil((missing * 1.5) / shareAccepted);
  return Math.min(WALK_CHUNK_MAX, Math.max(WALK_CHUNK_MIN, guess));
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
