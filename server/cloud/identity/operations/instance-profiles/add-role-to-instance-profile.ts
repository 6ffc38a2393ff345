// AddRoleToInstanceProfile: a profile holds one role. Whoever puts it there must be allowed to pass it on.
import { entityArn } from '../../entities/entity.ts';
import { updateEntity } from '../../entities/entity-store.ts';
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity, requireUnlinked } from '../../entities/require.ts';

export default iamChange('AddRoleToInstanceProfile', {
  about: ({ InstanceProfileName }) => [named('instance-profile', InstanceProfileName)],
  async authorize({ iam, ctx, account }, { RoleName }) {
    const role = await iam.database.read((tx) => requireEntity({ tx, ctx, account }, 'role', RoleName));
    const facts = new Map([['iam:passedtoservice', ['ec2.amazonaws.com']]]);
    await ctx.authorize('iam:PassRole', entityArn(account, role), { facts });
  },
  async change(call, { InstanceProfileName, RoleName }) {
    const profile = await requireEntity(call, 'instance-profile', InstanceProfileName);
    const role = await requireEntity(call, 'role', RoleName);
    requireUnlinked(call, role);
    if (profile.roleId !== undefined)
      call.ctx.fail('LimitExceeded', 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1');
    await updateEntity(call.tx, call.account, { ...profile, roleId: role.id });
  },
});
