// AddTagsToResource: adds or overwrites, at most fifty in all.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { requireResource } from '../domain.ts';
import type { Account } from '../domain.ts';
import { taggableArn } from '../taggable.ts';

export default operation<SsmApi, Account>()('ssm', 'AddTagsToResource', {
  action: 'ssm:AddTagsToResource',
  audit: 'write',
  resources: (input, scope) => [taggableArn(scope, input.ResourceType, input.ResourceId)],
  async handle(domain, ctx, input) {
    await domain.database.write('account.add-tags', async (tx) => {
      const { type, id } = await requireResource(domain, tx, ctx, input.ResourceType, input.ResourceId);
      await domain.tags.add(tx, ctx, type, id, input.Tags);
      await ctx.journal(tx, [taggableArn(ctx, type, id)]);
    });
    return {};
  },
});
