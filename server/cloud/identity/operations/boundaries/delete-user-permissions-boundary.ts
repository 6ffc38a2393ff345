// DeleteUserPermissionsBoundary: its policies alone decide again.
import { setBoundary } from '../../attachments.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../refs.ts';
import { requireOwnUser } from '../../require.ts';

export default iamChange('DeleteUserPermissionsBoundary', {
  about: ({ UserName }) => [named('user', UserName)],
  async change(call, { UserName }) {
    const user = await requireOwnUser(call, UserName);
    if (user.boundaryArn === undefined)
      call.ctx.fail('NoSuchEntity', `The user with name ${UserName} has no permissions boundary.`);
    await setBoundary(call, user, undefined);
  },
});
