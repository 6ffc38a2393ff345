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
  /** ARNs; both or neither. */
  log_group: string | null;
  log_role: string | null;
  log_delivered_at: number | null;
  log_failure: string | null;
  /** Whether digest files are written. */
  digests: 0 | 1;
  digest_delivered_at: number | null;
  digest_failure: string | null;
}

/** Of a trail, for each region whose records it delivers. */
interface OfRegion {
  account: AccountId;
  region: Region;
  name: string;
  /** Whose records these are: a trail of all regions has one row for each. */
  of_region: Region;
}

/** A file that was delivered and stands in no digest yet. */
export interface FileRow extends OfRegion {
  bucket: string;
  object: string;
  /** SHA-256 of its text before it was compressed, hexadecimal. */
  hash: string;
  oldest_at: number;
  newest_at: number;
  delivered_at: number;
}

/** The end of a chain of digests: the last one, null where there was none, and when the next one begins. */
export interface DigestRow extends OfRegion {
  next_start_at: number;
  bucket: string | null;
  object: string | null;
  hash: string | null;
  signature: string | null;
}

export interface DigestKeyRow {
  account: AccountId;
  /** Always `-`: one key signs for every region. */
  region: Region;
  /** MD5 of the public key, hexadecimal, as AWS names keys. */
  fingerprint: string;
  /** PKCS #1, DER, in base64. */
  public_key: string;
  sealed_private_key: string;
  created_at: number;
  expires_at: number;
}

export interface AuditTables {
  audit_trail: TrailRow;
  /** `sequence`: the last record that was delivered. */
  audit_position: OfRegion & { sequence: number };
  /** The same for the log group; `place` says where in it that record ended, in the words of the port. */
  audit_log_position: OfRegion & { sequence: number; place: string | null };
  audit_file: FileRow;
  audit_digest: DigestRow;
  audit_digest_key: DigestKeyRow;
}
