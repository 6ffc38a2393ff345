// PutUserPolicy: adds or replaces.
import { iamChange } from '../../iam-operation.ts';
import { putInlinePolicy } from '../../policies/inline.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnUser } from '../../entities/require.ts';

export default iamChange('PutUserPolicy', {
  about: ({ UserName }) => [named('user', UserName)],
  async change(call, { UserName, PolicyName, PolicyDocument }) {
    const user = await requireOwnUser(call, UserName);
    await putInlinePolicy(call, user, PolicyName, PolicyDocument);
  },
});
