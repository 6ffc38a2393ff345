// Writes structured logs: one line an entry, JSON for machines, a short text for a person's terminal. A line never holds a raw
// control character, so that nothing a stranger sends can forge another entry or drive a terminal.
import { inspect } from 'node:util';
import type { Clock } from '../time/clock.ts';
import type { LogFields, Logger } from './log.ts';

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LEVELS)[number];
export type LogFormat = 'json' | 'text';

export interface LoggerOptions {
  /** Takes one line with its newline. */
  readonly write: (line: string) => void;
  readonly clock: Pick<Clock, 'now'>;
  /** The least important level that is written. */
  readonly level: LogLevel;
  readonly format: LogFormat;
}

/** A single field is cut here: a log line is for reading, and a stranger's header may be long. */
const FIELD_LENGTH_MAX = 2_000;
/** A stack with its causes: enough for three nested errors. */
const CAUSE_LENGTH_MAX = 16_000;

/** Standard error, synchronous on files and pipes; a reader that went away costs the line, not the process. */
export function standardErrorWriter(): (line: string) => void {
  process.stderr.on('error', () => {});
  return (line) => void process.stderr.write(line);
}

export function createLogger(options: LoggerOptions): Logger {
  return loggerWith(options, {});
}

function loggerWith(options: LoggerOptions, inherited: LogFields): Logger {
  const least = LEVELS.indexOf(options.level);
  const render = options.format === 'json' ? jsonLine : textLine;
  const entry = (level: LogLevel, message: string, fields?: LogFields, cause?: unknown): void => {
    if (LEVELS.indexOf(level) < least) return;
    options.write(render(options.clock.now(), level, message, { ...inherited, ...fields }, cause));
  };
  return {
    debug: (message, fields) => entry('debug', message, fields),
    info: (message, fields) => entry('info', message, fields),
    warn: (message, fields) => entry('warn', message, fields),
    error: (message, fields, cause) => entry('error', message, fields, cause),
    child: (fields) => loggerWith(options, { ...inherited, ...fields }),
  };
}

function jsonLine(at: Date, level: LogLevel, message: string, fields: LogFields, cause: unknown): string {
  // The fixed members come after the fields: a field cannot pass itself off as the level or the time.
  const line = { ...cutFields(fields), time: at.toISOString(), level, message: cut(message, FIELD_LENGTH_MAX) };
  return `${JSON.stringify(cause === undefined ? line : { ...line, cause: describe(cause) })}\n`;
}

function textLine(at: Date, level: LogLevel, message: string, fields: LogFields, cause: unknown): string {
  let line = `${at.toISOString().slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${plain(cut(message, FIELD_LENGTH_MAX))}`;
  for (const [key, value] of Object.entries(cutFields(fields))) {
    if (value !== undefined) line += ` ${plain(key)}=${plainValue(value)}`;
  }
  if (cause !== undefined) {
    line += describe(cause)
      .split('\n')
      .map((part) => `\n    ${plain(part)}`)
      .join('');
  }
  return `${line}\n`;
}

function plainValue(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value);
  return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(plain(value));
}

/** Control characters as escapes: C0, DEL, C1 (which some terminals obey), and the line separators of Unicode. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function cutFields(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? cut(value, FIELD_LENGTH_MAX) : value]),
  );
}

function cut(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax)}… (${text.length} characters)`;
}

/** Stack and causes of an error. Its other properties stay out: drivers hang query parameters there. */
function describe(cause: unknown): string {
  const parts: string[] = [];
  let current: unknown = cause;
  for (let depth = 0; depth < 5 && current !== undefined; depth++) {
    const text =
      current instanceof Error ? (current.stack ?? `${current.name}: ${current.message}`) : inspect(current, { depth: 2 });
    parts.push(depth === 0 ? text : `caused by: ${text}`);
    current = current instanceof Error ? current.cause : undefined;
  }
  return cut(parts.join('\n'), CAUSE_LENGTH_MAX);
}
