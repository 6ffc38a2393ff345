// Row types of the domain's tables.

export interface ActivationRow {
  account: string;
  region: string;
  activation_id: string;
  /** SHA-256 of the code: twenty random characters need no slow hash. */
  code_hash: Uint8Array;
  description: string | null;
  default_instance_name: string | null;
  iam_role: string;
  registration_limit: number;
  registrations_count: number;
  expires_at: number;
  created_at: number;
  /** JSON list of tags, copied to the nodes. */
  tags: string;
}

export interface NodeRow {
  account: string;
  region: string;
  /** Unique over all scopes too: a node signs with nothing but its id. */
  node_id: string;
  activation_id: string;
  iam_role: string;
  name: string | null;
  registered_at: number;
  fingerprint: string;
  /** Base64 of the DER SubjectPublicKeyInfo. */
  public_key: string;
  public_key_at: number;
  /** JSON list of PreviousKey, newest first. */
  previous_keys: string;
  agent_name: string | null;
  agent_version: string | null;
  agent_status: string | null;
  platform_type: string | null;
  platform_name: string | null;
  platform_version: string | null;
  computer_name: string | null;
  ip_address: string | null;
  /** Null until the first sign of life. */
  last_ping_at: number | null;
  ping_status: string;
}

export interface NodeTables {
  nodes_activation: ActivationRow;
  nodes_node: NodeRow;
}
