// Rows of the journal, the last sequence number of each scope, and the chain that is laid over the rows afterwards.
import type { AuditClass } from '../api/operation.ts';
import type { AccountId, Region } from '../ids.ts';

export interface JournalTables {
  journal_entry: {
    account: AccountId;
    region: Region;
    /** 1, 2, 3 … without gaps, in the order of commits. */
    sequence: number;
    request_id: string;
    /** Milliseconds since the epoch. */
    at: number;
    event_source: string;
    event_name: string;
    audit_class: AuditClass;
    /** JSON of the whole principal; holds no secret. */
    principal: string;
    access_key_id: string;
    source_ip: string;
    user_agent: string;
    /** JSON. */
    request_parameters: string;
    /** JSON list of ARNs. */
    resources: string;
    error_code: string | null;
    error_message: string | null;
  };
  journal_head: {
    account: AccountId;
    region: Region;
    sequence: number;
  };
  journal_hash: {
    account: AccountId;
    region: Region;
    sequence: number;
    /** SHA-256 of the hash before and the entry's canonical form; hexadecimal. */
    hash: string;
    /** Of the canonical form. */
    size_bytes: number;
  };
  /** One row a scope. What is signed of it: `statement.ts`. */
  journal_chain: {
    account: AccountId;
    region: Region;
    sealed_sequence: number;
    sealed_hash: string;
    sealed_at: number;
    sealed_signature: string;
    /** Of all entries ever sealed, and of those cut: their difference is what is kept. */
    sealed_bytes: number;
    /** 0 and an empty signature: nothing was cut. */
    cut_sequence: number;
    cut_hash: string;
    cut_at: number;
    cut_signature: string;
    cut_bytes: number;
  };
  journal_checkpoint: {
    account: AccountId;
    region: Region;
    sequence: number;
    hash: string;
    at: number;
    signature: string;
  };
  journal_term: {
    account: AccountId;
    region: Region;
    /** See terms.ts. */
    term: string;
    at: number;
    sequence: number;
  };
}
