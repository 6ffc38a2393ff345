// GetCallerIdentity: who the caller is. Needs no permission on AWS, and tells nobody anything new.
import type { StsApi } from '../../../platform/api/models/sts.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { IdentityDomain } from '../identity.ts';

export default operation<StsApi, IdentityDomain>()('sts', 'GetCallerIdentity', {
  action: 'sts:GetCallerIdentity',
  audit: 'read',
  resources: () => ['*'],
  handle: (_domain, { principal }) =>
    Promise.resolve({ UserId: principal.userId, Account: principal.account, Arn: principal.arn }),
});
