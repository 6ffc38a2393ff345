// Reading members of a stranger's JSON: each with a type and a length that is checked, none with a NUL (PostgreSQL refuses it).
// Anything else throws ProtocolError.
import { ProtocolError } from './protocol-error.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `what` begins the sentence of a refusal. */
export function jsonObject(source: string, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (cause) {
    throw new ProtocolError(`${what} is not JSON.`, cause);
  }
  if (!isJsonObject(value)) throw new ProtocolError(`${what} is not a JSON object.`);
  return value;
}

/** A string that must be there and not be empty. */
export function text(json: JsonObject, name: string, lengthMax: number): string {
  const value = json[name];
  if (typeof value !== 'string' || value.length === 0 || value.length > lengthMax || value.includes('\0'))
    throw new ProtocolError(`${name} is not a string of 1 to ${lengthMax} characters.`);
  return value;
}

/** A string that may be absent, null or empty. */
export function field(json: JsonObject, name: string, lengthMax: number, absent: string): string {
  const value = json[name];
  if (value === undefined || value === null) return absent;
  if (typeof value !== 'string' || value.length > lengthMax || value.includes('\0'))
    throw new ProtocolError(`${name} is not a string of at most ${lengthMax} characters.`);
  return value;
}

export function wholeNumber(json: JsonObject, name: string, absent: number): number {
  const value = json[name];
  if (value === undefined || value === null) return absent;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new ProtocolError(`${name} is not a whole number.`);
  return value;
}
