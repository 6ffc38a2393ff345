// The public face of the identity domain, and the list of its operations.
import type { AnyOperation } from '../../platform/api/operation.ts';
import type { Identity } from './identity.ts';
import getCallerIdentity from './operations/get-caller-identity.ts';

export type { AdministratorKey } from './access-keys.ts';
export { writeCredentialsFile } from './credentials-file.ts';
export { createIdentity, NODE_CREDENTIALS_SECONDS } from './identity.ts';
export type { Identity, IdentityOptions } from './identity.ts';
export { migrations } from './migrations/index.ts';
export type { NodeCredentials, NodeCredentialsRequest } from './node-credentials.ts';
export { NODE_ROLE, nodeRoleArn } from './roles.ts';

export const operations: readonly AnyOperation<Identity>[] = [getCallerIdentity];
