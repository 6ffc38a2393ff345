// What a record can be looked up by, as terms of one small index: its event name, user, access key, and each resource. A term is a short
// digest, so that it is bounded whatever strangers name things; whoever looks up compares the record itself again. Pure.
import { hash } from 'node:crypto';
import { type JournalRecord, nameOfArn, userNameOf } from './record.ts';

export type TermKind = 'EventName' | 'Username' | 'AccessKeyId' | 'ResourceName';

const TERM_CHARACTERS = 16;

/** A resource is found by its name and by its ARN: both have one term. */
export function termOf(kind: TermKind, value: string): string {
  const asked = kind === 'ResourceName' ? nameOfArn(value) : value;
  return hash('sha256', `${kind}=${asked}`, 'base64url').slice(0, TERM_CHARACTERS);
}

export function termsOf({ eventName, principal, resources }: JournalRecord): string[] {
  const userName = userNameOf(principal);
  return [
    ...new Set([
      termOf('EventName', eventName),
      ...(userName === undefined ? [] : [termOf('Username', userName)]),
      ...(principal.accessKeyId === '' ? [] : [termOf('AccessKeyId', principal.accessKeyId)]),
      ...resources.filter((arn) => arn.startsWith('arn:')).map((arn) => termOf('ResourceName', arn)),
    ]),
  ];
}
