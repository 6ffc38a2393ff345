// The public face of the keys domain: keys for other domains, and KMS's operations.
import { type AnyOperation, bindOperations, type BoundOperation } from '../../platform/api/operation.ts';
import type { Scope } from '../../platform/ids.ts';
import type { Reconciler } from '../../platform/reconcile/index.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import type { Keys, KeysOptions } from './domain.ts';
import { findKeyResource, type KeyResource } from './as-resource.ts';
import { explainKey, type ExplainedKey } from './explain.ts';
import type { KeyService } from './face.ts';
import { createKeeper } from './keeper.ts';
import { createKeyRing } from './key-ring.ts';
import cancelKeyDeletion from './operations/cancel-key-deletion.ts';
import createAlias from './operations/create-alias.ts';
import createGrant from './operations/create-grant.ts';
import createKey from './operations/create-key.ts';
import decrypt from './operations/decrypt.ts';
import deleteAlias from './operations/delete-alias.ts';
import describeKey from './operations/describe-key.ts';
import disableKey from './operations/disable-key.ts';
import disableKeyRotation from './operations/disable-key-rotation.ts';
import enableKey from './operations/enable-key.ts';
import enableKeyRotation from './operations/enable-key-rotation.ts';
import encrypt from './operations/encrypt.ts';
import generateDataKey from './operations/generate-data-key.ts';
import generateDataKeyWithoutPlaintext from './operations/generate-data-key-without-plaintext.ts';
import generateMac from './operations/generate-mac.ts';
import generateRandom from './operations/generate-random.ts';
import getKeyPolicy from './operations/get-key-policy.ts';
import getKeyRotationStatus from './operations/get-key-rotation-status.ts';
import listAliases from './operations/list-aliases.ts';
import listGrants from './operations/list-grants.ts';
import listKeyPolicies from './operations/list-key-policies.ts';
import listKeyRotations from './operations/list-key-rotations.ts';
import listKeys from './operations/list-keys.ts';
import listResourceTags from './operations/list-resource-tags.ts';
import listRetirableGrants from './operations/list-retirable-grants.ts';
import putKeyPolicy from './operations/put-key-policy.ts';
import reEncrypt from './operations/re-encrypt.ts';
import retireGrant from './operations/retire-grant.ts';
import revokeGrant from './operations/revoke-grant.ts';
import rotateKeyOnDemand from './operations/rotate-key-on-demand.ts';
import scheduleKeyDeletion from './operations/schedule-key-deletion.ts';
import tagResource from './operations/tag-resource.ts';
import untagResource from './operations/untag-resource.ts';
import updateAlias from './operations/update-alias.ts';
import updateKeyDescription from './operations/update-key-description.ts';
import verifyMac from './operations/verify-mac.ts';
import { createKeyService } from './service.ts';

export type { EncryptionContext, KeyService, KeyUse, ResolvedKey } from './face.ts';
export { sealedMaterial } from './material.ts';
export { migrations } from './migrations/index.ts';

export const operations: readonly AnyOperation<Keys>[] = [
  cancelKeyDeletion,
  createAlias,
  createGrant,
  createKey,
  decrypt,
  deleteAlias,
  describeKey,
  disableKey,
  disableKeyRotation,
  enableKey,
  enableKeyRotation,
  encrypt,
  generateDataKey,
  generateDataKeyWithoutPlaintext,
  generateMac,
  generateRandom,
  getKeyPolicy,
  getKeyRotationStatus,
  listAliases,
  listGrants,
  listKeyPolicies,
  listKeyRotations,
  listKeys,
  listResourceTags,
  listRetirableGrants,
  putKeyPolicy,
  reEncrypt,
  retireGrant,
  revokeGrant,
  rotateKeyOnDemand,
  scheduleKeyDeletion,
  tagResource,
  untagResource,
  updateAlias,
  updateKeyDescription,
  verifyMac,
];

export interface KeysFace {
  readonly keys: KeyService;
  /** For tags and groups of resources: undefined when there is no such key. */
  findResource(tx: ReadTx, scope: Scope, keyId: string): Promise<KeyResource | undefined>;
  /** What the key's policy and grants say to an action of KMS on it; undefined: it is about no key of the account. */
  explain(
    home: Scope,
    action: string,
    resource: string,
    context: readonly { readonly Key: string; readonly Values: readonly string[] }[],
  ): Promise<ExplainedKey | undefined>;
  readonly operations: readonly BoundOperation[];
  readonly reconcilers: readonly Reconciler[];
}

export function createKeys(options: KeysOptions): KeysFace {
  const ring = createKeyRing(options);
  const domain: Keys = { ...options, ring };
  return {
    keys: createKeyService(domain),
    findResource: findKeyResource,
    explain: (home, action, resource, context) => explainKey(domain, home, action, resource, context),
    operations: bindOperations(domain, operations),
    reconcilers: [createKeeper(domain)],
  };
}
