// How KMS's operations come to the key that they are about: found by its name, then judged by its own policy and the caller's. Of what is not
// there nothing is said to those who may not ask.
import { accessDenied } from '../../platform/api/access-denied.ts';
import { ApiError, fail } from '../../platform/api/errors.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { Scope } from '../../platform/ids.ts';
import type { Tx } from '../../platform/store/index.ts';
import type { Keys } from './domain.ts';
import type { EncryptionContext } from './face.ts';
import type { Asked, Grant } from './grants/grant.ts';
import { deleteGrant } from './grants/grant-store.ts';
import { grantsFor } from './grants/granted.ts';
import { type Key, keyArn, whyUnchangeable } from './key.ts';
import { readKeyName, namedArn } from './key-name.ts';
import { type HeldKey, notFoundText } from './key-ring.ts';
import { permissionOf } from './policy.ts';
import { keyOfCiphertext, type KeyOfCiphertext, refuseCiphertext, requireContext, requireUsable } from './service.ts';
import * as store from './store.ts';
import { endDryRun } from './use.ts';

export type Asking = Pick<RequestContext, 'account' | 'region' | 'principal' | 'authorize' | 'allowed' | 'now' | 'journal'>;

/** The key that the caller names, in any way, if `action` is allowed on it. */
export async function authorizedKey(keys: Keys, ctx: Asking, action: string, given: string, asked: Asked = {}): Promise<HeldKey> {
  if (asked.context !== undefined) requireContext(asked.context);
  const name = readKeyName(ctx, given);
  const alias = name.kind === 'alias' ? name.name : undefined;
  const keyId = name.kind === 'id' ? name.id : await keys.ring.target(ctx, name);
  const held = keyId === undefined ? undefined : await keys.ring.find(name.scope, keyId);
  if (held === undefined) {
    await ctx.authorize(action, namedArn(ctx, given));
    return fail('NotFoundException', notFoundText(name));
  }
  await authorizeUse(keys, ctx, action, held.key, asked, alias);
  return held;
}

/** The key of a ciphertext. */
export async function authorizedKeyOf(
  keys: Keys,
  ctx: Asking,
  action: string,
  ciphertext: Buffer,
  context: EncryptionContext,
): Promise<KeyOfCiphertext> {
  requireContext(context);
  const found = await keyOfCiphertext(keys.ring, ctx, ciphertext);
  const { key } = found.held;
  if (key.account === ctx.account) {
    await authorizeUse(keys, ctx, action, key, { context });
    return found;
  }
  // Of another account's key who may not use it hears what would be said if it were not there.
  const permission = permissionOf(key, { callerAccount: ctx.account, context }, grantsFor(keys, key, { context }));
  const [allowed] = await ctx.allowed(action, [keyArn(key, key.keyId)], permission);
  return allowed === true ? found : refuseCiphertext();
}

/** A caller who says with which key it was encrypted is told when it was another, if they may know that one. */
export async function requireNamedKey(
  keys: Keys,
  ctx: Asking,
  action: string,
  given: string | undefined,
  { key }: HeldKey,
): Promise<void> {
  if (given === undefined) return;
  const name = readKeyName(ctx, given);
  const keyId = name.kind === 'id' ? name.id : await keys.ring.target(ctx, name);
  if (keyId === key.keyId && name.scope.account === key.account) return;
  requireUsable(await authorizedKey(keys, ctx, action, given));
  fail('IncorrectKeyException', 'The key ID in the request does not identify a CMK that can perform this operation.');
}

async function authorizeUse(keys: Keys, ctx: Asking, action: string, key: Key, asked: Asked, alias?: string): Promise<void> {
  const use = { callerAccount: ctx.account, context: asked.context, alias };
  await ctx.authorize(action, keyArn(key, key.keyId), permissionOf(key, use, grantsFor(keys, key, asked)));
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

/** Keys that the server made are used through their service only: nobody gives grants of them. */
export function requireCustomers(ctx: Asking, action: string, key: Key): void {
  if (key.manager === 'CUSTOMER') return;
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
  try {
    return await keys.database.write(action, async (tx) => {
      const now =
        (await store.findKey(tx, key, key.keyId)) ?? fail('NotFoundException', `Key '${keyArn(key, key.keyId)}' does not exist`);
      const next = await change(now, tx);
      await store.updateKey(tx, next);
      await ctx.journal(tx, [keyArn(key, key.keyId)]);
      return next;
    });
  } finally {
    // Also after a failure: a commit whose answer was lost may have been one.
    keys.ring.forget(key, key.keyId);
  }
}

/** Takes a grant away, or says that this would have worked. */
export async function endGrant(
  keys: Keys,
  ctx: Asking,
  unit: string,
  grant: Scope & Pick<Grant, 'keyId' | 'grantId'>,
  asked: { readonly DryRun?: boolean | undefined },
): Promise<void> {
  await keys.database.write(unit, async (tx) => {
    if (!(await deleteGrant(tx, grant))) grantNotFound(grant.grantId);
    endDryRun(asked);
    await ctx.journal(tx, [keyArn(grant, grant.keyId)]);
  });
}

export function grantNotFound(grantId: string): never {
  return fail('NotFoundException', `Grant ID ${grantId} is not found.`);
}
