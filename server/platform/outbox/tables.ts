// Rows of the outbox.
import type { AccountId, Region } from '../ids.ts';

export interface OutboxTables {
  outbox_event: {
    account: AccountId;
    region: Region;
    /** Ordered by time: the primary key is the order of delivery. */
    id: string;
    source: string;
    detail_type: string;
    /** JSON. */
    detail: string;
    /** JSON list of ARNs. */
    resources: string;
    /** Milliseconds since the epoch. */
    at: number;
  };
}
