// CreatePolicy: a managed policy of the account, with its first version.
import { putTags } from '../../entities/belongings-store.ts';
import { policyCharacters, requirePolicy } from '../../policies/documents.ts';
import type { Entity } from '../../entities/entity.ts';
import { iamChange } from '../../iam-operation.ts';
import { MANAGED_POLICY_CHARACTERS_MAX } from '../../limits.ts';
import { insertVersion } from '../../policies/policy-store.ts';
import { made } from '../../entities/refs.ts';
import { addEntity, requireTags } from '../../entities/require.ts';
import { policyView } from '../../entities/views.ts';

export default iamChange('CreatePolicy', {
  about: ({ PolicyName, Path }) => [made('policy', PolicyName, Path)],
  async change(call, input) {
    const { tx, iam, ctx, account } = call;
    const { PolicyName, PolicyDocument, Tags = [] } = input;
    requirePolicy(ctx, PolicyDocument, 'identity');
    if (policyCharacters(PolicyDocument) > MANAGED_POLICY_CHARACTERS_MAX)
      ctx.fail('LimitExceeded', `Cannot exceed quota for PolicySize: ${MANAGED_POLICY_CHARACTERS_MAX}`);
    const policy: Entity = {
      kind: 'policy',
      name: PolicyName,
      id: iam.newId('policy'),
      path: input.Path ?? '/',
      createdAt: ctx.now,
      description: input.Description,
      defaultVersion: 1,
      lastVersion: 1,
      updatedAt: ctx.now,
      isBuiltIn: false,
    };
    await addEntity(call, policy);
    const version = { policy_id: policy.id, version: 1, document: PolicyDocument, created_at: ctx.now.getTime() };
    await insertVersion(tx, account, version);
    await requireTags(call, policy.id, Tags);
    await putTags(tx, account, policy.id, Tags);
    return { Policy: policyView(account, policy, undefined, Tags) };
  },
});
