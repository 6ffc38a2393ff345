// Who is calling, and may they: what the front door and the composition root import.
export { beginAuthentication, createAuthenticators } from './authenticators/index.ts';
export type { AuthenticatorsOptions } from './authenticators/index.ts';
export type {
  AccessDecision,
  Authenticator,
  Authorizer,
  CallFacts,
  ConditionFacts,
  DecisionOptions,
  Identity,
  NowOrLater,
  PendingAuthentication,
  Permissions,
  RequestHead,
} from './authenticator.ts';
export { isLoopbackHost } from './loopback-name.ts';
export type { CredentialSource, FoundCredentials, NodeKeys, NodeKeySource } from './ports.ts';
export type {
  AdministratorPrincipal,
  AnonymousPrincipal,
  NodePrincipal,
  Principal,
  RolePrincipal,
  UserPrincipal,
} from './principal.ts';
export { missingToken } from './sigv4/refusals.ts';
export { administratorPrincipal, anonymousPrincipal, nodePrincipal } from './principals.ts';
