// GetGroupPolicy: its text is percent-encoded.
import { iamRead } from '../../iam-operation.ts';
import { inlineDocument } from '../../policies/inline.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamRead('GetGroupPolicy', {
  about: ({ GroupName }) => [named('group', GroupName)],
  async read(call, { GroupName, PolicyName }) {
    const group = await requireEntity(call, 'group', GroupName);
    const PolicyDocument = await inlineDocument(call, group, PolicyName);
    return { GroupName: group.name, PolicyName, PolicyDocument };
  },
});
