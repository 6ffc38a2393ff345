// CreateKey: symmetric keys that encrypt, and keys for MACs; other kinds are refused with what there is.
import type { KmsApi } from '../../../platform/api/models/kms.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Keys } from '../domain.ts';

import type { CreateKeyRequest } from '../../../platform/api/models/kms.types.gen.ts';
import type { RequestContext } from '../../../platform/api/operation.ts';
import { TAGGED_AS } from '../domain.ts';
import { type Key, keyArn, KEYS_MAX, metadataOf, usageOf } from '../key.ts';
import { isMacSpec, MAC_KINDS } from '../mac.ts';
import { newMaterial } from '../material.ts';
import { defaultPolicy } from '../policy.ts';
import { requirePolicy } from '../policy-check.ts';
import * as store from '../store.ts';
import { readTags, requireRoom, tagConditions } from '../tag.ts';

export default operation<KmsApi, Keys>()('kms', 'CreateKey', {
  action: 'kms:CreateKey',
  audit: 'write',

  resources: () => ['*'],
  conditions: ({ Tags: tags, KeySpec: spec, CustomerMasterKeySpec: formerSpec, KeyUsage: usage }) => ({
    ...tagConditions(tags),
    'kms:KeySpec': spec ?? formerSpec ?? 'SYMMETRIC_DEFAULT',
    'kms:KeyUsage': usage ?? 'ENCRYPT_DECRYPT',
  }),
  async handle(keys, ctx, input) {
    const spec = requireKnownKind(ctx, input);
    const tags = readTags(input.Tags);
    const key = newKey(keys, ctx, spec, input);
    if (input.Policy !== undefined)
      await requirePolicy(keys, ctx, key, input.Policy, input.BypassPolicyLockoutSafetyCheck === true);
    const material = newMaterial(
      keys,
      key,
      key.keyId,
      key.version,
      key.createdAt,
      isMacSpec(spec) ? { sizeBytes: MAC_KINDS[spec].bytes } : {},
    );
    await keys.database.write('keys.create', async (tx) => {
      if ((await store.countKeys(tx, key)) >= KEYS_MAX)
        ctx.fail('LimitExceededException', `You can have at most ${KEYS_MAX} keys in an account and region.`);
      await store.insertKey(tx, key);
      await store.insertMaterial(tx, material);
      await requireRoom(keys, tx, key, tags);
      await keys.tags.add(tx, key, TAGGED_AS, key.keyId, tags);
      await ctx.journal(tx, [keyArn(key, key.keyId)]);
    });
    return { KeyMetadata: metadataOf(key, material.material_id) };
  },
});

function newKey(
  { ids }: Keys,
  ctx: Pick<RequestContext, 'account' | 'region' | 'now'>,
  spec: Key['spec'],
  input: CreateKeyRequest,
): Key {
  return {
    account: ctx.account,
    region: ctx.region,
    keyId: ids.uuid(),
    manager: 'CUSTOMER',
    spec,
    description: input.Description ?? '',
    state: 'Enabled',
    policy: input.Policy ?? defaultPolicy(ctx),
    createdAt: ctx.now,
    version: 1,
    deletionAt: undefined,
    deletionDays: undefined,
    rotationDays: undefined,
    rotationAt: undefined,
  };
}

function requireKnownKind(ctx: RequestContext<'UnsupportedOperationException'>, input: CreateKeyRequest): Key['spec'] {
  const { KeySpec, CustomerMasterKeySpec: formerSpec, Origin: origin, MultiRegion: isMultiRegion } = input;
  if (KeySpec !== undefined && formerSpec !== undefined)
    ctx.fail(
      'ValidationException',
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    );
  const spec = KeySpec ?? formerSpec ?? 'SYMMETRIC_DEFAULT';
  if (spec !== 'SYMMETRIC_DEFAULT' && !isMacSpec(spec))
    return ctx.fail(
      'UnsupportedOperationException',
      `KeySpec ${spec} is not supported: this server makes keys of KeySpec SYMMETRIC_DEFAULT and HMAC_224 to HMAC_512 only.`,
    );
  requireUsageOf(ctx, spec, input.KeyUsage);
  if (origin !== undefined && origin !== 'AWS_KMS')
    ctx.fail(
      'UnsupportedOperationException',
      `Origin ${origin} is not supported: this server makes keys of Origin AWS_KMS only.`,
    );
  if (isMultiRegion === true)
    ctx.fail(
      'UnsupportedOperationException',
      'MultiRegion keys are not supported: this server keeps a key in one region. Leave MultiRegion out.',
    );
  if (input.CustomKeyStoreId !== undefined || input.XksKeyId !== undefined)
    ctx.fail('UnsupportedOperationException', 'Custom key stores are not supported: leave CustomKeyStoreId and XksKeyId out.');
  return spec;
}

function requireUsageOf(ctx: RequestContext, spec: Key['spec'], given: CreateKeyRequest['KeyUsage']): void {
  const usage = usageOf({ spec });
  if (given === undefined && usage !== 'ENCRYPT_DECRYPT')
    ctx.fail('ValidationException', 'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.');
  if (given !== undefined && given !== usage)
    ctx.fail('ValidationException', `KeyUsage ${given} is not compatible with KeySpec ${spec}`);
}
