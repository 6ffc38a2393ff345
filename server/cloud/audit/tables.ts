// Row types of the trails. Times are milliseconds since the epoch; the region is the trail's home.
import type { AccountId, Region } from '../../platform/ids.ts';

export interface TrailRow {
  account: AccountId;
  region: Region;
  name: string;
  bucket: string;
  prefix: string | null;
  multi_region: 0 | 1;
  global_events: 0 | 1;
  /** JSON of EventSelectors; null: the default ones. */
  selectors: string | null;
  logging: 0 | 1;
  started_at: number | null;
  stopped_at: number | null;
  attempted_at: number | null;
  delivered_at: number | null;
  /** Why the last attempt failed; null when it did not. */
  failure: string | null;
}

export interface AuditTables {
  audit_trail: TrailRow;
  audit_position: {
    account: AccountId;
    region: Region;
    name: string;
    /** Whose records these are: a trail of all regions has one row for each. */
    of_region: Region;
    /** The last record that was delivered. */
    sequence: number;
  };
}
