// ListSSHPublicKeys: nobody has SSH keys here. Asked by whoever deletes a user with all that hangs on it.
import { named } from '../../entities/refs.ts';
import { requireEntity, userNameOf } from '../../entities/require.ts';
import { iamRead } from '../../iam-operation.ts';

export default iamRead('ListSSHPublicKeys', {
  about: ({ UserName }) => [named('user', UserName)],
  async read(call, { UserName }) {
    await requireEntity(call, 'user', userNameOf(call, UserName));
    return { SSHPublicKeys: [], IsTruncated: false };
  },
});
