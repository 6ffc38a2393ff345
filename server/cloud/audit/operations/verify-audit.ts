// VerifyAudit: one bounded stretch of the chain of the caller's account and region. Whoever follows NextToken to the end has verified all.
import type { MusterAuditApi } from '../../../platform/api/models/muster/audit.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import { verifyChain, type WalkState } from '../../../platform/journal/index.ts';
import { type Audit, positionOf } from '../domain.ts';

export default operation<MusterAuditApi, Audit>()('muster', 'VerifyAudit', {
  action: 'muster:VerifyAudit',
  audit: 'read',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    const from = positionOf(domain, 'VerifyAudit', ctx, input.NextToken, (message) =>
      ctx.fail('InvalidAuditToken', message),
    ) as unknown as WalkState | undefined;
    const { verified, problems, next, end } = await verifyChain(domain, ctx, from);
    return {
      VerifiedCount: verified,
      Problems: problems.map(({ kind, sequence, otherSequence, message }) => ({
        Kind: kind,
        Number: sequence,
        OtherNumber: otherSequence,
        Message: message,
      })),
      NextToken: next === undefined ? undefined : domain.pageTokens.encode('VerifyAudit', ctx, { ...next }),
      End:
        end === undefined
          ? undefined
          : {
              Number: end.sequence,
              Hash: end.hash,
              SealedAt: end.sealedAt,
              CutNumber: end.cutSequence,
              UnsealedCount: end.unsealed,
            },
    };
  },
});
