// GetAccessKeyLastUsed: what this process knows, and what all have written.
import { findByIds } from '../../entities/directory.ts';
import { ADMINISTRATOR } from '../../entities/entity.ts';
import { iamRead } from '../../iam-operation.ts';
import { findAccessKey } from '../../access-keys/store.ts';

export default iamRead('GetAccessKeyLastUsed', {
  about: () => ['*'],
  async read(call, { AccessKeyId }) {
    const { tx, iam, ctx, account } = call;
    const key = await findAccessKey(tx, AccessKeyId);
    // The model knows no code for it; a key of another account is as unknown as one that never was.
    if (key === undefined || key.account !== account)
      return ctx.fail('AccessDeniedException', `The Access Key with id ${AccessKeyId} cannot be found.`);
    const [user] = key.user_id === null ? [] : await findByIds(tx, account, [key.user_id]);
    const waiting = iam.keyUses.waiting(AccessKeyId);
    const usedMs = waiting?.at.getTime() ?? key.last_used_at;
    return {
      UserName: user?.name ?? ADMINISTRATOR,
      AccessKeyLastUsed: {
        LastUsedDate: usedMs === null ? undefined : new Date(usedMs),
        ServiceName: waiting?.service ?? key.last_used_service ?? 'N/A',
        Region: waiting?.region ?? key.last_used_region ?? 'N/A',
      },
    };
  },
});
