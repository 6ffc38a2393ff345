// UpdateServiceSetting: from the next call on.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Account } from '../domain.ts';
import { findSettingId, settingArn, whyNoSetting, whyNotValue } from '../service-setting.ts';
import { putSetting } from '../store.ts';

export default operation<SsmApi, Account>()('ssm', 'UpdateServiceSetting', {
  action: 'ssm:UpdateServiceSetting',
  audit: 'write',
  resources: (input, scope) => [settingArn(scope, input.SettingId)],
  async handle(domain, ctx, input) {
    const id = findSettingId(ctx, input.SettingId) ?? ctx.fail('ServiceSettingNotFound', whyNoSetting(input.SettingId));
    const wrong = whyNotValue(id, input.SettingValue);
    if (wrong !== undefined) ctx.fail('ValidationException', wrong);
    await domain.database.write('account.update-setting', async (tx) => {
      await putSetting(tx, ctx, id, { value: input.SettingValue, modifiedAt: ctx.now, modifiedBy: ctx.principal.arn });
      await ctx.journal(tx, [settingArn(ctx, id)]);
    });
    return {};
  },
});
