// DeleteActivation: no more registrations with it; nodes that used it stay.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { deleteActivation } from '../activation-store.ts';
import type { Nodes } from '../domain.ts';

export default operation<SsmApi, Nodes>()('ssm', 'DeleteActivation', {
  action: 'ssm:DeleteActivation',
  audit: 'write',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    await domain.database.write('nodes.delete-activation', async (tx) => {
      if (!(await deleteActivation(tx, ctx, input.ActivationId)))
        ctx.fail('InvalidActivation', `The activation ${input.ActivationId} does not exist or was deleted.`);
      await ctx.journal(tx, []);
    });
    return {};
  },
});
