// Row types of the domain's tables.

export interface ServiceSettingRow {
  account: string;
  region: string;
  setting_id: string;
  /** Null: it was reset. */
  value: string | null;
  modified_at: number;
  /** ARN. */
  modified_by: string;
}

export interface AccountTables {
  account_service_setting: ServiceSettingRow;
}
