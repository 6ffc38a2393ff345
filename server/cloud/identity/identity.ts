// The domain: keys of people, credentials of nodes, and the two ports of access that they fill.
import type { Authorizer } from '../../platform/access/authenticator.ts';
import type { CredentialSource } from '../../platform/access/ports.ts';
import type { AccountId, Ids, NodeId, Scope } from '../../platform/ids.ts';
import type { Seal } from '../../platform/seal/index.ts';
import { createPageTokens } from '../../platform/store/index.ts';
import type { Database } from '../../platform/store/index.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { createAccessKeys } from './access-keys/access-keys.ts';
import type { AdministratorKey } from './access-keys/access-keys.ts';
import { createIdentityChanges } from './changes.ts';
import { type AuthorizerOptions, createAuthorizer } from './decisions/authorize.ts';
import type { ResourceKeys, ResourceTags } from './decisions/lookups.ts';
import { withOwnKeys, withOwnTags } from './decisions/own-resources.ts';
import { newEntityId } from './entities/entity.ts';
import type { ExplainResource } from './decisions/explained-resource.ts';
import { createPolicyLoader } from './policies/entity-policies.ts';
import { createPolicyFinder } from './decisions/find-policies.ts';
import type { Iam } from './iam-operation.ts';
import { createKeyUses, notingKeyUses } from './access-keys/key-uses.ts';
import { createNodeCredentials } from './sessions/node-credentials.ts';
import type { NodeCredentials, NodeCredentialsRequest } from './sessions/node-credentials.ts';
import { mayServiceAssume } from './sessions/assumable-role.ts';
import { createIdentityProviders } from './providers/oidc-providers.ts';
import { createRoleUses, notingRoleUses } from './sessions/role-uses.ts';
import type { SecurityTokens } from './sessions/security-tokens.ts';
import { findSession } from './sessions/session-credentials.ts';
import { createTokenSealer } from './sessions/session-token.ts';
import { createSessions } from './sessions/sessions.ts';

export interface IdentityOptions {
  readonly database: Database;
  readonly seal: Seal;
  readonly clock: Pick<Clock, 'nowMs' | 'setTimer'>;
  readonly ids: Pick<Ids, 'bytes'>;
  readonly log: Logger;
  /** Asked for every request of a node, so from memory: a deregistered node loses access at once. Filled by nodes. */
  readonly resourceTags: ResourceTags;
  /** Facts about resources of other domains; those of users and roles are identity's own. */
  readonly resourceKeys?: ResourceKeys;
  readonly isRegistered: (scope: Scope, nodeId: NodeId) => boolean | Promise<boolean>;
  /** For explanations: resources of other domains that have policies. */
  readonly explainResource?: ExplainResource;
}

export interface IdentityDomain {
  /** What operations of IAM work with. */
  readonly iam: Iam;
  /** And those of STS. */
  readonly sts: SecurityTokens;
  /** Makes the account's administrator at the first start. Call before requests are accepted. */
  ensureAdministrator(account: AccountId): Promise<AdministratorKey>;
  readonly credentials: CredentialSource;
  readonly authorizer: Authorizer;
  /** What decisions are made from, for those who ask why. */
  readonly judging: AuthorizerOptions;
  readonly explainResource: ExplainResource;
  issueNodeCredentials(request: NodeCredentialsRequest): NodeCredentials;
  /** Whether the account has this role (a name, with its path where it has one) and its trust policy lets the service of ours act under it. */
  mayAssume(account: AccountId, roleName: string, service: string): Promise<boolean>;
  /** After the store was emptied under it (`/_muster/reset`): forgets what is in memory. */
  reset(): void;
}

/** Agents get busy below 20 minutes and AWS gives a role at most 12 hours; an hour is what the stock agent expects. */
export const NODE_CREDENTIALS_SECONDS = 3_600;

export function createIdentityDomain(options: IdentityOptions): IdentityDomain {
  const accessKeys = createAccessKeys(options);
  const sealer = createTokenSealer(options.seal, options.ids);
  const nodeCredentials = createNodeCredentials(sealer);
  const sessions = createSessions(sealer);
  const providers = createIdentityProviders(options);
  const policies = createPolicyFinder({ database: options.database, clock: options.clock, load: createPolicyLoader() });
  const judging: AuthorizerOptions = {
    findPolicies: policies.find,
    resourceTags: withOwnTags(options.database, options.resourceTags),
    resourceKeys: withOwnKeys(options.database, options.resourceKeys ?? (() => Promise.resolve(new Map()))),
  };
  const changes = createIdentityChanges();
  changes.onChanged((account) => policies.forget(account));
  changes.onChanged(() => accessKeys.clear());
  const keyUses = createKeyUses(options);
  const roleUses = createRoleUses(options);
  const iam: Iam = {
    database: options.database,
    pageTokens: createPageTokens(options.seal.derive('identity/page-tokens/1')),
    accessKeys,
    keyUses,
    roleUses,
    changes,
    newId: (kind) => newEntityId(kind, options.ids),
  };
  const credentials: CredentialSource = {
    find(accessKeyId, sessionToken, now) {
      if (sessionToken === undefined) {
        const found = accessKeys.find(accessKeyId, now);
        return found instanceof Promise ? found.then((read) => read ?? 'unknown') : (found ?? 'unknown');
      }
      const { isRegistered } = options;
      return findSession(
        { accessKeys, policies, nodes: nodeCredentials, sessions, isRegistered },
        accessKeyId,
        sessionToken,
        now,
      );
    },
  };
  return {
    iam,
    sts: { database: options.database, policies, sessions, providers },
    ensureAdministrator: (account) => accessKeys.ensureAdministrator(account),
    credentials,
    authorizer: notingRoleUses(notingKeyUses(createAuthorizer(judging), keyUses), roleUses),
    judging,
    explainResource: options.explainResource ?? (() => Promise.resolve(undefined)),
    issueNodeCredentials: (request) => nodeCredentials.issue(request),
    mayAssume: (account, roleName, service) => options.database.read((tx) => mayServiceAssume(tx, account, roleName, service)),
    reset() {
      accessKeys.clear();
      keyUses.clear();
      roleUses.clear();
      providers.clear();
      policies.forgetAll();
    },
  };
}
