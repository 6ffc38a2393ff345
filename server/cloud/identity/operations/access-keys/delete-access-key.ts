// DeleteAccessKey: at once in this process, within a minute on other replicas.
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnUser, userNameOf } from '../../entities/require.ts';
import { deleteKey, keysOf } from '../../access-keys/store.ts';

export default iamChange('DeleteAccessKey', {
  about: ({ UserName }) => [named('user', UserName)],
  async change(call, { UserName, AccessKeyId }) {
    const { tx, ctx, account } = call;
    const user = await requireOwnUser(call, userNameOf(call, UserName));
    if (!(await keysOf(tx, account, user.id)).some((key) => key.access_key_id === AccessKeyId))
      ctx.fail('NoSuchEntity', `The Access Key with id ${AccessKeyId} cannot be found.`);
    await deleteKey(tx, account, AccessKeyId);
  },
});
