// Where a command writes: whole lines on standard output and standard error, and at most one bar below them, drawn on standard error
// at most ten times a second. Invariant: the bar is taken away before a line is written to a terminal, so it never stands in one.
import type { Clock } from '../clock.ts';
import type { Host, OutputStream } from '../host.ts';
import { isRich, palette } from './palette.ts';
import type { Palette } from './palette.ts';
import { colouredText, jsonLine, plainText } from './untrusted-text.ts';

export interface Side {
  readonly palette: Palette;
  readonly isTerminal: boolean;
  /** What a stranger wrote: as it is where no terminal reads it, else made safe. */
  safe(text: string): string;
}

/** Ten a second: an eye sees no more, and a slow line is not filled by it. */
const DRAW_PERIOD_MS = 100;
const ERASE_LINE = '\r\x1b[K';
const COLUMNS_DEFAULT = 80;

export class Screen {
  readonly out: Side;
  readonly err: Side;
  /** True once the reader of standard output has gone: nothing more need be told. */
  readonly outputGone: AbortSignal;
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  readonly #clock: Clock;
  readonly #canDraw: boolean;
  #bar: ((columns: number) => string) | undefined;
  #drawn = '';
  #drawnAt = -Infinity;
  #stopDrawing: (() => void) | undefined;
  #full = false;

  constructor({ stdout, stderr, clock, env }: Pick<Host, 'stdout' | 'stderr' | 'clock' | 'env'>) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#clock = clock;
    this.#canDraw = isRich(stderr, env);
    this.out = side(stdout, env);
    this.err = side(stderr, env);
    const gone = new AbortController();
    this.outputGone = gone.signal;
    stdout.on('error', (error) => gone.abort(error));
    stderr.on('error', () => undefined);
  }

  /** Without its line end. */
  print(line: string): void {
    this.#write(this.#stdout, `${line}\n`);
  }

  printJson(value: Readonly<Record<string, unknown>>): void {
    this.print(jsonLine(value));
  }

  /** Bytes or text as they are, for standard output that is no terminal. */
  printRaw(data: string | Uint8Array): void {
    this.#write(this.#stdout, data);
  }

  note(line: string): void {
    this.#write(this.#stderr, `${line}\n`);
  }

  noteRaw(data: string | Uint8Array): void {
    this.#write(this.#stderr, data);
  }

  /** What the bar says from now on, given the columns that it may take; undefined takes it away. */
  showBar(bar: ((columns: number) => string) | undefined): void {
    if (!this.#canDraw) return;
    this.#bar = bar;
    if (bar === undefined) {
      this.#stopDrawing?.();
      this.#stopDrawing = undefined;
      this.#erase();
      return;
    }
    this.#stopDrawing ??= this.#clock.every(DRAW_PERIOD_MS, () => this.#draw());
    this.#draw();
  }

  /** Resolves when what was written has room: a slow reader slows the command line, not its memory. */
  async settle(): Promise<void> {
    if (!this.#full || this.outputGone.aborted) return;
    await new Promise<void>((resolve) => {
      this.#stdout.once('drain', resolve);
      this.outputGone.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#full = false;
  }

  #write(stream: OutputStream, data: string | Uint8Array): void {
    if (stream.isTTY === true) this.#erase();
    const hasRoom = stream.write(data);
    if (stream === this.#stdout) this.#full = !hasRoom;
  }

  #erase(): void {
    if (this.#drawn === '') return;
    this.#stderr.write(ERASE_LINE);
    this.#drawn = '';
  }

  #draw(): void {
    const now = this.#clock.elapsedMs();
    if (this.#bar === undefined || now - this.#drawnAt < DRAW_PERIOD_MS) return;
    // The last column stays free: a full line makes some terminals go to the next one.
    const text = this.#bar((this.#stderr.columns ?? COLUMNS_DEFAULT) - 1);
    if (text === this.#drawn) return;
    this.#stderr.write(ERASE_LINE + text);
    this.#drawn = text;
    this.#drawnAt = now;
  }
}

function side(stream: OutputStream, env: Readonly<Record<string, string | undefined>>): Side {
  const isTerminal = stream.isTTY === true;
  const colours = isRich(stream, env);
  const safe = colours ? colouredText : plainText;
  return { palette: palette(colours), isTerminal, safe: isTerminal ? safe : (text) => text };
}
