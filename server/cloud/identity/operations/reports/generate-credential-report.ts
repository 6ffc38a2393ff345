// GenerateCredentialReport: made within the call. One that is not four hours old stays as it is. A read, as on AWS: nobody's rights change.
import type { IamApi } from '../../../../platform/api/models/iam.types.gen.ts';
import { operation } from '../../../../platform/api/operation.ts';
import { credentialReport, REPORT_HOURS } from '../../access-keys/credential-report.ts';
import { findReport, putReport } from '../../access-keys/report-store.ts';
import type { IdentityDomain } from '../../identity.ts';

const HOUR_MS = 3_600_000;

export default operation<IamApi, IdentityDomain>()('iam', 'GenerateCredentialReport', {
  action: 'iam:GenerateCredentialReport',
  audit: 'read',
  resources: () => ['*'],
  async handle({ iam }, ctx) {
    const { account, now } = ctx;
    // Read outside of the unit that keeps it: a long list must not hold up others' changes.
    const content = await iam.database.read(async (tx) => {
      const report = await findReport(tx, account);
      const isFresh = report !== undefined && now.getTime() - report.generated_at < REPORT_HOURS * HOUR_MS;
      return isFresh ? undefined : credentialReport(tx, account, iam.keyUses);
    });
    if (content === undefined) return { State: 'COMPLETE' as const };
    await iam.database.write('identity.credential-report', (tx) => putReport(tx, account, now, content));
    return { State: 'COMPLETE' as const, Description: 'A new report was made.' };
  },
});
