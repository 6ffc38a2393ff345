// What of a request the journal keeps. Pure. CloudTrail bounds an event at 256 KB and its request parameters at 100 KB; strangers
// choose their user agent and the names in their calls, so every text has a bound.
import type { JournalEntry } from './journal.ts';
import type { UnnumberedRow } from './store.ts';

/** CloudTrail's bound for requestParameters. */
export const PARAMETERS_BYTES_MAX = 100 * 1024;
/** Of parameters above the bound this much is kept: enough to see what it was. */
const PARAMETERS_KEPT_CHARACTERS = 16 * 1024;
const TEXT_CHARACTERS_MAX = 1_024;
/** A call that touches more names the first ones. */
const RESOURCES_MAX = 500;

/** JSON text within the bound: as it is, or its beginning with a mark that it was cut. */
export function boundedParameters(json: string): string {
  const sizeBytes = Buffer.byteLength(json);
  if (sizeBytes <= PARAMETERS_BYTES_MAX) return json;
  // Well-formed: a surrogate that lost its other half would not survive the database.
  const beginning = json.slice(0, PARAMETERS_KEPT_CHARACTERS).toWellFormed();
  return JSON.stringify({ truncated: true, originalSizeBytes: sizeBytes, beginning });
}

export function toRow(entry: JournalEntry): UnnumberedRow {
  return {
    account: entry.account,
    region: entry.region,
    request_id: entry.requestId,
    at: entry.at.getTime(),
    event_source: entry.eventSource,
    event_name: entry.eventName,
    audit_class: entry.auditClass,
    principal: JSON.stringify(entry.principal),
    access_key_id: cut(entry.principal.accessKeyId),
    source_ip: entry.sourceIp,
    user_agent: cut(entry.userAgent),
    request_parameters: boundedParameters(entry.requestParameters),
    resources: JSON.stringify(entry.resources.slice(0, RESOURCES_MAX)),
    error_code: entry.errorCode ?? null,
    error_message: entry.errorMessage === undefined ? null : cut(entry.errorMessage),
  };
}

/** PostgreSQL keeps no NUL in text. */
function cut(text: string): string {
  return text.slice(0, TEXT_CHARACTERS_MAX).toWellFormed().replaceAll('\0', '\uFFFD');
}
