// The role that a node gets: it must exist, and who gives it away must be allowed to.
import type { RequestContext } from '../platform/api/operation.ts';
import type { Nodes } from './domain.ts';

const PASSED_TO = new Map([['iam:passedtoservice', ['ssm.amazonaws.com']]]);
/** A path is accepted (`service-role/Name`), a whole ARN never. */
const ROLE = /^[\p{L}\p{N}+=,.@\-_/]*$/u;

export async function requireRole(domain: Pick<Nodes, 'ports'>, ctx: RequestContext, iamRole: string): Promise<void> {
  if (!ROLE.test(iamRole)) {
    ctx.fail(
      'ValidationException',
      `1 validation error detected: Value '${iamRole}' at 'iamRole' failed to satisfy constraint: Member must satisfy regular expression pattern: ${ROLE.source}`,
    );
  }
  const arn = `arn:aws:iam::${ctx.account}:role/${iamRole}`;
  await ctx.authorize('iam:PassRole', arn, { facts: PASSED_TO });
  if (!(await domain.ports.roleExists(ctx, iamRole)))
    ctx.fail('ValidationException', `Nonexistent role or missing ssm service principal in trust policy: ${arn}`);
}
