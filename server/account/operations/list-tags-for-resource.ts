// ListTagsForResource: all of them; there are at most fifty.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { requireResource } from '../domain.ts';
import type { Account } from '../domain.ts';
import { taggableArn } from '../taggable.ts';

export default operation<SsmApi, Account>()('ssm', 'ListTagsForResource', {
  action: 'ssm:ListTagsForResource',
  audit: 'read',
  resources: (input, scope) => [taggableArn(scope, input.ResourceType, input.ResourceId)],
  async handle(domain, ctx, input) {
    return domain.database.read(async (tx) => {
      const { type, id } = await requireResource(domain, tx, ctx, input.ResourceType, input.ResourceId);
      return { TagList: await domain.tags.list(tx, ctx, type, id) };
    });
  },
});
