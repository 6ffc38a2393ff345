// What other domains may ask about keys; index.ts re-exports it with the implementation. Nothing here asks whether the caller may: whoever uses a
// key for a caller authorizes `kms:…` on the key's ARN first, with what `permission` says.
import type { DecisionOptions, NowOrLater } from '../../platform/access/authenticator.ts';
import type { AccountId, Scope } from '../../platform/ids.ts';
import type { Tx } from '../../platform/store/index.ts';

export type EncryptionContext = Readonly<Record<string, string>>;

/** For what a key is used: facts of the decision. */
export interface KeyUse {
  readonly callerAccount: AccountId;
  readonly context?: EncryptionContext | undefined;
  /** The service that uses the key for the caller: `ssm.us-east-1.amazonaws.com`. */
  readonly viaService?: string;
  /** The alias that the caller named, with `alias/`. */
  readonly alias?: string | undefined;
}

export interface ResolvedKey extends Scope {
  readonly keyId: string;
  readonly keyArn: string;
  /** For `ctx.authorize('kms:Decrypt', key.keyArn, key.permission({…}))`: the key's own policy and the condition keys of the use. */
  permission(use: KeyUse): DecisionOptions;
}

/** The key of one ciphertext. */
export interface CiphertextKey {
  readonly key: ResolvedKey;
  /** What `KeyService.decrypt` does, with the ciphertext read already. */
  decrypt(context: EncryptionContext): Buffer;
}

export interface KeyService {
  /**
   * `keyId`: id, ARN, alias or alias ARN. Without `tx`, from memory once the key is known: call it before the unit of work. Within a unit, hand
   * in its `tx`. At most 4,096 bytes. Throws NotFoundException, DisabledException, KMSInvalidStateException.
   */
  encrypt(
    tx: Tx | undefined,
    scope: Scope,
    request: { readonly keyId: string; readonly plaintext: Buffer; readonly context: EncryptionContext },
  ): Promise<{ readonly ciphertext: Buffer; readonly keyArn: string }>;
  /** Not inside a unit of work. Throws InvalidCiphertextException, and as `encrypt`. */
  decrypt(
    scope: Scope,
    request: { readonly ciphertext: Buffer; readonly context: EncryptionContext },
  ): Promise<{ readonly plaintext: Buffer; readonly keyArn: string }>;
  /** By id, ARN, alias or alias ARN; `alias/aws/ssm` is made when it is first asked for. Throws NotFoundException. Not inside a unit of work. */
  resolveKey(scope: Scope, name: string): Promise<ResolvedKey>;
  /**
   * The key that a ciphertext was made with, to authorize before it is decrypted; at once where the key is in memory. Throws
   * InvalidCiphertextException, AccessDeniedException.
   */
  keyOf(scope: Scope, ciphertext: Buffer): NowOrLater<CiphertextKey>;
}
