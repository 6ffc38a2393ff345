// Row types of the identity tables. Times are milliseconds since the epoch.
export interface AccessKeyRow {
  account: string;
  /** Always `-`: identity is global. */
  region: string;
  access_key_id: string;
  sealed_secret: string;
  kind: 'administrator';
  created_at: number;
  status: 'Active' | 'Inactive';
}

export interface IdentityTables {
  identity_access_key: AccessKeyRow;
}
