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
  // A character takes three bytes at most.
  if (json.length * 3 <= PARAMETERS_BYTES_MAX) return json;
  const sizeBytes = Buffer.byteLength(json);
  if (sizeBytes <= PARAMETERS_BYTES_MAX) return json;
  // Well-formed: a surrogate that lost its other half would not survive the database.
  const beginning = json.slice(0, PARAMETERS_KEPT_CHARACTERS).toWellFormed();
  return JSON.stringify({ truncated: true, originalSizeBytes: sizeBytes, beginning });
}

export function toRow(entry: JournalEntry): UnnumberedRow {
  const { principal, accessKeyId } = principalTexts(entry.principal);
  return {
    account: entry.account,
    region: entry.region,
    request_id: entry.requestId,
    at: entry.at.getTime(),
    event_source: entry.eventSource,
    event_name: entry.eventName,
    audit_class: entry.auditClass,
    principal,
    access_key_id: accessKeyId,
    source_ip: entry.sourceIp,
    user_agent: cut(entry.userAgent),
    request_parameters: boundedParameters(entry.requestParameters),
    resources: resourcesText(entry.resources),
    error_code: entry.errorCode ?? null,
    error_message: entry.errorMessage === undefined ? null : cut(entry.errorMessage),
  };
}

interface PrincipalTexts {
  readonly principal: string;
  readonly accessKeyId: string;
}

/** A principal is one object for as long as its key is remembered: thousands of rows that wait share one text of it, made once. */
const textsOfPrincipals = new WeakMap<JournalEntry['principal'], PrincipalTexts>();

function principalTexts(principal: JournalEntry['principal']): PrincipalTexts {
  const known = textsOfPrincipals.get(principal);
  if (known !== undefined) return known;
  const texts = { principal: JSON.stringify(principal), accessKeyId: cut(principal.accessKeyId) };
  textsOfPrincipals.set(principal, texts);
  return texts;
}

function resourcesText(resources: readonly string[]): string {
  return JSON.stringify(resources.length > RESOURCES_MAX ? resources.slice(0, RESOURCES_MAX) : resources);
}

/** PostgreSQL keeps no NUL in text. */
function cut(text: string): string {
  const kept = (text.length > TEXT_CHARACTERS_MAX ? text.slice(0, TEXT_CHARACTERS_MAX) : text).toWellFormed();
  return kept.includes('\0') ? kept.replaceAll('\0', '\uFFFD') : kept;
}
