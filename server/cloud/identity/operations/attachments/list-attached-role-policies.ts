// ListAttachedRolePolicies: by ARN.
import { attachedPolicies } from '../../policies/attachments.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf, slice } from '../../paging.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

const arnOf = ({ PolicyArn }: { readonly PolicyArn: string }): string => PolicyArn;

export default iamRead('ListAttachedRolePolicies', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async read(call, input) {
    const role = await requireEntity(call, 'role', input.RoleName);
    const attached = await attachedPolicies(call, role, input.PathPrefix);
    const { items, end } = await pageOf(call, 'ListAttachedRolePolicies', input, arnOf, slice(attached, arnOf));
    return { AttachedPolicies: items, ...end };
  },
});
