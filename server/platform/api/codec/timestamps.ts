// Timestamps on the wire: epoch seconds with milliseconds as fraction, ISO 8601, and the HTTP date of headers. Pure.
import type { TimestampFormat } from '../models/service-model.ts';

/** What a Date can hold. */
const EPOCH_SECONDS_MAX = 8.64e12;

export function dateOfEpochSeconds(seconds: number): Date | undefined {
  if (!Number.isFinite(seconds) || Math.abs(seconds) > EPOCH_SECONDS_MAX) return undefined;
  return new Date(Math.round(seconds * 1000));
}

const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)$/;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** A text in any of the three forms; undefined when it is none. */
export function dateOfText(text: string): Date | undefined {
  if (/^-?\d{1,13}(?:\.\d{1,9})?$/.test(text)) return dateOfEpochSeconds(Number(text));
  if (!ISO_8601.test(text) && !HTTP_DATE.test(text)) return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function timestampText(date: Date, format: TimestampFormat): string | number {
  if (format === 'unixTimestamp') return date.getTime() / 1000;
  if (format === 'rfc822') return date.toUTCString();
  const text = date.toISOString();
  // AWS leaves the fraction away where there is none.
  return text.endsWith('.000Z') ? `${text.slice(0, -'.000Z'.length)}Z` : text;
}
