// The public face of the keys domain: keys for other domains, and KMS's operations.
import { type AnyOperation, bindOperations, type BoundOperation } from '../../platform/api/operation.ts';
import type { Reconciler } from '../../platform/reconcile/index.ts';
import type { Keys, KeysOptions } from './domain.ts';
import type { KeyService } from './face.ts';
import { createKeyRing } from './key-ring.ts';
import { createKeyService } from './service.ts';

export type { EncryptionContext, KeyService, KeyUse, ResolvedKey } from './face.ts';
export { migrations } from './migrations/index.ts';

export const operations: readonly AnyOperation<Keys>[] = [];

export interface KeysFace {
  readonly keys: KeyService;
  readonly operations: readonly BoundOperation[];
  readonly reconcilers: readonly Reconciler[];
}

export function createKeys(options: KeysOptions): KeysFace {
  const ring = createKeyRing(options);
  const domain: Keys = { ...options, ring };
  return { keys: createKeyService(domain), operations: bindOperations(domain, operations), reconcilers: [] };
}
