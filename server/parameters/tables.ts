// Row types of the domain's tables. A parameter's row is its newest version, whole, so that reading it is one look-up; the versions before
// it lie beside.

/** What every version keeps. */
interface VersionColumns {
  account: string;
  region: string;
  /** Without the leading slash: what stands in the ARN. `x` and `/x` are one parameter. */
  key: string;
  version: number;
  type: string;
  /** Of a SecureString: the ciphertext in base64, never the text. */
  value: string;
  /** As the caller named it; of SecureStrings only. */
  key_id: string | null;
  description: string | null;
  allowed_pattern: string | null;
  tier: string;
  data_type: string;
  /** JSON list of `StoredPolicy`. */
  policies: string;
  modified_at: number;
  /** ARN. */
  modified_by: string;
}

export interface ParameterRow extends VersionColumns {
  /** The key up to its last slash; empty at the root. */
  parent: string;
  /** 1: made as `/x`; a key with a slash in it always is. */
  rooted: number;
  /** Versions from here on are kept. */
  oldest_version: number;
  /** When the next of its policies wants something; null: never. */
  due_at: number | null;
}

export type OldVersionRow = VersionColumns;

export interface LabelRow {
  account: string;
  region: string;
  key: string;
  label: string;
  version: number;
}

/** Of a parameter's resource policy. */
export interface ResourcePolicyRow {
  account: string;
  region: string;
  key: string;
  policy_id: string;
  policy_hash: string;
  policy: string;
}

/** Accounts that a resource policy names, for their listing of what is shared with them. */
export interface GranteeRow {
  account: string;
  region: string;
  key: string;
  /** Twelve digits, or `*`. */
  grantee: string;
}

export interface ParameterTables {
  parameters_parameter: ParameterRow;
  parameters_version: OldVersionRow;
  parameters_label: LabelRow;
  parameters_resource_policy: ResourcePolicyRow;
  parameters_grantee: GranteeRow;
}
