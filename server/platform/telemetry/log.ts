// Structured logs: one JSON object a line on standard error (a person's format where it is a terminal). Each subsystem has a child
// logger. Fields never hold secrets: credentials, tokens, bodies and parameter values are not loggable types by convention and by test.

export type LogFields = Readonly<Record<string, string | number | boolean | undefined | null>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** `cause` is written with its stack and its own causes. */
  error(message: string, fields?: LogFields, cause?: unknown): void;
  child(fields: LogFields): Logger;
}
