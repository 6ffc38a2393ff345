// UpdateAccessKey: makes a key inactive, or active again. At once in this process, within a minute on other replicas.
import { iamChange } from '../../iam-operation.ts';
import { named } from '../../entities/refs.ts';
import { requireOwnUser, userNameOf } from '../../entities/require.ts';
import { keysOf, setKeyStatus } from '../../access-keys/store.ts';

export default iamChange('UpdateAccessKey', {
  about: ({ UserName }) => [named('user', UserName)],
  async change(call, { UserName, AccessKeyId, Status }) {
    const { tx, ctx, account } = call;
    const user = await requireOwnUser(call, userNameOf(call, UserName));
    if (!(await keysOf(tx, account, user.id)).some((key) => key.access_key_id === AccessKeyId))
      ctx.fail('NoSuchEntity', `The Access Key with id ${AccessKeyId} cannot be found.`);
    if (Status === 'Expired')
      return ctx.fail('InvalidInput', 'A key becomes Active or Inactive; Expired is what keys become by themselves.');
    await setKeyStatus(tx, account, AccessKeyId, Status);
  },
});
