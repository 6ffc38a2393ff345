// GetUserPolicy: its text is percent-encoded.
import { iamRead } from '../../iam-operation.ts';
import { inlineDocument } from '../../policies/inline.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';

export default iamRead('GetUserPolicy', {
  about: ({ UserName }) => [named('user', UserName)],
  async read(call, { UserName, PolicyName }) {
    const user = await requireEntity(call, 'user', UserName);
    const PolicyDocument = await inlineDocument(call, user, PolicyName);
    return { UserName: user.name, PolicyName, PolicyDocument };
  },
});
