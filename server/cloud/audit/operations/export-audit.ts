// ExportAudit: the lines of a file that can be checked without this server: a head, the records with their hashes, a signed statement.
import type { MusterAuditApi } from '../../../platform/api/models/muster/audit.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import { exportPage, type ExportPlace, findExport } from '../../../platform/journal/index.ts';
import { type Audit, positionOf } from '../domain.ts';

interface Position extends ExportPlace {
  readonly after: number;
}

export default operation<MusterAuditApi, Audit>()('muster', 'ExportAudit', {
  action: 'muster:ExportAudit',
  audit: 'read',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    if (input.From >= input.To) ctx.fail('InvalidAuditRange', 'From is not before To.');
    const position = positionOf(domain, 'ExportAudit', ctx, input.NextToken, (message) =>
      ctx.fail('InvalidAuditToken', message),
    ) as unknown as Position | undefined;
    const place =
      position ??
      (await findExport(domain, ctx, { from: input.From, to: input.To })) ??
      ctx.fail(
        'InvalidAuditRange',
        'There are no sealed records in this range: the last seconds are not sealed yet, and old ones may have been cut.',
      );
    const after = position?.after ?? place.firstSequence - 1;
    const { rows, through, signed } = await exportPage(domain, ctx, place, after);
    const head = {
      export: 'muster-audit/1',
      account: ctx.account,
      region: ctx.region,
      firstNumber: place.firstSequence,
      previousHash: place.previousHash,
      publicKey: domain.signer.publicKey,
    };
    const next: Position | undefined =
      signed === undefined && through < place.lastSequence ? { ...place, after: through } : undefined;
    return {
      Lines: [
        ...(position === undefined ? [head] : []),
        ...rows.map(({ row, hash }) => ({ number: row.sequence, hash, record: row })),
        ...(signed === undefined ? [] : [signed]),
      ].map((line) => JSON.stringify(line)),
      NextToken: next === undefined ? undefined : domain.pageTokens.encode('ExportAudit', ctx, { ...next }),
    };
  },
});
