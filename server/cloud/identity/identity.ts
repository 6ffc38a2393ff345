// The domain: keys of people, credentials of nodes, and the two ports of access that they fill.
import type { Authorizer } from '../../platform/access/authenticator.ts';
import type { CredentialSource } from '../../platform/access/ports.ts';
import type { AccountId, Ids, NodeId, Scope } from '../../platform/ids.ts';
import type { Seal } from '../../platform/seal/index.ts';
import type { Database } from '../../platform/store/index.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { createAccessKeys } from './access-keys.ts';
import type { AdministratorKey } from './access-keys.ts';
import { createIdentityChanges } from './changes.ts';
import { createAuthorizer, type ResourceTags } from './authorize.ts';
import { createPolicyLoader } from './entity-policies.ts';
import { createPolicyFinder } from './find-policies.ts';
import { createNodeCredentials } from './node-credentials.ts';
import type { NodeCredentials, NodeCredentialsRequest } from './node-credentials.ts';
import { isNodeRole } from './roles.ts';

export interface IdentityOptions {
  readonly database: Database;
  readonly seal: Seal;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ids: Pick<Ids, 'bytes'>;
  readonly log: Logger;
  /** Asked for every request of a node, so from memory: a deregistered node loses access at once. Filled by nodes. */
  readonly resourceTags: ResourceTags;
  readonly isRegistered: (scope: Scope, nodeId: NodeId) => boolean | Promise<boolean>;
}

export interface IdentityDomain {
  /** Makes the account's administrator at the first start. Call before requests are accepted. */
  ensureAdministrator(account: AccountId): Promise<AdministratorKey>;
  readonly credentials: CredentialSource;
  readonly authorizer: Authorizer;
  issueNodeCredentials(request: NodeCredentialsRequest): NodeCredentials;
  /** Whether CreateActivation may name this role. */
  roleExists(account: AccountId, name: string): boolean;
  /** After the store was emptied under it (`/_muster/reset`): forgets what is in memory. */
  reset(): void;
}

/** Agents get busy below 20 minutes and AWS gives a role at most 12 hours; an hour is what the stock agent expects. */
export const NODE_CREDENTIALS_SECONDS = 3_600;

export function createIdentityDomain(options: IdentityOptions): IdentityDomain {
  const accessKeys = createAccessKeys(options);
  const nodeCredentials = createNodeCredentials(options.seal, options.ids);
  const policies = createPolicyFinder({ database: options.database, clock: options.clock, load: createPolicyLoader() });
  const changes = createIdentityChanges();
  changes.onChanged((account) => policies.forget(account));
  changes.onChanged(() => accessKeys.clear());
  const credentials: CredentialSource = {
    async find(accessKeyId, sessionToken, now) {
      if (sessionToken === undefined) return (await accessKeys.find(accessKeyId, now)) ?? 'unknown';
      const opened = nodeCredentials.open(accessKeyId, sessionToken);
      if (opened === undefined) return 'invalid-token';
      const { principal, expiresAtMs, secretAccessKey } = opened;
      if (expiresAtMs <= now.getTime()) return 'expired';
      const registered = await options.isRegistered({ account: principal.account, region: principal.region }, principal.nodeId);
      return registered ? { secretAccessKey, principal } : 'unknown';
    },
  };
  return {
    ensureAdministrator: (account) => accessKeys.ensureAdministrator(account),
    credentials,
    authorizer: createAuthorizer({ findPolicies: policies.find, resourceTags: options.resourceTags }),
    issueNodeCredentials: (request) => nodeCredentials.issue(request),
    roleExists: (_account, name) => isNodeRole(name),
    reset() {
      accessKeys.clear();
      policies.forgetAll();
    },
  };
}
