// ListAttachedGroupPolicies: by ARN.
import { attachedPolicies } from '../../policies/attachments.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf, slice } from '../../paging.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

const arnOf = ({ PolicyArn }: { readonly PolicyArn: string }): string => PolicyArn;

export default iamRead('ListAttachedGroupPolicies', {
  about: ({ GroupName }) => [named('group', GroupName)],
  async read(call, input) {
    const group = await requireEntity(call, 'group', input.GroupName);
    const attached = await attachedPolicies(call, group, input.PathPrefix);
    const { items, end } = await pageOf(call, 'ListAttachedGroupPolicies', input, arnOf, slice(attached, arnOf));
    return { AttachedPolicies: items, ...end };
  },
});
