// AssumeRole: a session of a role, for whom the role's trust policy and (unless it names them) their own policies allow it.
import type { AssumeRoleRequest, StsApi } from '../../../platform/api/models/sts.types.gen.ts';
import { accessDenied } from '../../../platform/api/access-denied.ts';
import { operation, type RequestContext } from '../../../platform/api/operation.ts';
import type { IdentityDomain } from '../identity.ts';
import {
  askerOf,
  findRole,
  furtherActions,
  issueSession,
  requireFitting,
  requireOnRole,
  roleNamed,
  roleResource,
} from '../sessions/security-tokens.ts';
import { wantedSession } from '../sessions/session-request.ts';

export default operation<StsApi, IdentityDomain>()('sts', 'AssumeRole', {
  action: 'sts:AssumeRole',
  audit: 'secret',
  judgesItself: true,
  resources: ({ RoleArn }) => roleResource(RoleArn),
  async handle({ sts }, ctx, input) {
    refuseUnknownProofs(ctx, input);
    const { principal } = ctx;
    const named = roleNamed(input.RoleArn);
    const parent = principal.kind === 'role' ? principal : undefined;
    const wanted = wantedSession(input, parent);
    if (principal.kind === 'anonymous' || (principal.kind === 'node' && principal.signedWith === 'node-key'))
      throw accessDenied(principal, 'sts:AssumeRole', named.arn, '', 'AccessDenied');
    // Once said, it stays along the chain.
    if (parent?.sourceIdentity !== undefined && wanted.sourceIdentity !== parent.sourceIdentity)
      throw accessDenied(principal, 'sts:SetSourceIdentity', named.arn, '', 'AccessDenied');

    const role = await findRole(sts, named);
    const external = input.ExternalId === undefined ? [] : [['sts:externalid', [input.ExternalId]] as const];
    const asker = await askerOf(sts, ctx, new Map([...wanted.keys, ...external]));
    requireOnRole(principal, asker, named, role, ['sts:AssumeRole', ...furtherActions(wanted)]);
    await requireFitting(sts, role, wanted, principal.kind === 'role' || principal.kind === 'node');
    return issueSession(sts, role, wanted, ctx.now);
  },
});

function refuseUnknownProofs(ctx: RequestContext, { SerialNumber, TokenCode, ProvidedContexts }: AssumeRoleRequest): void {
  if (SerialNumber !== undefined || TokenCode !== undefined)
    ctx.fail(
      'AccessDenied',
      'MultiFactorAuthentication failed, unable to validate MFA code. Please verify your MFA serial number is valid and associated with this user.',
      { httpStatus: 403 },
    );
  if (ProvidedContexts !== undefined && ProvidedContexts.length > 0)
    ctx.fail('ValidationException', 'ProvidedContexts: this server knows no context provider. Leave it out.');
}
