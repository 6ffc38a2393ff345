// The public face of the identity domain, and the list of its operations.
import { bindOperations } from '../../platform/api/operation.ts';
import type { AnyOperation, BoundOperation } from '../../platform/api/operation.ts';
import { createIdentityDomain } from './identity.ts';
import type { IdentityDomain, IdentityOptions } from './identity.ts';
import getCallerIdentity from './operations/get-caller-identity.ts';

export type { AdministratorKey } from './access-keys.ts';
export type { ResourceTags } from './authorize.ts';
export { writeCredentialsFile } from './credentials-file.ts';
export { NODE_CREDENTIALS_SECONDS } from './identity.ts';
export type { IdentityOptions } from './identity.ts';
export { migrations } from './migrations/index.ts';
export type { NodeCredentials, NodeCredentialsRequest } from './node-credentials.ts';
export { NODE_ROLE, nodeRoleArn } from './roles.ts';

export const operations: readonly AnyOperation<IdentityDomain>[] = [getCallerIdentity];

export interface Identity extends IdentityDomain {
  readonly operations: readonly BoundOperation[];
}

export function createIdentity(options: IdentityOptions): Identity {
  const domain = createIdentityDomain(options);
  return { ...domain, operations: bindOperations(domain, operations) };
}
