// DeleteUserPermissionsBoundary: its policies alone decide again.
import { setBoundary } from '../../policies/attachments.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnUser } from '../../entities/require.ts';

export default iamChange('DeleteUserPermissionsBoundary', {
  about: ({ UserName }) => [named('user', UserName)],
  async change(call, { UserName }) {
    const user = await requireOwnUser(call, UserName);
    if (user.boundaryArn === undefined)
      call.ctx.fail('NoSuchEntity', `The user with name ${UserName} has no permissions boundary.`);
    await setBoundary(call, user, undefined);
  },
});
