// Row types of the domain's tables.

export interface KeyRow {
  account: string;
  region: string;
  /** UUID. */
  key_id: string;
  /** `CUSTOMER` or `AWS`. */
  manager: string;
  /** `SYMMETRIC_DEFAULT`, `HMAC_256`, … */
  spec: string;
  description: string;
  /** `Enabled`, `Disabled`, `PendingDeletion`. */
  state: string;
  policy: string;
  created_at: number;
  /** Of the material that encrypts. */
  version: number;
  deletion_at: number | null;
  deletion_days: number | null;
  /** Null: no automatic rotation. */
  rotation_days: number | null;
  rotation_at: number | null;
}

export interface MaterialRow {
  account: string;
  region: string;
  key_id: string;
  version: number;
  /** 64 hexadecimal digits. */
  material_id: string;
  /** 32 bytes, sealed. */
  sealed_material: string;
  created_at: number;
  /** 1: asked for, not due. */
  on_demand: number;
}

export interface AliasRow {
  account: string;
  region: string;
  /** With `alias/`. */
  name: string;
  key_id: string;
  created_at: number;
  updated_at: number;
}

export interface GrantRow {
  account: string;
  region: string;
  key_id: string;
  /** 64 hexadecimal digits. */
  grant_id: string;
  name: string | null;
  /** ARN. */
  grantee: string;
  /** ARN. */
  retiring: string | null;
  /** Account. */
  issuer: string;
  /** JSON: names. */
  operations: string;
  /** JSON: `equals` and `subset`, where there are any. */
  constraints: string;
  created_at: number;
}

export interface KeyTables {
  keys_key: KeyRow;
  keys_material: MaterialRow;
  keys_alias: AliasRow;
  keys_grant: GrantRow;
}
