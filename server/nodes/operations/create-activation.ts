// CreateActivation: the code is in this answer and nowhere else.
import type { CreateActivationRequest, SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import type { ActivationId } from '../../platform/ids.ts';
import { insertActivation } from '../activation-store.ts';
import { EXPIRY_DEFAULT_MS, EXPIRY_MAX_MS, hashCode, newCode, REGISTRATION_LIMIT_DEFAULT } from '../activation.ts';
import type { Activation } from '../activation.ts';
import type { Nodes } from '../domain.ts';
import { requireRole } from '../require-role.ts';

/** The bound of a resource's tags: the nodes get them all. */
const TAGS_MAX = 50;

export default operation<SsmApi, Nodes>()('ssm', 'CreateActivation', {
  action: 'ssm:CreateActivation',
  audit: 'write',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    await requireRole(domain, ctx, input.IamRole);
    const code = newCode(domain.ids);
    const activation: Activation = {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- this is where such an id is made
      activationId: domain.ids.uuid() as ActivationId,
      description: input.Description,
      defaultInstanceName: input.DefaultInstanceName,
      iamRole: input.IamRole,
      registrationLimit: input.RegistrationLimit ?? REGISTRATION_LIMIT_DEFAULT,
      registrationsCount: 0,
      expiresAt: expiryOf(input, ctx),
      createdAt: ctx.now,
      tags: tagsOf(input, ctx),
    };
    await domain.database.write('nodes.create-activation', async (tx) => {
      await insertActivation(tx, ctx, activation, hashCode(code));
      await ctx.journal(tx, []);
    });
    return { ActivationId: activation.activationId, ActivationCode: code };
  },
});

function expiryOf(input: CreateActivationRequest, ctx: RequestContext): Date {
  const expiry = input.ExpirationDate ?? new Date(ctx.now.getTime() + EXPIRY_DEFAULT_MS);
  const aheadMs = expiry.getTime() - ctx.now.getTime();
  if (!(aheadMs > 0 && aheadMs <= EXPIRY_MAX_MS))
    ctx.fail('ValidationException', 'The expiration date must be in the future and not more than 30 days ahead.');
  return expiry;
}

function tagsOf(input: CreateActivationRequest, ctx: RequestContext): Activation['tags'] {
  const tags = input.Tags ?? [];
  const keys = new Set(tags.map((tag) => tag.Key));
  if (keys.size < tags.length) ctx.fail('ValidationException', 'Tag keys must be unique.');
  if (tags.length > TAGS_MAX) ctx.fail('ValidationException', `An activation can have at most ${TAGS_MAX} tags.`);
  if (tags.some((tag) => /^aws:/i.test(tag.Key))) ctx.fail('ValidationException', 'Tag keys that begin with aws: are reserved.');
  return tags;
}
