// Temporary credentials of nodes: version 1 of the session token, which says who the node is and until when.
import type { NodePrincipal } from '../../../platform/access/principal.ts';
import { nodePrincipal } from '../../../platform/access/principals.ts';
import type { AccountId, NodeId, Region, Scope } from '../../../platform/ids.ts';
import type { TemporaryCredentials, TokenSealer } from './session-token.ts';

export interface NodeCredentialsRequest {
  readonly scope: Scope;
  readonly nodeId: NodeId;
  readonly roleName: string;
  readonly now: Date;
  readonly lifetimeSeconds: number;
}

export interface NodeCredentials extends TemporaryCredentials {
  readonly expiresAt: Date;
}

export interface OpenedCredentials {
  readonly secretAccessKey: string;
  readonly principal: NodePrincipal;
  readonly expiresAtMs: number;
}

export interface NodeCredentialsIssuer {
  issue(request: NodeCredentialsRequest): NodeCredentials;
  /** Undefined when the token is not ours, was changed, or belongs to another key. Expiry and registration are the caller's to judge. */
  open(accessKeyId: string, sessionToken: string): OpenedCredentials | undefined;
}

/** What a token says, as an array, since it travels with every request. */
type TokenContent = readonly [account: AccountId, region: Region, nodeId: NodeId, roleName: string, expiresAtSeconds: number];

export const NODE_TOKEN_VERSION = 1;
/** Every live node of a large replica; about 700 bytes each. A miss costs one decryption, 5 µs. */
const OPENED_MAX = 10_000;

export function createNodeCredentials(sealer: TokenSealer): NodeCredentialsIssuer {
  const opened = new Map<string, OpenedCredentials>();

  const unlock = (accessKeyId: string, sessionToken: string): OpenedCredentials | undefined => {
    const text = sealer.open(NODE_TOKEN_VERSION, accessKeyId, sessionToken);
    if (text === undefined) return undefined;
    // What opens under our key was written by `issue`.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const [account, region, nodeId, roleName, expiresAtSeconds] = JSON.parse(text) as TokenContent;
    const scope = { account, region };
    return {
      secretAccessKey: sealer.secretFor(accessKeyId),
      principal: nodePrincipal({ scope, nodeId, roleName, accessKeyId, signedWith: 'role-credentials' }),
      expiresAtMs: expiresAtSeconds * 1000,
    };
  };

  return {
    issue({ scope, nodeId, roleName, now, lifetimeSeconds }) {
      const expiresAtSeconds = Math.floor(now.getTime() / 1000) + lifetimeSeconds;
      const content: TokenContent = [scope.account, scope.region, nodeId, roleName, expiresAtSeconds];
      return { ...sealer.issue(NODE_TOKEN_VERSION, JSON.stringify(content)), expiresAt: new Date(expiresAtSeconds * 1000) };
    },
    open(accessKeyId, sessionToken) {
      const name = `${accessKeyId}/${sessionToken}`;
      const known = opened.get(name);
      if (known !== undefined) return known;
      const fresh = unlock(accessKeyId, sessionToken);
      if (fresh !== undefined) {
        // The oldest goes first: tokens are replaced after half their life anyway.
        if (opened.size >= OPENED_MAX) opened.delete(opened.keys().next().value!);
        opened.set(name, fresh);
      }
      return fresh;
    },
  };
}
