// PutGroupPolicy: adds or replaces.
import { iamChange } from '../../iam-operation.ts';
import { putInlinePolicy } from '../../policies/inline.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamChange('PutGroupPolicy', {
  about: ({ GroupName }) => [named('group', GroupName)],
  async change(call, { GroupName, PolicyName, PolicyDocument }) {
    const group = await requireEntity(call, 'group', GroupName);
    await putInlinePolicy(call, group, PolicyName, PolicyDocument);
  },
});
