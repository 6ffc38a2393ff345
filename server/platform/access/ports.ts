// What authentication needs from the domains: secrets of access keys (cloud/identity) and public keys of nodes (nodes). Both are asked
// on every request, so both answer from memory on the hot path.
import type { KeyObject } from 'node:crypto';
import type { NodeId, Scope } from '../ids.ts';
import type { NowOrLater } from './authenticator.ts';
import type { Principal } from './principal.ts';

export interface FoundCredentials {
  readonly secretAccessKey: string;
  readonly principal: Principal;
}

export interface CredentialSource {
  /**
   * `unknown`: no such key, or it is inactive, or its node is gone. `invalid-token`: the token is not ours, was changed, or belongs to
   * another key (or is missing where the key needs one). A promise only where it is not in memory.
   */
  find(accessKeyId: string, sessionToken: string | undefined, now: Date): NowOrLater<CredentialsAnswer>;
}

export type CredentialsAnswer = FoundCredentials | 'unknown' | 'expired' | 'invalid-token';

export interface NodeKeys {
  readonly scope: Scope;
  readonly roleName: string;
  /** The current public key, and for a grace time the one before it: an agent that died while it changed keys tries both. */
  readonly publicKeys: readonly KeyObject[];
}

export interface NodeKeySource {
  /** Undefined: no node of this id is registered. */
  find(nodeId: NodeId): Promise<NodeKeys | undefined>;
}
