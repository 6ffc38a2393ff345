// GetLoginProfile: there are no passwords here, so no user has one.
import { named } from '../../entities/refs.ts';
import { requireEntity, userNameOf } from '../../entities/require.ts';
import { iamRead } from '../../iam-operation.ts';

export default iamRead('GetLoginProfile', {
  about: ({ UserName }) => [named('user', UserName)],
  async read(call, { UserName }) {
    const { name } = await requireEntity(call, 'user', userNameOf(call, UserName));
    return call.ctx.fail('NoSuchEntity', `Login Profile for User ${name} cannot be found.`);
  },
});
