// What a policy of a key must be: a policy, of a size, and one under which its author could change it again.
import { fail } from '../../platform/api/errors.ts';
import type { Tx } from '../../platform/store/index.ts';
import type { Asking } from './access.ts';
import type { Keys } from './domain.ts';
import { type Key, keyArn } from './key.ts';
import { permissionOf, POLICY_BYTES_MAX } from './policy.ts';

export async function requirePolicy(
  keys: Keys,
  ctx: Asking,
  key: Key,
  text: string,
  mayLockOut: boolean,
  tx?: Tx,
): Promise<void> {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX)
    fail('LimitExceededException', `Policy: at most ${POLICY_BYTES_MAX} bytes, not ${Buffer.byteLength(text)}.`);
  const why = keys.whyNotPolicy(text);
  if (why !== undefined) fail('MalformedPolicyDocumentException', why);
  if (mayLockOut) return;
  const permission = permissionOf({ ...key, policy: text }, { callerAccount: ctx.account }, undefined);
  const inside = tx === undefined ? permission : { ...permission, tx };
  const [allowed] = await ctx.allowed('kms:PutKeyPolicy', [keyArn(key, key.keyId)], inside);
  if (allowed !== true)
    fail('MalformedPolicyDocumentException', 'The new key policy will not allow you to update the key policy in the future.');
}
