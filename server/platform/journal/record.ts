// A row of the journal as it is read again, and the names under which CloudTrail knows it. Pure.
import { hash } from 'node:crypto';
import type { Scope } from '../ids.ts';
import type { JournalEntry } from './journal.ts';
import type { EntryRow } from './store.ts';

export interface JournalRecord extends JournalEntry {
  readonly sequence: number;
}

export function toRecord(row: EntryRow): JournalRecord {
  // Written by `toRow` from exactly these types.
  const principal: JournalEntry['principal'] = JSON.parse(row.principal);
  const resources: string[] = JSON.parse(row.resources);
  return {
    account: row.account,
    region: row.region,
    sequence: row.sequence,
    requestId: row.request_id,
    at: new Date(row.at),
    eventSource: row.event_source,
    eventName: row.event_name,
    auditClass: row.audit_class,
    principal,
    sourceIp: row.source_ip,
    userAgent: row.user_agent,
    requestParameters: row.request_parameters,
    resources,
    ...(row.error_code === null ? {} : { errorCode: row.error_code }),
    ...(row.error_message === null ? {} : { errorMessage: row.error_message }),
  };
}

/** CloudTrail's Username: the user's name, the session's name of a role. */
export function userNameOf(principal: JournalEntry['principal']): string | undefined {
  switch (principal.kind) {
    case 'administrator':
      return 'administrator';
    case 'user':
      return principal.userName;
    case 'role':
      return principal.sessionName;
    case 'node':
      return principal.nodeId;
    case 'anonymous':
      return principal.proved?.subject;
    case 'service':
      return undefined;
  }
}

/** What an ARN calls its resource: `document/Name` is Name, a path of IAM is left out. */
export function nameOfArn(arn: string): string {
  const rest = arn.split(':').slice(5).join(':');
  const named = rest === '' ? arn : rest;
  return arn.startsWith('arn:aws:iam:') ? named.slice(named.lastIndexOf('/') + 1) : named.slice(named.indexOf('/') + 1);
}

/** A UUID (version 8) that carries the record's number, so that it is found without an index; the rest ties it to its scope. */
export function eventIdOf({ account, region, sequence }: Scope & { readonly sequence: number }): string {
  const tie = hash('sha256', `${account} ${region} ${sequence}`, 'hex');
  const number = sequence.toString(16).padStart(15, '0');
  return `${tie.slice(0, 8)}-${tie.slice(8, 12)}-8${tie.slice(12, 15)}-8${number.slice(0, 3)}-${number.slice(3)}`;
}

/** Undefined: no event of this scope has this id. */
export function sequenceOfEventId(scope: Scope, eventId: string): number | undefined {
  const digits = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8([0-9a-f]{3})-([0-9a-f]{12})$/.exec(eventId);
  const sequence = Number.parseInt(`${digits?.[1] ?? ''}${digits?.[2] ?? ''}`, 16);
  return Number.isSafeInteger(sequence) && eventIdOf({ ...scope, sequence }) === eventId ? sequence : undefined;
}
