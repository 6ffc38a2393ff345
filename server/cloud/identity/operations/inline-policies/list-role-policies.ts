// ListRolePolicies: names, in order.
import { iamRead } from '../../iam-operation.ts';
import { inlineNames } from '../../policies/inline.ts';
import { pageOf, slice } from '../../paging.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamRead('ListRolePolicies', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async read(call, input) {
    const role = await requireEntity(call, 'role', input.RoleName);
    const names = await inlineNames(call, role);
    const { items, end } = await pageOf(call, 'ListRolePolicies', input, String, slice(names, String));
    return { PolicyNames: items, ...end };
  },
});
