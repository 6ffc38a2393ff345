// Pieces of output, told with their offset and at times told twice, to lines: each byte of a step's stream is given once, in order. A
// piece that starts further on than the last one ended leaves a gap, which is said.

export interface OutputPiece {
  readonly instanceId: string;
  readonly step: string;
  readonly stream: 'stdout' | 'stderr';
  readonly offset: number;
  readonly data: Uint8Array;
}

export interface OutputLine {
  readonly instanceId: string;
  readonly step: string;
  readonly stream: 'stdout' | 'stderr';
  /** Of its first byte in the stream. */
  readonly offset: number;
  /** Without its line end. */
  readonly text: string;
  /** False: the output ended here, or the line was longer than a line may be and goes on. */
  readonly ended: boolean;
}

interface Gap {
  readonly instanceId: string;
  readonly step: string;
  readonly stream: 'stdout' | 'stderr';
  readonly offset: number;
  readonly missingBytes: number;
}

interface OpenStream {
  readonly piece: Pick<OutputPiece, 'instanceId' | 'step' | 'stream'>;
  /** Where the next byte is expected. */
  next: number;
  rest: Buffer;
}

/** A program may write for ever without a line end: what waits for one is bounded. */
const LINE_BYTES_MAX = 64 * 1024;
const LINE_FEED = 0x0a;

export class OutputLines {
  readonly #streams = new Map<string, OpenStream>();

  /** The first byte that was not accepted yet. */
  next({ instanceId, step, stream }: Pick<OutputPiece, 'instanceId' | 'step' | 'stream'>): number {
    return this.#streams.get(keyOf(instanceId, step, stream))?.next ?? 0;
  }

  accept(piece: OutputPiece): { lines: OutputLine[]; gap: Gap | undefined } {
    const { instanceId, step, stream } = piece;
    const key = keyOf(instanceId, step, stream);
    const open = this.#streams.get(key) ?? { piece: { instanceId, step, stream }, next: 0, rest: Buffer.alloc(0) };
    this.#streams.set(key, open);
    const end = piece.offset + piece.data.length;
    if (end <= open.next) return { lines: [], gap: undefined };
    const missingBytes = piece.offset - open.next;
    // What waited for its line end before a gap will never get it.
    const torn = missingBytes > 0 ? takeRest(open) : [];
    const gap = missingBytes > 0 ? { instanceId, step, stream, offset: open.next, missingBytes } : undefined;
    const fresh = piece.data.subarray(Math.max(0, -missingBytes));
    open.rest = Buffer.concat([open.rest, fresh]);
    open.next = end;
    return { lines: [...torn, ...takeLines(open)], gap };
  }

  /** Lines without an end, of one node or of all. */
  finish(instanceId?: string): OutputLine[] {
    return [...this.#streams.values()]
      .filter((open) => instanceId === undefined || open.piece.instanceId === instanceId)
      .flatMap(takeRest);
  }
}

function keyOf(instanceId: string, step: string, stream: string): string {
  return `${instanceId}/${stream}/${step}`;
}

function takeLines(open: OpenStream): OutputLine[] {
  const lines: OutputLine[] = [];
  let offset = open.next - open.rest.length;
  let from = 0;
  const take = (to: number, ended: boolean): void => {
    lines.push({ ...open.piece, offset, text: open.rest.toString('utf8', from, to), ended });
  };
  for (;;) {
    const at = open.rest.indexOf(LINE_FEED, from);
    if (at === -1 && open.rest.length - from <= LINE_BYTES_MAX) break;
    const ended = at !== -1 && at - from <= LINE_BYTES_MAX;
    const to = ended ? at : characterStart(open.rest, from + LINE_BYTES_MAX);
    take(to, ended);
    const following = ended ? to + 1 : to;
    offset += following - from;
    from = following;
  }
  open.rest = open.rest.subarray(from);
  return lines;
}

function takeRest(open: OpenStream): OutputLine[] {
  if (open.rest.length === 0) return [];
  const line = { ...open.piece, offset: open.next - open.rest.length, text: open.rest.toString(), ended: false };
  open.rest = Buffer.alloc(0);
  return [line];
}

/** The start of the UTF-8 character that `at` lies in. */
function characterStart(bytes: Uint8Array, at: number): number {
  let start = at;
  while (start > at - 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
  return ((bytes[start] ?? 0) & 0xc0) === 0x80 ? at : start;
}
