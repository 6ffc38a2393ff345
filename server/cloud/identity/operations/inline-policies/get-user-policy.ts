// GetUserPolicy: its text is percent-encoded.
import { iamRead } from '../../iam-operation.ts';
import { inlineDocument } from '../../inline.ts';
import { named } from '../../refs.ts';
import { requireEntity } from '../../require.ts';

export default iamRead('GetUserPolicy', {
  about: ({ UserName }) => [named('user', UserName)],
  async read(call, { UserName, PolicyName }) {
    const user = await requireEntity(call, 'user', UserName);
    const PolicyDocument = await inlineDocument(call, user, PolicyName);
    return { UserName: user.name, PolicyName, PolicyDocument };
  },
});
