// DeleteLoginProfile: there are no passwords here, so there is none to take away.
import { named } from '../../entities/refs.ts';
import { requireEntity, userNameOf } from '../../entities/require.ts';
import { iamChange } from '../../iam-operation.ts';

export default iamChange('DeleteLoginProfile', {
  about: ({ UserName }) => [named('user', UserName)],
  async change(call, { UserName }) {
    const { name } = await requireEntity(call, 'user', userNameOf(call, UserName));
    return call.ctx.fail('NoSuchEntity', `Login Profile for User ${name} cannot be found.`);
  },
});
