// CreateGrant: what one principal may do with the key beside its policy. It holds at once. Of a named grant a retry makes no second.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';
import { namedArn } from '../key-name.ts';

import type { CreateGrantRequest } from '../../../platform/api/models/kms.types.gen.ts';
import type { RequestContext } from '../../../platform/api/operation.ts';
import type { Tx } from '../../../platform/store/index.ts';
import { authorizedKey, requireChangeable, requireCustomers, requireNoAlias } from '../access.ts';
import { type Grant, GRANTS_PER_GRANTEE_MAX, GRANTS_PER_KEY_MAX, isRepeated } from '../grants/grant.ts';
import { readConstraints, readOperations, requireGrantable, requirePrincipal } from '../grants/grant-input.ts';
import { countGrants, grantsOf, insertGrant } from '../grants/grant-store.ts';
import { grantToken } from '../grants/grant-token.ts';
import { keyArn } from '../key.ts';
import { requireUsableKey } from '../service.ts';
import * as store from '../store.ts';
import { endDryRun, requireKnownUse } from '../use.ts';

export default operation<KmsApi, Keys>()('kms', 'CreateGrant', {
  action: 'kms:CreateGrant',
  audit: 'write',
  judgesItself: true,
  resources: (input, scope) => [namedArn(scope, input.KeyId)],
  conditions: ({ Operations: operations, GranteePrincipal: grantee, RetiringPrincipal: retiring, Constraints: constraints }) => ({
    'kms:GrantOperations': operations,
    'kms:GrantIsForAWSResource': 'false',
    ...(grantee === undefined ? {} : { 'kms:GranteePrincipal': grantee }),
    ...(retiring === undefined ? {} : { 'kms:RetiringPrincipal': retiring }),
    ...(constraints === undefined
      ? {}
      : {
          'kms:GrantConstraintType': (['EncryptionContextEquals', 'EncryptionContextSubset'] as const).filter(
            (type) => constraints[type] !== undefined,
          ),
        }),
  }),

  async handle(keys, ctx, input) {
    requireKnownUse(input);
    requireNoAlias(ctx, input.KeyId);
    const asked = readGrant(ctx, input);
    const { key } = await authorizedKey(keys, ctx, 'kms:CreateGrant', input.KeyId, { grant: asked });
    requireCustomers(ctx, 'kms:CreateGrant', key);
    requireGrantable(key, asked);
    const { account, region, keyId } = key;
    const wanted = { ...asked, account, region, keyId };
    const grant = await keys.database.write('keys.create-grant', async (tx) => {
      const now = (await store.findKey(tx, key, keyId)) ?? key;
      requireChangeable(now);
      requireUsableKey(now);
      const made = await grantFor(keys, ctx, tx, wanted);
      endDryRun(input);
      await ctx.journal(tx, [keyArn(key, keyId)]);
      return made;
    });
    return { GrantId: grant.grantId, GrantToken: grantToken(grant) };
  },
});

/** That of an earlier call which said the same under the same name, or a new one. */
async function grantFor(
  { ids }: Pick<Keys, 'ids'>,
  ctx: RequestContext<'LimitExceededException'>,
  tx: Tx,
  wanted: Omit<Grant, 'grantId' | 'createdAt'>,
): Promise<Grant> {
  const others = await grantsOf(tx, wanted, [wanted.grantee], GRANTS_PER_GRANTEE_MAX);
  const earlier = others.find((one) => isRepeated(one, wanted));
  if (earlier !== undefined) return earlier;
  if (others.length >= GRANTS_PER_GRANTEE_MAX)
    ctx.fail('LimitExceededException', `A principal can have at most ${GRANTS_PER_GRANTEE_MAX} grants of a key.`);
  if ((await countGrants(tx, wanted)) >= GRANTS_PER_KEY_MAX)
    ctx.fail('LimitExceededException', `A key can have at most ${GRANTS_PER_KEY_MAX} grants.`);
  const grant = { ...wanted, grantId: ids.hex(64), createdAt: ctx.now };
  await insertGrant(tx, grant);
  return grant;
}

function readGrant(
  ctx: RequestContext<'InvalidArnException'>,
  input: CreateGrantRequest,
): Pick<Grant, 'grantee' | 'retiring' | 'operations' | 'constraints' | 'issuer' | 'name'> {
  if (input.GranteeServicePrincipal !== undefined || input.RetiringServicePrincipal !== undefined)
    ctx.fail(
      'ValidationException',
      'GranteeServicePrincipal, RetiringServicePrincipal: no service of this server takes grants. Name a GranteePrincipal.',
    );
  const grantee = input.GranteePrincipal ?? ctx.fail('ValidationException', 'GranteePrincipal is required: an ARN.');
  return {
    grantee: requirePrincipal(grantee),
    retiring: input.RetiringPrincipal === undefined ? undefined : requirePrincipal(input.RetiringPrincipal),
    operations: readOperations(input.Operations),
    constraints: readConstraints(input.Constraints),
    issuer: ctx.account,
    name: input.Name,
  };
}
