// RetireGrant: those whom the grant itself lets, and the accounts that made it or own the key, take it back. No policy of the key has a say.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import type { RetireGrantRequest } from '../../../platform/api/models/kms.types.gen.ts';
import { fail } from '../../../platform/api/errors.ts';
import type { Scope } from '../../../platform/ids.ts';
import { endGrant, grantNotFound, requireNoAlias } from '../access.ts';
import type { Grant } from '../grants/grant.ts';
import { requireGrantId } from '../grants/grant-input.ts';
import { findGrant } from '../grants/grant-store.ts';
import { readGrantToken, requireGrantToken } from '../grants/grant-token.ts';
import { retirementPolicy } from '../grants/granted.ts';
import { keyArn } from '../key.ts';
import { readKeyName } from '../key-name.ts';

export default operation<KmsApi, Keys>()('kms', 'RetireGrant', {
  action: 'kms:RetireGrant',
  audit: 'write',
  judgesItself: true,
  resources: ({ KeyId: given, GrantToken: token }, scope) => {
    if (given !== undefined) return [namedArn(scope, given)];
    const named = token === undefined ? undefined : readGrantToken(token);
    return [named === undefined ? '*' : keyArn({ ...scope, account: named.account }, named.keyId)];
  },

  async handle(keys, ctx, input) {
    if (input.KeyId !== undefined) requireNoAlias(ctx, input.KeyId);
    const named = namedGrant(ctx, input);
    const grant = await keys.database.read((tx) => findGrant(tx, named, named.grantId));
    // Of one that is not there only the key's account is told so.
    const nobody = { ...named, issuer: named.account, grantee: '', retiring: undefined, operations: [] };
    const resourcePolicy = { text: retirementPolicy(grant ?? nobody), mustAllow: true };
    const facts = new Map([['kms:calleraccount', [ctx.account]]]);
    await ctx.authorize('kms:RetireGrant', keyArn(named, named.keyId), { facts, resourcePolicy });
    if (grant === undefined) return grantNotFound(named.grantId);
    await endGrant(keys, ctx, 'keys.retire-grant', grant, input);
    return {};
  },
});

function namedGrant(
  home: Scope,
  { KeyId: key, GrantId: id, GrantToken: token }: RetireGrantRequest,
): Scope & Pick<Grant, 'keyId' | 'grantId'> {
  if (token !== undefined) {
    const named = { ...home, ...requireGrantToken(token) };
    return key === undefined && id === undefined ? named : fail('ValidationException', EITHER);
  }
  if (key === undefined || id === undefined) return fail('ValidationException', EITHER);
  const name = readKeyName(home, key);
  if (name.kind === 'alias') return fail('InvalidArnException', `Invalid arn ${key}`);
  return { ...name.scope, keyId: name.id, grantId: requireGrantId(id) };
}

const EITHER = 'Name the grant by its GrantToken, or by GrantId and the ARN of its key as KeyId.';
