// GetAccessKeyInfo: whose account a key belongs to. Temporary keys have no row: of those a caller is told about the own one only.
import type { StsApi } from '../../../platform/api/models/sts.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { IdentityDomain } from '../identity.ts';
import * as store from '../access-keys/store.ts';

export default operation<StsApi, IdentityDomain>()('sts', 'GetAccessKeyInfo', {
  action: 'sts:GetAccessKeyInfo',
  audit: 'read',
  resources: () => ['*'],
  async handle({ sts }, ctx, { AccessKeyId }) {
    if (AccessKeyId === ctx.principal.accessKeyId) return { Account: ctx.account };
    const row = await sts.database.read((tx) => store.findAccessKey(tx, AccessKeyId));
    if (row !== undefined) return { Account: row.account };
    return ctx.fail(
      'ValidationException',
      AccessKeyId.startsWith('ASIA')
        ? `The access key ${AccessKeyId} is a temporary one: this server keeps none of them, so ask GetCallerIdentity with it.`
        : `The access key ${AccessKeyId} does not exist.`,
    );
  },
});
