// ResetServiceSetting: back to the default, which it answers.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Account } from '../domain.ts';
import { findSettingId, settingArn, settingView, whyNoSetting } from '../service-setting.ts';
import { putSetting } from '../store.ts';

export default operation<SsmApi, Account>()('ssm', 'ResetServiceSetting', {
  action: 'ssm:ResetServiceSetting',
  audit: 'write',
  resources: (input, scope) => [settingArn(scope, input.SettingId)],
  async handle(domain, ctx, input) {
    const id = findSettingId(ctx, input.SettingId) ?? ctx.fail('ServiceSettingNotFound', whyNoSetting(input.SettingId));
    const reset = { value: undefined, modifiedAt: ctx.now, modifiedBy: ctx.principal.arn };
    await domain.database.write('account.reset-setting', async (tx) => {
      await putSetting(tx, ctx, id, reset);
      await ctx.journal(tx, [settingArn(ctx, id)]);
    });
    return { ServiceSetting: settingView(ctx, id, reset) };
  },
});
