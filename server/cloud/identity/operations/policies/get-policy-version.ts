// GetPolicyVersion: with its text, percent-encoded.
import { encodedPolicy } from '../../policies/documents.ts';
import { iamRead } from '../../iam-operation.ts';
import { findVersion } from '../../policies/policy-versions.ts';
import { requirePolicyByArn } from '../../entities/require.ts';
import { versionView } from '../../entities/views.ts';

export default iamRead('GetPolicyVersion', {
  about: ({ PolicyArn }) => [{ arn: PolicyArn }],
  async read(call, { PolicyArn, VersionId }) {
    const policy = await requirePolicyByArn(call, PolicyArn);
    const found = await findVersion(call, policy, PolicyArn, VersionId);
    const view = versionView(policy, found.version, found.createdAt);
    return { PolicyVersion: { ...view, Document: encodedPolicy(found.document) } };
  },
});
