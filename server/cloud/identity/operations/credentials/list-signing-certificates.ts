// ListSigningCertificates: nobody has signing certificates here. Asked by whoever deletes a user with all that hangs on it.
import { named } from '../../entities/refs.ts';
import { requireEntity, userNameOf } from '../../entities/require.ts';
import { iamRead } from '../../iam-operation.ts';

export default iamRead('ListSigningCertificates', {
  about: ({ UserName }) => [named('user', UserName)],
  async read(call, { UserName }) {
    await requireEntity(call, 'user', userNameOf(call, UserName));
    return { Certificates: [], IsTruncated: false };
  },
});
