// AssumeRoleWithWebIdentity: a session of a role for whoever holds a token of an identity provider that the role trusts. Takes no signature: the token
// is the proof.
import type { StsApi } from '../../../platform/api/models/sts.types.gen.ts';
import { operation, type RequestContext } from '../../../platform/api/operation.ts';
import type { AssumableRole, Asker, RoleName } from '../sessions/assumable-role.ts';
import { mayActOnRole } from '../sessions/assumable-role.ts';
import { webIdentityKeys } from '../decisions/caller.ts';
import type { IdentityDomain } from '../identity.ts';
import { ProviderUnreachable } from '../providers/oidc-fetch.ts';
import type { FederatedCaller, IdentityProviders } from '../providers/oidc-providers.ts';
import { sessionInToken } from '../providers/oidc-session.ts';
import { TokenRefused } from '../providers/oidc-token.ts';
import { findRole, furtherActions, issueSession, requireFitting, roleNamed, roleResource } from '../sessions/security-tokens.ts';
import { LayeredFacts } from '../../../platform/access/layered-facts.ts';
import { wantedSession } from '../sessions/session-request.ts';

type Context = RequestContext<StsApi['AssumeRoleWithWebIdentity']['errors']>;

export default operation<StsApi, IdentityDomain>()('sts', 'AssumeRoleWithWebIdentity', {
  action: 'sts:AssumeRoleWithWebIdentity',
  audit: 'secret',
  unsigned: true,
  resources: ({ RoleArn }) => roleResource(RoleArn),
  async handle({ sts }, ctx, input) {
    const named = roleNamed(input.RoleArn);
    if (input.ProviderId !== undefined)
      ctx.fail(
        'ValidationException',
        'ProviderId belongs to OAuth 2.0 access tokens. Leave it out: this server takes OpenID Connect tokens.',
      );
    // Files that hold tokens end with a newline as a rule, and SDKs send what is in them.
    const { caller, said } = await verified(ctx, sts.providers, named, input.WebIdentityToken.trimEnd());
    const { provider, subject, audience } = caller;
    ctx.proved({ provider, subject, audience });
    const wanted = wantedSession({ ...input, ...said }, undefined);
    const role = await findRole(sts, named);
    const asker: Asker = {
      caller: { account: named.account, arn: '', federated: caller.provider },
      policies: { identity: [] },
      keys: new LayeredFacts(wanted.keys, new LayeredFacts(caller.keys, webIdentityKeys(ctx.call, caller.provider))),
    };
    requireTrusted(ctx, asker, role, ['sts:AssumeRoleWithWebIdentity', ...furtherActions(wanted)]);
    await requireFitting(sts, role, wanted, false);
    return {
      ...issueSession(sts, role, wanted, ctx.now, { provider, subject, audience }),
      SubjectFromWebIdentityToken: subject,
      Provider: provider,
      Audience: audience,
    };
  },
});

interface Verified {
  readonly caller: FederatedCaller;
  /** What the provider says of the session. */
  readonly said: ReturnType<typeof sessionInToken>;
}

async function verified(ctx: Context, providers: IdentityProviders, { account }: RoleName, token: string): Promise<Verified> {
  try {
    const caller = await providers.verify(account, token, ctx.now);
    return { caller, said: sessionInToken(caller.claims) };
  } catch (error) {
    if (error instanceof TokenRefused) return ctx.fail(error.code, error.message);
    if (!(error instanceof ProviderUnreachable)) throw error;
    return error.untrusted
      ? ctx.fail('InvalidIdentityToken', "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint")
      : ctx.fail('IDPCommunicationError', 'The identity provider could not be asked for its keys. Try again.');
  }
}

/** One sentence for a role that does not trust the caller and for one that is not there. */
function requireTrusted(
  ctx: Context,
  asker: Asker,
  role: AssumableRole | undefined,
  actions: readonly string[],
): asserts role is AssumableRole {
  for (const action of actions)
    if (role === undefined || !mayActOnRole(asker, role, action))
      ctx.fail('AccessDenied', `Not authorized to perform ${action}`, { httpStatus: 403 });
}
