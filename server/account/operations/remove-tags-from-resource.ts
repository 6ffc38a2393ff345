// RemoveTagsFromResource: keys that are not there are no error.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { requireResource } from '../domain.ts';
import type { Account } from '../domain.ts';
import { taggableArn } from '../taggable.ts';

/** More keys than a resource can have tags are bound into one statement only by mistake or malice. */
const KEYS_MAX = 1000;

export default operation<SsmApi, Account>()('ssm', 'RemoveTagsFromResource', {
  action: 'ssm:RemoveTagsFromResource',
  audit: 'write',
  resources: (input, scope) => [taggableArn(scope, input.ResourceType, input.ResourceId)],
  async handle(domain, ctx, input) {
    if (input.TagKeys.length > KEYS_MAX) ctx.fail('ValidationException', `At most ${KEYS_MAX} tag keys can be removed at once.`);
    await domain.database.write('account.remove-tags', async (tx) => {
      const { type, id } = await requireResource(domain, tx, ctx, input.ResourceType, input.ResourceId);
      await domain.tags.remove(tx, ctx, type, id, [...new Set(input.TagKeys)]);
      await ctx.journal(tx, [taggableArn(ctx, type, id)]);
    });
    return {};
  },
});
