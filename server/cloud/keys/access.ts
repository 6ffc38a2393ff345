// How KMS's operations come to the key that they are about: found by its name, then judged by its own policy and the caller's. Of what is not
// there nothing is said to those who may not ask.
import { accessDenied } from '../../platform/api/access-denied.ts';
import { ApiError, fail } from '../../platform/api/errors.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { Tx } from '../../platform/store/index.ts';
import type { CiphertextHeader } from './ciphertext.ts';
import type { Keys } from './domain.ts';
import type { EncryptionContext } from './face.ts';
import { type Key, keyArn, whyUnchangeable } from './key.ts';
import { readKeyName, namedArn } from './key-name.ts';
import { type HeldKey, notFoundText } from './key-ring.ts';
import { permissionOf } from './policy.ts';
import { keyOfCiphertext } from './service.ts';
import * as store from './store.ts';

export type Asking = Pick<RequestContext, 'account' | 'region' | 'principal' | 'authorize' | 'allowed' | 'now' | 'journal'>;

/** The key that the caller names, in any way, if `action` is allowed on it. */
export async function authorizedKey(
  keys: Keys,
  ctx: Asking,
  action: string,
  given: string,
  context?: EncryptionContext,
): Promise<HeldKey> {
  const name = readKeyName(ctx, given);
  const alias = name.kind === 'alias' ? name.name : undefined;
  const keyId = name.kind === 'id' ? name.id : await keys.ring.target(ctx, name);
  const held = keyId === undefined ? undefined : await keys.ring.find(name.scope, keyId);
  if (held === undefined) {
    await ctx.authorize(action, namedArn(ctx, given));
    return fail('NotFoundException', notFoundText(name));
  }
  await authorizeUse(ctx, action, held.key, context, alias);
  return held;
}

/** The key of a ciphertext. */
export async function authorizedKeyOf(
  keys: Keys,
  ctx: Asking,
  action: string,
  ciphertext: Buffer,
  context: EncryptionContext,
): Promise<{ readonly held: HeldKey; readonly header: CiphertextHeader }> {
  const found = await keyOfCiphertext(keys.ring, ctx, ciphertext);
  await authorizeUse(ctx, action, found.held.key, context);
  return found;
}

export async function authorizeUse(
  ctx: Asking,
  action: string,
  key: Key,
  context?: EncryptionContext,
  alias?: string,
): Promise<void> {
  await ctx.authorize(action, keyArn(key, key.keyId), permissionOf(key, { callerAccount: ctx.account, context, alias }));
}

/** For operations that take an id or an ARN of a key, but no alias. */
export function requireNoAlias(ctx: Asking, given: string): void {
  if (readKeyName(ctx, given).kind === 'alias') throw new ApiError('InvalidArnException', `Invalid arn ${given}`);
}

/** Keys that the server made change by themselves only, those of another account in their account only, whoever asks. */
export function requireOwn(ctx: Asking, action: string, key: Key): void {
  if (key.manager === 'CUSTOMER' && key.account === ctx.account) return;
  const reason = `because no resource-based policy allows the ${action} action`;
  throw accessDenied(ctx.principal, action, keyArn(key, key.keyId), reason);
}

export function requireChangeable(key: Key): void {
  const why = whyUnchangeable(key);
  if (why !== undefined) fail(why.code, why.message);
}

/** One change of a key's row. `change` decides on what is stored now, and may write more in the same unit. */
export async function changeKey(
  keys: Keys,
  ctx: Asking,
  action: string,
  given: string,
  change: (key: Key, tx: Tx) => Key | Promise<Key>,
): Promise<Key> {
  requireNoAlias(ctx, given);
  const { key } = await authorizedKey(keys, ctx, action, given);
  requireOwn(ctx, action, key);
  const changed = await keys.database.write(action, async (tx) => {
    const now =
      (await store.findKey(tx, key, key.keyId)) ?? fail('NotFoundException', `Key '${keyArn(key, key.keyId)}' does not exist`);
    const next = await change(now, tx);
    await store.updateKey(tx, next);
    await ctx.journal(tx, [keyArn(key, key.keyId)]);
    return next;
  });
  keys.ring.forget(key, key.keyId);
  return changed;
}
