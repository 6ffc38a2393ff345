// ListAttachedUserPolicies: by ARN.
import { attachedPolicies } from '../../policies/attachments.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf, slice } from '../../paging.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

const arnOf = ({ PolicyArn }: { readonly PolicyArn: string }): string => PolicyArn;

export default iamRead('ListAttachedUserPolicies', {
  about: ({ UserName }) => [named('user', UserName)],
  async read(call, input) {
    const user = await requireEntity(call, 'user', input.UserName);
    const attached = await attachedPolicies(call, user, input.PathPrefix);
    const { items, end } = await pageOf(call, 'ListAttachedUserPolicies', input, arnOf, slice(attached, arnOf));
    return { AttachedPolicies: items, ...end };
  },
});
