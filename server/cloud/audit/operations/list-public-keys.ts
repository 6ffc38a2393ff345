// ListPublicKeys: the keys whose digests of a time can be checked with them; the last 24 hours where none is given. A key a year, so one page.
import type { CloudtrailApi } from '../../../platform/api/models/cloudtrail.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import { digestKeysBetween } from '../digests/digest-store.ts';
import type { Audit } from '../domain.ts';

const DAY_MS = 86_400_000;

export default operation<CloudtrailApi, Audit>()('cloudtrail', 'ListPublicKeys', {
  action: 'cloudtrail:ListPublicKeys',
  audit: 'read',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    if (input.NextToken !== undefined && input.NextToken !== '')
      ctx.fail('InvalidTokenException', 'NextToken: all keys stand on one page, so there is no token.');
    const to = input.EndTime ?? domain.clock.now();
    const from = input.StartTime ?? new Date(to.getTime() - DAY_MS);
    if (from > to) ctx.fail('InvalidTimeRangeException', 'StartTime is after EndTime.');
    const rows = await domain.database.read((tx) => digestKeysBetween(tx, ctx.account, from.getTime(), to.getTime()));
    return {
      PublicKeyList: rows.map((row) => ({
        Value: Buffer.from(row.public_key, 'base64'),
        ValidityStartTime: new Date(row.created_at),
        ValidityEndTime: new Date(row.expires_at),
        Fingerprint: row.fingerprint,
      })),
    };
  },
});
