// Row types of the domain's tables.

export interface GroupRow {
  account: string;
  region: string;
  name: string;
  description: string | null;
  criticality: number | null;
  owner: string | null;
  display_name: string | null;
  /** JSON of the ResourceQuery as it was given; null in a group with a configuration. */
  query: string | null;
  /** JSON of the configuration; null in a group with a query. */
  configuration: string | null;
}

export interface MemberRow {
  account: string;
  region: string;
  group_name: string;
  /** As in the table of tags: `ManagedInstance`. */
  resource_kind: string;
  resource_id: string;
}

export interface ResourceGroupTables {
  resource_groups_group: GroupRow;
  resource_groups_member: MemberRow;
}
