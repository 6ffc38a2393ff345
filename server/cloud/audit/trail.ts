// A trail: its name, its ARN, what it selects, and the files that it delivers. Pure.
//
//   CreateTrail ──> stopped ── StartLogging ──> logging ── StopLogging ──> stopped      DeleteTrail from either
import { hash } from 'node:crypto';
import type { EventSelector } from '../../platform/api/models/cloudtrail.types.gen.ts';
import type { Region, Scope } from '../../platform/ids.ts';
import { eventIdOf, type JournalRecord } from '../../platform/journal/index.ts';
import { isReadOnly } from './cloud-trail-event.ts';
import type { TrailRow } from './tables.ts';

/** As in AWS: per region. */
export const TRAILS_MAX = 5;
const NAME_MIN = 3;
const NAME_MAX = 128;
const PREFIX_MAX = 200;

export const DEFAULT_SELECTORS: readonly EventSelector[] = [
  { ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [], ExcludeManagementEventSources: [] },
];

export function trailArn({ account, region }: Scope, name: string): string {
  return name.startsWith('arn:') ? name : `arn:aws:cloudtrail:${region}:${account}:trail/${name}`;
}

/** `home` is undefined when only a name was given. */
export function askedTrail(
  nameOrArn: string,
): { readonly name: string; readonly home: Region | undefined; readonly account: string | undefined } | undefined {
  if (!nameOrArn.startsWith('arn:')) return { name: nameOrArn, home: undefined, account: undefined };
  const found = /^arn:aws:cloudtrail:([a-z0-9-]+):(\d{12}):trail\/(.+)$/.exec(nameOrArn);
  if (found === null) return undefined;
  return { name: found[3] ?? '', home: found[1] as Region, account: found[2] };
}

/** Why it cannot be a trail's name, in AWS's words. */
export function whyNotName(name: string): string | undefined {
  if (name.length < NAME_MIN)
    return `Trail name too short. Minimum allowed length: ${NAME_MIN} characters. Specified name length: ${name.length} characters.`;
  if (name.length > NAME_MAX)
    return `Trail name too long. Maximum allowed length: ${NAME_MAX} characters. Specified name length: ${name.length} characters.`;
  if (!/^[A-Za-z0-9]/.test(name)) return 'Trail name must starts with a letter or number.';
  if (!/[A-Za-z0-9]$/.test(name)) return 'Trail name must ends with a letter or number.';
  if (!/^[A-Za-z0-9._-]+$/.test(name))
    return 'Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).';
  return undefined;
}

export function isPrefix(prefix: string): boolean {
  const parts = prefix.split('/');
  return (
    prefix.length <= PREFIX_MAX &&
    /^[A-Za-z0-9!_.*'()/-]+$/.test(prefix) &&
    parts.every((part) => !['', '.', '..'].includes(part))
  );
}

export function selectorsOf({ selectors }: Pick<TrailRow, 'selectors'>): readonly EventSelector[] {
  // Written by PutEventSelectors from exactly this type.
  return selectors === null ? DEFAULT_SELECTORS : (JSON.parse(selectors) as EventSelector[]);
}

export function isSelected(selectors: readonly EventSelector[], record: JournalRecord): boolean {
  return selectors.some((selector) => {
    if (selector.IncludeManagementEvents === false) return false;
    if ((selector.ExcludeManagementEventSources ?? []).includes(record.eventSource)) return false;
    const kind = selector.ReadWriteType ?? 'All';
    return kind === 'All' || (kind === 'ReadOnly') === isReadOnly(record);
  });
}

/** Of global services; only trails that include them deliver these. */
const GLOBAL_SOURCES = new Set(['iam.amazonaws.com', 'sts.amazonaws.com']);

export function isGlobal({ eventSource }: Pick<JournalRecord, 'eventSource'>): boolean {
  return GLOBAL_SOURCES.has(eventSource);
}

/**
 * AWS's layout. The name follows from the first record: a file that is delivered again, with more records perhaps, takes the place of the
 * first, so that no record stands in two files.
 */
export function fileKey(prefix: string | null, first: JournalRecord): string {
  const { account, region, at } = first;
  const time = at.toISOString().slice(0, 16).replaceAll(/[-:]/g, '');
  const [year, month, day] = at.toISOString().slice(0, 10).split('-');
  const unique = hash('sha256', eventIdOf(first), 'base64url').replaceAll(/[-_]/g, '0').slice(0, 16);
  const head = prefix === null || prefix === '' ? '' : `${prefix}/`;
  const name = `${account}_CloudTrail_${region}_${time}Z_${unique}.json.gz`;
  return `${head}AWSLogs/${account}/CloudTrail/${region}/${year}/${month}/${day}/${name}`;
}
