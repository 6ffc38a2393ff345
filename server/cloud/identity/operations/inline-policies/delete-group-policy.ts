// DeleteGroupPolicy: with its text.
import { iamChange } from '../../iam-operation.ts';
import { deleteInlinePolicy } from '../../policies/inline.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamChange('DeleteGroupPolicy', {
  about: ({ GroupName }) => [named('group', GroupName)],
  async change(call, { GroupName, PolicyName }) {
    const group = await requireEntity(call, 'group', GroupName);
    await deleteInlinePolicy(call, group, PolicyName);
  },
});
