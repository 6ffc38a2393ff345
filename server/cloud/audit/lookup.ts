// LookupEvents, decided: which records an attribute means, and how many are read to find a page of them.
import type { Event, LookupAttribute } from '../../platform/api/models/cloudtrail.types.gen.ts';
import type { Scope } from '../../platform/ids.ts';
import {
  eventIdOf,
  findRecord,
  type JournalRecord,
  lookUp,
  nameOfArn,
  sequenceOfEventId,
  type TermKind,
  userNameOf,
} from '../../platform/journal/index.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import { cloudTrailEvent, isReadOnly, lookupResources } from './cloud-trail-event.ts';
import type { Audit } from './domain.ts';

export interface LookupRange {
  readonly from: Date;
  readonly to: Date;
  readonly after: Pick<JournalRecord, 'at' | 'sequence'> | undefined;
  readonly limit: number;
}

export interface LookupPage {
  readonly records: readonly JournalRecord[];
  /** Where the next page starts; undefined: there is none. */
  readonly next: Pick<JournalRecord, 'at' | 'sequence'> | undefined;
}

const TERM_KINDS: ReadonlySet<string> = new Set<TermKind>(['EventName', 'Username', 'AccessKeyId', 'ResourceName']);
/** Read at a time; a page may come back short, with a token, before many that do not match have been read. */
const READ_MAX = 200;
const READS_MAX = 5;

export async function lookUpEvents(
  { database, journal }: Pick<Audit, 'database' | 'journal'>,
  scope: Scope,
  attribute: LookupAttribute | undefined,
  range: LookupRange,
): Promise<LookupPage> {
  if (attribute?.AttributeKey === 'EventId') {
    const sequence = sequenceOfEventId(scope, attribute.AttributeValue);
    const found = sequence === undefined ? undefined : await database.read((tx) => findRecord(tx, scope, sequence));
    return { records: found !== undefined && found.at >= range.from && found.at < range.to ? [found] : [], next: undefined };
  }
  const read = (tx: ReadTx, after: LookupRange['after']): Promise<JournalRecord[]> => {
    const page = {
      from: range.from,
      to: range.to,
      limit: attribute === undefined ? range.limit + 1 : READ_MAX,
      ...(after === undefined ? {} : { after }),
    };
    if (attribute === undefined || !TERM_KINDS.has(attribute.AttributeKey)) return journal.read(tx, scope, page);
    return lookUp(tx, scope, { ...page, kind: attribute.AttributeKey as TermKind, value: attribute.AttributeValue });
  };
  const records: JournalRecord[] = [];
  let { after } = range;
  for (let reads = 0; reads < READS_MAX; reads++) {
    const position = after;
    const page = await database.read((tx) => read(tx, position));
    for (const record of page) {
      if (attribute !== undefined && !matches(record, attribute)) {
        after = record;
        continue;
      }
      if (records.length === range.limit) return { records, next: records.at(-1) };
      records.push(record);
      after = record;
    }
    if (page.length < (attribute === undefined ? range.limit + 1 : READ_MAX)) return { records, next: undefined };
  }
  return { records, next: after };
}

export function matches(record: JournalRecord, { AttributeKey: key, AttributeValue: value }: LookupAttribute): boolean {
  switch (key) {
    case 'EventId':
      return eventIdOf(record) === value;
    case 'EventName':
      return record.eventName === value;
    case 'ReadOnly':
      return String(isReadOnly(record)) === value.toLowerCase();
    case 'Username':
      return userNameOf(record.principal) === value;
    case 'ResourceType':
      return lookupResources(record).some(({ ResourceType }) => ResourceType === value);
    case 'ResourceName':
      return record.resources.some((arn) => arn === value || nameOfArn(arn) === value);
    case 'EventSource':
      return record.eventSource === value;
    case 'AccessKeyId':
      return record.principal.accessKeyId === value;
  }
}

export function eventView(record: JournalRecord): Event {
  return {
    EventId: eventIdOf(record),
    EventName: record.eventName,
    ReadOnly: String(isReadOnly(record)),
    AccessKeyId: record.principal.accessKeyId === '' ? undefined : record.principal.accessKeyId,
    // In whole seconds, as CloudTrail's are.
    EventTime: new Date(Math.floor(record.at.getTime() / 1000) * 1000),
    EventSource: record.eventSource,
    Username: userNameOf(record.principal),
    Resources: lookupResources(record),
    CloudTrailEvent: JSON.stringify(cloudTrailEvent(record)),
  };
}
