// A key as an explanation of a decision looks at it: its policy, what was granted beside it, and the condition keys of a use that somebody describes.
// Reads what is stored now; who may be told is for the caller to decide (`readAction`).
import type { DecisionOptions } from '../../platform/access/authenticator.ts';
import { ApiError } from '../../platform/api/errors.ts';
import type { Scope } from '../../platform/ids.ts';
import type { Keys } from './domain.ts';
import type { KeyUse } from './face.ts';
import type { Grant } from './grants/grant.ts';
import { grantsFor } from './grants/granted.ts';
import { type Key, keyArn, whyUnusable } from './key.ts';
import { type KeyName, namedArn, readKeyName } from './key-name.ts';
import { permissionOf } from './policy.ts';
import * as store from './store.ts';

interface ContextEntry {
  readonly Key: string;
  readonly Values: readonly string[];
}

export interface ExplainedKey {
  /** Who may do this may know the policy and the grants. */
  readonly readAction: string;
  /** What was named, as an ARN: the decision on `readAction` is about it where there is no such key. */
  readonly namedArn: string;
  /** Undefined: there is no such key. */
  readonly found: FoundKey | undefined;
}

interface FoundKey {
  readonly arn: string;
  readonly policyName: string;
  /** For the decision on `readAction`. */
  readonly readPermission: DecisionOptions;
  /** For the decision that is explained. */
  readonly permission: DecisionOptions;
  /** After that decision: the grants that allowed it. */
  grants(): readonly { readonly id: string; readonly name: string }[];
  /** Why a use that is allowed fails all the same. */
  readonly remark: string | undefined;
}

/** Undefined: the action is not about one key of the account. */
export async function explainKey(
  keys: Pick<Keys, 'database'>,
  home: Scope,
  action: string,
  resource: string,
  context: readonly ContextEntry[],
): Promise<ExplainedKey | undefined> {
  const name = /^kms:/i.test(action) ? nameOf(home, resource) : undefined;
  // Of what belongs to another account nothing is looked up.
  if (name === undefined || name.scope.account !== home.account) return undefined;
  const key = await keys.database.read(async (tx) => {
    const keyId = name.kind === 'id' ? name.id : (await store.findAlias(tx, name.scope, name.name))?.keyId;
    return keyId === undefined ? undefined : store.findKey(tx, name.scope, keyId);
  });
  const use = useOf(home, context, name.kind === 'alias' ? name.name : undefined);
  return {
    readAction: 'kms:GetKeyPolicy',
    namedArn: namedArn(home, resource),
    found: key === undefined ? undefined : foundKey(keys, key, use),
  };
}

function nameOf(home: Scope, resource: string): KeyName | undefined {
  // What policies write for all keys is no key.
  if (/[*?]/.test(resource)) return undefined;
  try {
    return readKeyName(home, resource);
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

const CONTEXT = /^kms:EncryptionContext:(.+)$/i;

function useOf({ account }: Scope, given: readonly ContextEntry[], alias: string | undefined): KeyUse {
  const first = (key: string): string | undefined => given.find(({ Key }) => Key.toLowerCase() === key)?.Values[0];
  const viaService = first('kms:viaservice');
  const context = given.flatMap(({ Key, Values: [value = ''] }) => {
    const name = CONTEXT.exec(Key)?.[1];
    return name === undefined ? [] : [[name, value] as const];
  });
  return {
    callerAccount: account,
    context: Object.fromEntries(context),
    alias: alias ?? first('kms:requestalias'),
    ...(viaService === undefined ? {} : { viaService }),
  };
}

function foundKey(keys: Pick<Keys, 'database'>, key: Key, use: KeyUse): FoundKey {
  const noted: Grant[] = [];
  const grants = grantsFor(keys, key, { context: use.context }, (allowing) => void noted.push(...allowing));
  return {
    arn: keyArn(key, key.keyId),
    policyName: `key policy of ${key.keyId}`,
    readPermission: permissionOf(key, { callerAccount: use.callerAccount }, undefined),
    permission: permissionOf(key, use, grants),
    grants: () =>
      noted.map(({ grantId, name, grantee }) => ({ id: grantId, name: name === undefined ? grantee : `${name} for ${grantee}` })),
    remark: whyUnusable(key)?.message,
  };
}
