// ListInstanceProfilesForRole: in name order.
import { type Entity, nameKey } from '../../entities/entity.ts';
import { profilesOfRole } from '../../entities/entity-store.ts';
import { iamRead } from '../../iam-operation.ts';
import { pageOf, slice } from '../../paging.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity } from '../../entities/require.ts';
import { profileView } from '../../entities/views.ts';

const keyOf = ({ name }: Entity): string => nameKey(name);

export default iamRead('ListInstanceProfilesForRole', {
  about: ({ RoleName }) => [named('role', RoleName)],
  async read(call, input) {
    const role = await requireEntity(call, 'role', input.RoleName);
    const profiles = await profilesOfRole(call.tx, call.account, role.id);
    const { items, end } = await pageOf(call, 'ListInstanceProfilesForRole', input, keyOf, slice(profiles, keyOf));
    return { InstanceProfiles: items.map((profile) => profileView(call.account, profile, role)), ...end };
  },
});
