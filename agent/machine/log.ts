// Structured logs: one JSON object a line. Fields never hold secrets: no credentials, tokens, scripts, parameters or outputs.
import { errorCode } from './error-code.ts';

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields, cause?: unknown): void;
}

export function createLog(write: (line: string) => void, now: () => Date): Log {
  const line = (level: string, message: string, fields: LogFields = {}): void =>
    write(`${JSON.stringify({ time: now().toISOString(), level, message, ...fields })}\n`);
  return {
    info: (message, fields) => line('info', message, fields),
    warn: (message, fields) => line('warn', message, fields),
    error: (message, fields, cause) =>
      line('error', message, cause === undefined ? fields : { ...fields, cause: describeError(cause) }),
  };
}

/** The message with those of its causes: enough for an operator, no stack of ours in a one-line report. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = errorCode(error);
  const own = error.message === '' ? (code ?? error.name) : error.message;
  return error.cause === undefined ? own : `${own}: ${describeError(error.cause)}`;
}
