// ListGroupPolicies: names, in order.
import { iamRead } from '../../iam-operation.ts';
import { inlineNames } from '../../policies/inline.ts';
import { pageOf, slice } from '../../paging.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamRead('ListGroupPolicies', {
  about: ({ GroupName }) => [named('group', GroupName)],
  async read(call, input) {
    const group = await requireEntity(call, 'group', input.GroupName);
    const names = await inlineNames(call, group);
    const { items, end } = await pageOf(call, 'ListGroupPolicies', input, String, slice(names, String));
    return { PolicyNames: items, ...end };
  },
});
