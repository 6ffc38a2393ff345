// What the nodes domain needs from others; the composition root fills these.
import type { NodeId, Scope } from '../platform/ids.ts';
import type { Tx } from '../platform/store/index.ts';

export interface IssuedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: Date;
}

export interface CredentialRequest {
  readonly scope: Scope;
  readonly nodeId: NodeId;
  readonly roleName: string;
  readonly now: Date;
  readonly lifetimeSeconds: number;
}

export interface NodePorts {
  /** Temporary credentials of a node's role, kept over a restart (agents use them from their cache). Filled by cloud/identity. */
  issueCredentials(request: CredentialRequest): Promise<IssuedCredentials>;
  /** Whether the account has this role and Systems Manager may take it. Filled by cloud/identity. */
  roleExists(scope: Scope, roleName: string): Promise<boolean>;
  /** Drops what waits for a node that is no longer registered. Filled by channels. */
  forgetMail(tx: Tx, scope: Scope, nodeId: NodeId): Promise<void>;
}
