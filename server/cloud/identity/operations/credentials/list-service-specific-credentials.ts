// ListServiceSpecificCredentials: nobody has credentials of single services here. Asked by whoever deletes a user with all that hangs on it.
import { named } from '../../entities/refs.ts';
import { requireEntity, userNameOf } from '../../entities/require.ts';
import { iamRead } from '../../iam-operation.ts';

export default iamRead('ListServiceSpecificCredentials', {
  about: ({ UserName }) => [named('user', UserName)],
  async read(call, { UserName, AllUsers }) {
    if (AllUsers !== true) await requireEntity(call, 'user', userNameOf(call, UserName));
    return { ServiceSpecificCredentials: [], IsTruncated: false };
  },
});
