// Readers that several kinds share, in the words of the protocol's parser.
import { below, DocumentError, quoted, refuse } from '@muster/protocol/document-error.ts';
import type { DocumentWarning, Place } from '@muster/protocol/document-error.ts';
import { asString, member, requireMembers, wrongType } from '@muster/protocol/document-shape.ts';
import type { JsonObject } from '@muster/protocol/document-shape.ts';

export function requireSchemaVersion(given: JsonObject, type: string, versions: readonly string[]): string {
  requireMembers(given, ['schemaVersion'], '/');
  const version = asString(member(given, 'schemaVersion'), '/schemaVersion');
  if (versions.includes(version)) return version;
  throw new DocumentError(
    'InvalidDocumentSchemaVersion',
    `Document schema version, ${quoted(version).slice(1, -1)}, is not supported by documents of type ${type}: use ${versions.join(', ')}`,
    '/schemaVersion',
  );
}

export function optionalText(given: JsonObject, key: string): string {
  const value = member(given, key);
  return value === undefined || value === null ? '' : asString(value, below('/', key));
}

export function unknownMembers(given: JsonObject, known: readonly string[], place: Place): DocumentWarning[] {
  return Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => ({ message: `Member ${quoted(key)} is unknown and ignored.`, place: below(place, key) }));
}

/** A whole number, or text that is one, or text with a reference whose value is known when it runs. */
export function requireNumberText(value: unknown, min: number, max: number, place: Place): void {
  if (value === undefined || value === '' || (typeof value === 'string' && value.includes('{{'))) return;
  if (typeof value !== 'number' && typeof value !== 'string') wrongType(value, ['integer', 'string'], place);
  const number = typeof value === 'string' && !/^[0-9]{1,15}$/.test(value) ? Number.NaN : Number(value);
  if (!Number.isInteger(number) || number < min || number > max)
    refuse(`instance value (${quoted(value)}) is not a whole number from ${min} to ${max}`, place);
}

/** `true`, `"true"`, or text with a reference. */
export function requireFlag(value: unknown, place: Place): void {
  if (value === undefined || typeof value === 'boolean') return;
  const text = asString(value, place);
  if (!/^(true|false)$/i.test(text) && !text.includes('{{'))
    refuse(`instance value (${quoted(text)}) not found in enum (possible values: [true, false])`, place);
}
