// ListPolicyVersions: newest first, without their texts.
import { iamRead } from '../../iam-operation.ts';
import { pageOf, slice } from '../../paging.ts';
import { type PolicyText, versionsOf } from '../../policies/policy-versions.ts';
import { requirePolicyByArn } from '../../entities/require.ts';
import { versionView } from '../../entities/views.ts';

/** Newest first, as text. */
const positionOf = ({ version }: PolicyText): string => String(NUMBERS_MAX - version).padStart(String(NUMBERS_MAX).length, '0');
/** No policy is changed so often. */
const NUMBERS_MAX = 999_999_999;

export default iamRead('ListPolicyVersions', {
  about: ({ PolicyArn }) => [{ arn: PolicyArn }],
  async read(call, input) {
    const policy = await requirePolicyByArn(call, input.PolicyArn);
    const versions = await versionsOf(call, policy, input.PolicyArn);
    const { items, end } = await pageOf(call, 'ListPolicyVersions', input, positionOf, slice(versions, positionOf));
    return { Versions: items.map(({ version, createdAt }) => versionView(policy, version, createdAt)), ...end };
  },
});
