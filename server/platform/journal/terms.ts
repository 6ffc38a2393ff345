// What a record can be looked up by, as terms of one small index: its event name, user, access key, and each resource. A term is a short
// digest, so that it is bounded whatever strangers name things; whoever looks up compares the record itself again. Pure.
import { hash } from 'node:crypto';
import { type JournalRecord, nameOfArn, userNameOf } from './record.ts';

export type TermKind = 'EventName' | 'Username' | 'AccessKeyId' | 'ResourceName';

const TERM_CHARACTERS = 16;
/** Texts whose terms are kept: the same names, users and keys come again and again. About 200 bytes each. */
const KEPT_MAX = 2_000;

const kept = new Map<string, string>();

/** A resource is found by its name and by its ARN: both have one term. */
export function termOf(kind: TermKind, value: string): string {
  const asked = kind === 'ResourceName' ? nameOfArn(value) : value;
  const text = `${kind}=${asked}`;
  const known = kept.get(text);
  if (known !== undefined) return known;
  const term = hash('sha256', text, 'base64url').slice(0, TERM_CHARACTERS);
  if (kept.size >= KEPT_MAX) kept.clear();
  kept.set(text, term);
  return term;
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
