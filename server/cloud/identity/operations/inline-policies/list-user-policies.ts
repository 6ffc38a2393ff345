// ListUserPolicies: names, in order.
import { iamRead } from '../../iam-operation.ts';
import { inlineNames } from '../../policies/inline.ts';
import { pageOf, slice } from '../../paging.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamRead('ListUserPolicies', {
  about: ({ UserName }) => [named('user', UserName)],
  async read(call, input) {
    const user = await requireEntity(call, 'user', input.UserName);
    const names = await inlineNames(call, user);
    const { items, end } = await pageOf(call, 'ListUserPolicies', input, String, slice(names, String));
    return { PolicyNames: items, ...end };
  },
});
