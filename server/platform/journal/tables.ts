// Rows of the journal, and the last sequence number of each scope.
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
}
