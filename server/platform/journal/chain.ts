// The chain of hashes, pure: each entry's hash covers the hash before it and the entry's canonical form, which is its whole row. Invariant:
// the canonical form never changes for a row that is stored; a new column of the journal means a new version of the form.
// `cli/audit/chain.ts` computes the same, without the server.
import { hash } from 'node:crypto';
import type { Scope } from '../ids.ts';
import type { EntryRow } from './store.ts';

const FORM = 1;
/** What the first entry of a scope follows. */
export const CHAIN_START = '0'.repeat(64);

/** JSON of a list: the form's version, then the columns in this order. */
export function canonicalForm(row: EntryRow): string {
  return JSON.stringify([
    FORM,
    row.account,
    row.region,
    row.sequence,
    row.request_id,
    row.at,
    row.event_source,
    row.event_name,
    row.audit_class,
    row.principal,
    row.access_key_id,
    row.source_ip,
    row.user_agent,
    row.request_parameters,
    row.resources,
    row.error_code,
    row.error_message,
  ]);
}

export function chainHash(previous: string, canonical: string): string {
  return hash('sha256', `${previous}\n${canonical}`, 'hex');
}

/** Stands in the chain for an entry that was gone before it was sealed. */
export function absentForm({ account, region }: Scope, sequence: number): string {
  return JSON.stringify([FORM, account, region, sequence, 'absent']);
}

/** What the server signs about a chain. `at` in milliseconds since the epoch. */
export interface Statement extends Scope {
  readonly kind: 'head' | 'checkpoint' | 'cut';
  readonly sequence: number;
  readonly hash: string;
  readonly at: number;
}

export interface ExportStatement extends Scope {
  readonly kind: 'export';
  readonly firstSequence: number;
  /** Of the entry before the first. */
  readonly previousHash: string;
  readonly sequence: number;
  readonly hash: string;
  readonly at: number;
}

export function statementText(statement: Statement | ExportStatement): string {
  const { kind, account, region, sequence, hash: lastHash, at } = statement;
  const before = statement.kind === 'export' ? [statement.firstSequence, statement.previousHash] : [];
  return JSON.stringify(['muster-audit/1', kind, account, region, sequence, lastHash, at, ...before]);
}
