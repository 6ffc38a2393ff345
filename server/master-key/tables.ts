// Row types of the tables about the master key.

/** What a master key that was rotated away is still needed for. */
export interface FormerKeyRow {
  /** Names the former master key. */
  key_id: string;
  /** What the key was derived for: `journal/signing-key/1`. */
  purpose: string;
  /** The derived key, sealed under the current master key. */
  sealed_key: string;
  retired_at: number;
}

export interface MasterKeyTables {
  master_key_former: FormerKeyRow;
}
