// Row types of the identity tables. Times are milliseconds since the epoch. The region is always `-`: identity is global.
export interface AccessKeyRow {
  account: string;
  region: string;
  access_key_id: string;
  sealed_secret: string;
  kind: 'administrator' | 'user';
  created_at: number;
  status: 'Active' | 'Inactive';
  /** Null: the administrator's. */
  user_id: string | null;
  last_used_at: number | null;
  last_used_region: string | null;
  last_used_service: string | null;
}

export type EntityKind = 'user' | 'group' | 'role' | 'instance-profile' | 'policy';

export interface EntityRow {
  account: string;
  region: string;
  kind: EntityKind;
  /** The name in lower case: no two of a kind differ by case only. */
  name_key: string;
  name: string;
  /** `AIDA…`, `AGPA…`, `AROA…`, `AIPA…`, `ANPA…`: what everything else refers to. */
  id: string;
  path: string;
  created_at: number;
  /** Users and roles. */
  boundary_arn: string | null;
  /** Roles and policies. */
  description: string | null;
  /** Roles. */
  trust_policy: string | null;
  max_session_seconds: number | null;
  /** Of a service-linked role: `ssm.amazonaws.com`. */
  service: string | null;
  /** Instance profiles: the id of their role. */
  role_id: string | null;
  /** Policies. Numbers of versions are never used twice. */
  default_version: number | null;
  last_version: number | null;
  updated_at: number | null;
}

export interface PolicyVersionRow {
  account: string;
  region: string;
  policy_id: string;
  version: number;
  document: string;
  created_at: number;
}

export interface InlinePolicyRow {
  account: string;
  region: string;
  entity_id: string;
  name: string;
  document: string;
}

export interface AttachmentRow {
  account: string;
  region: string;
  entity_id: string;
  policy_arn: string;
}

export interface MembershipRow {
  account: string;
  region: string;
  group_id: string;
  user_id: string;
}

export interface TagRow {
  account: string;
  region: string;
  /** The id of an entity, or the ARN of an OIDC provider. */
  entity_id: string;
  /** The key in lower case: IAM's keys differ by more than case. */
  key_folded: string;
  key: string;
  value: string;
}

export interface OidcProviderRow {
  account: string;
  region: string;
  /** Without `https://`: what the ARN ends with. */
  url: string;
  /** JSON lists of text. */
  client_ids: string;
  thumbprints: string;
  created_at: number;
}

export interface RoleUseRow {
  account: string;
  region: string;
  entity_id: string;
  last_used_at: number;
  last_used_region: string;
}

export interface CredentialReportRow {
  account: string;
  region: string;
  generated_at: number;
  /** CSV. */
  content: string;
}

export interface AccountAliasRow {
  account: string;
  region: string;
  alias: string;
}

export interface IdentityTables {
  identity_access_key: AccessKeyRow;
  identity_entity: EntityRow;
  identity_policy_version: PolicyVersionRow;
  identity_inline_policy: InlinePolicyRow;
  identity_attachment: AttachmentRow;
  identity_membership: MembershipRow;
  identity_tag: TagRow;
  identity_oidc_provider: OidcProviderRow;
  identity_account_alias: AccountAliasRow;
  identity_role_use: RoleUseRow;
  identity_credential_report: CredentialReportRow;
}
