// CreateAccessKey: the secret is in this answer and nowhere else. Without a name: for the caller.
import { iamChange } from '../../iam-operation.ts';
import { KEYS_PER_USER_MAX } from '../../limits.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnUser, userNameOf } from '../../entities/require.ts';
import { keysOf } from '../../access-keys/store.ts';

export default iamChange('CreateAccessKey', {
  about: ({ UserName }) => [named('user', UserName)],
  async change(call, { UserName }) {
    const { tx, iam, ctx, account } = call;
    const user = await requireOwnUser(call, userNameOf(call, UserName));
    if ((await keysOf(tx, account, user.id)).length >= KEYS_PER_USER_MAX)
      ctx.fail('LimitExceeded', `Cannot exceed quota for AccessKeysPerUser: ${KEYS_PER_USER_MAX}`);
    const { row, secretAccessKey } = await iam.accessKeys.addUserKey(tx, account, user.id);
    return {
      AccessKey: {
        UserName: user.name,
        AccessKeyId: row.access_key_id,
        Status: row.status,
        SecretAccessKey: secretAccessKey,
        CreateDate: new Date(row.created_at),
      },
    };
  },
});
