// ListInstanceProfiles: in name order, below a path, with their roles.
import { findByIds, listEntities } from '../../entities/directory.ts';
import type { Entity } from '../../entities/entity.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf } from '../../paging.ts';
import { listed } from '../../entities/refs.ts';
import { profileView } from '../../entities/views.ts';

const nameOf = ({ name }: Entity): string => name;

export default iamRead('ListInstanceProfiles', {
  about: ({ PathPrefix }) => [listed('instance-profile', PathPrefix)],
  async read(call, input) {
    const { tx, account } = call;
    const { items, end } = await pageOf(call, 'ListInstanceProfiles', input, nameOf, (after, limit) =>
      listEntities(tx, account, 'instance-profile', { after, limit, pathPrefix: input.PathPrefix }),
    );
    const roles = await findByIds(tx, account, [...new Set(items.flatMap(({ roleId }) => roleId ?? []))]);
    const InstanceProfiles = items.map((profile) =>
      profileView(
        account,
        profile,
        roles.find(({ id }) => id === profile.roleId),
      ),
    );
    return { InstanceProfiles, ...end };
  },
});
