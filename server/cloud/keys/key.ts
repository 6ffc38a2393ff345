// A key, its states, and how its callers see it. Pure.
//
//   Enabled <-> Disabled          EnableKey, DisableKey
//   Enabled, Disabled -> PendingDeletion -> gone       ScheduleKeyDeletion; the keeper when it is due
//   PendingDeletion -> Disabled   CancelKeyDeletion
import type { KeyMetadata } from '../../platform/api/models/kms.types.gen.ts';
import type { Scope } from '../../platform/ids.ts';
import { MAC_KINDS, type MacSpec } from './mac.ts';

export interface Key extends Scope {
  readonly keyId: string;
  readonly manager: 'CUSTOMER' | 'AWS';
  readonly spec: 'SYMMETRIC_DEFAULT' | MacSpec;
  readonly description: string;
  readonly state: 'Enabled' | 'Disabled' | 'PendingDeletion';
  readonly policy: string;
  readonly createdAt: Date;
  /** Of the material that encrypts. */
  readonly version: number;
  readonly deletionAt: Date | undefined;
  readonly deletionDays: number | undefined;
  readonly rotationDays: number | undefined;
  readonly rotationAt: Date | undefined;
}

export interface Alias {
  /** With `alias/`. */
  readonly name: string;
  readonly keyId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** As AWS counts them in one account and region. */
export const KEYS_MAX = 100_000;
export const ALIASES_PER_KEY_MAX = 50;
/** Old material is kept for old ciphertexts; all of a key's is held in memory. As many as AWS lets one ask for. */
export const ON_DEMAND_ROTATIONS_MAX = 25;
export const DAY_MS = 86_400_000;

/** The key of Parameter Store: there from the start, made when it is first used. */
export const SSM_ALIAS = 'alias/aws/ssm';

export function keyArn(scope: Scope, keyId: string): string {
  return `arn:aws:kms:${scope.region}:${scope.account}:key/${keyId}`;
}

/** `name`: with `alias/`. */
export function aliasArn(scope: Scope, name: string): string {
  return `arn:aws:kms:${scope.region}:${scope.account}:${name}`;
}

export function metadataOf(key: Key, materialId: string | undefined): KeyMetadata {
  return {
    AWSAccountId: key.account,
    KeyId: key.keyId,
    Arn: keyArn(key, key.keyId),
    CreationDate: key.createdAt,
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: usageOf(key),
    KeyState: key.state,
    DeletionDate: key.deletionAt,
    Origin: 'AWS_KMS',
    KeyManager: key.manager,
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    MultiRegion: false,
    ...(key.spec === 'SYMMETRIC_DEFAULT'
      ? { EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'], CurrentKeyMaterialId: materialId }
      : { MacAlgorithms: [MAC_KINDS[key.spec].algorithm] }),
  };
}

export function usageOf({ spec }: Pick<Key, 'spec'>): 'ENCRYPT_DECRYPT' | 'GENERATE_VERIFY_MAC' {
  return spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'GENERATE_VERIFY_MAC';
}

/** Why the key cannot be used now, in AWS's words. */
export function whyUnusable(
  key: Key,
): { readonly code: 'DisabledException' | 'KMSInvalidStateException'; readonly message: string } | undefined {
  const arn = keyArn(key, key.keyId);
  if (key.state === 'Disabled') return { code: 'DisabledException', message: `${arn} is disabled.` };
  return whyUnchangeable(key);
}

/** A key that waits for its end takes no change but CancelKeyDeletion. */
export function whyUnchangeable(key: Key): { readonly code: 'KMSInvalidStateException'; readonly message: string } | undefined {
  if (key.state !== 'PendingDeletion') return undefined;
  return { code: 'KMSInvalidStateException', message: `${keyArn(key, key.keyId)} is pending deletion.` };
}
