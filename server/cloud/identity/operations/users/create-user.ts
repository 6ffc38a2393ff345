// CreateUser: with a path, a boundary and tags.
import { putTags } from '../../entities/belongings-store.ts';
import type { Entity } from '../../entities/entity.ts';
import { iamChange } from '../../iam-operation.ts';
import { made } from '../../entities/refs.ts';
import { addEntity, requireAttachable, requireTags } from '../../entities/require.ts';
import { wholeUserView } from '../../entities/views.ts';

export default iamChange('CreateUser', {
  about: ({ UserName, Path }) => [made('user', UserName, Path)],
  conditions: ({ PermissionsBoundary }): Record<string, string> =>
    PermissionsBoundary === undefined ? {} : { 'iam:PermissionsBoundary': PermissionsBoundary },
  async change(call, input) {
    const { tx, iam, ctx, account } = call;
    const { UserName, Path, PermissionsBoundary, Tags = [] } = input;
    const user: Entity = {
      kind: 'user',
      name: UserName,
      id: iam.newId('user'),
      path: Path ?? '/',
      createdAt: ctx.now,
      boundaryArn: PermissionsBoundary,
      isBuiltIn: false,
    };
    if (PermissionsBoundary !== undefined) await requireAttachable(call, PermissionsBoundary);
    await addEntity(call, user);
    await requireTags(call, user.id, Tags);
    await putTags(tx, account, user.id, Tags);
    return { User: wholeUserView(account, user, Tags) };
  },
});
