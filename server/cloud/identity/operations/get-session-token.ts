// GetSessionToken: temporary credentials for a user's own rights. They end with the user's key, and may change nothing in IAM.
import type { StsApi } from '../../../platform/api/models/sts.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { IdentityDomain } from '../identity.ts';

/** AWS's default for users. */
const SECONDS_DEFAULT = 12 * 3_600;

export default operation<StsApi, IdentityDomain>()('sts', 'GetSessionToken', {
  action: 'sts:GetSessionToken',
  audit: 'secret',
  resources: () => ['*'],
  handle({ sts }, ctx, { DurationSeconds, SerialNumber, TokenCode }) {
    const { principal } = ctx;
    if ((principal.kind !== 'user' && principal.kind !== 'administrator') || principal.issuedAt !== undefined)
      ctx.fail('AccessDenied', 'Cannot call GetSessionToken with session credentials', { httpStatus: 403 });
    if (SerialNumber !== undefined || TokenCode !== undefined)
      ctx.fail(
        'AccessDenied',
        'MultiFactorAuthentication failed, unable to validate MFA code. Please verify your MFA serial number is valid and associated with this user.',
        { httpStatus: 403 },
      );
    const seconds = DurationSeconds ?? SECONDS_DEFAULT;
    return Promise.resolve({ Credentials: sts.sessions.issueForUser(principal.accessKeyId, ctx.now, seconds) });
  },
});
