// GetCredentialReport: the CSV that GenerateCredentialReport made, for four hours.
import { REPORT_HOURS } from '../../access-keys/credential-report.ts';
import { findReport } from '../../access-keys/report-store.ts';
import { iamRead } from '../../iam-operation.ts';

const HOUR_MS = 3_600_000;

export default iamRead('GetCredentialReport', {
  about: () => ['*'],
  async read({ tx, ctx, account }) {
    const report = await findReport(tx, account);
    if (report === undefined)
      return ctx.fail('ReportNotPresent', 'The credential report does not exist. Make one with GenerateCredentialReport.');
    if (ctx.now.getTime() - report.generated_at >= REPORT_HOURS * HOUR_MS)
      return ctx.fail('ReportExpired', 'The credential report has expired. Make a new one with GenerateCredentialReport.');
    return {
      Content: Buffer.from(report.content),
      ReportFormat: 'text/csv' as const,
      GeneratedTime: new Date(report.generated_at),
    };
  },
});
