// What both databases have in common below Kysely: a connection that takes SQL and values. SQLite answers at once, PostgreSQL
// later. Values are only what both store alike; anything else is refused before it is sent.
import type { Dialect } from './database.ts';

export interface StatementResult {
  readonly rows: readonly unknown[];
  /** Rows inserted, updated or deleted; undefined for queries. */
  readonly changes: number | undefined;
}

export interface StatementConnection {
  readonly dialect: Dialect;
  /** Throws, or rejects with, StatementFailed. */
  execute(sql: string, parameters: readonly unknown[]): StatementResult | Promise<StatementResult>;
}

/** Rows from arrays: plain objects, so that rows compare equal on every database; blobs as Buffer. */
export function toRow(columns: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (let index = 0; index < columns.length; index += 1) {
    const value = values[index];
    row[columns[index] as string] = value instanceof Uint8Array ? toBuffer(value) : value;
  }
  return row;
}

export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** PostgreSQL's driver turns booleans, dates and objects into text of its own; SQLite's takes a first object for named values. Refuse them. */
export function assertBindable(parameters: readonly unknown[]): void {
  for (let index = 0; index < parameters.length; index += 1) {
    const value = parameters[index];
    const kind = typeof value;
    if (value === null || kind === 'string' || kind === 'number' || kind === 'bigint' || value instanceof Uint8Array) continue;
    throw new TypeError(
      `Parameter ${index + 1} is ${value === undefined ? 'undefined' : kind}: bind text, numbers, bytes or null ` +
        '(times as milliseconds, booleans as 0 or 1, JSON as text).',
    );
  }
}
