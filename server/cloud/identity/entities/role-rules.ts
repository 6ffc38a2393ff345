// What a role's trust policy must be.
import type { RequestContext } from '../../../platform/api/operation.ts';
import { policyCharacters, requirePolicy } from '../policies/documents.ts';
import { TRUST_POLICY_CHARACTERS_MAX } from '../limits.ts';

export function requireTrustPolicy(
  ctx: Pick<RequestContext<'MalformedPolicyDocument' | 'LimitExceeded'>, 'fail'>,
  text: string,
): void {
  requirePolicy(ctx, text, 'trust');
  if (policyCharacters(text) > TRUST_POLICY_CHARACTERS_MAX)
    ctx.fail('LimitExceeded', `Cannot exceed quota for ACLSizePerRole: ${TRUST_POLICY_CHARACTERS_MAX}`);
}
