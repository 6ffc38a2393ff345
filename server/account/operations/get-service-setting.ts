// GetServiceSetting: by id or ARN; what nobody has changed has its default.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Account } from '../domain.ts';
import { findSettingId, settingArn, settingView, whyNoSetting } from '../service-setting.ts';
import { findSetting } from '../store.ts';

export default operation<SsmApi, Account>()('ssm', 'GetServiceSetting', {
  action: 'ssm:GetServiceSetting',
  audit: 'read',
  resources: (input, scope) => [settingArn(scope, input.SettingId)],
  async handle(domain, ctx, input) {
    const id = findSettingId(ctx, input.SettingId) ?? ctx.fail('ServiceSettingNotFound', whyNoSetting(input.SettingId));
    const stored = await domain.database.read((tx) => findSetting(tx, ctx, id));
    return { ServiceSetting: settingView(ctx, id, stored) };
  },
});
