// ListAccessKeys: never with a secret. Without a name: of the caller.
import { iamRead } from '../../iam-operation.ts';
import { pageOf, slice } from '../../paging.ts';
import { named } from '../../entities/refs.ts';
import { requireEntity, userNameOf } from '../../entities/require.ts';
import { keysOf } from '../../access-keys/store.ts';

const idOf = (key: { readonly access_key_id: string }): string => key.access_key_id;

export default iamRead('ListAccessKeys', {
  about: ({ UserName }) => [named('user', UserName)],
  async read(call, input) {
    const { tx, account } = call;
    const user = await requireEntity(call, 'user', userNameOf(call, input.UserName));
    const keys = await keysOf(tx, account, user.isBuiltIn ? undefined : user.id);
    const { items, end } = await pageOf(call, 'ListAccessKeys', input, idOf, slice(keys, idOf));
    const AccessKeyMetadata = items.map((key) => ({
      UserName: user.name,
      AccessKeyId: key.access_key_id,
      Status: key.status,
      CreateDate: new Date(key.created_at),
    }));
    return { AccessKeyMetadata, ...end };
  },
});
