// DeleteParameters: up to ten at once; what is not there is told, not refused.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { removeParameter } from '../changing/delete.ts';
import type { Parameters } from '../domain.ts';
import { readManyNames } from '../reading/many-names.ts';
import { parameterArn, resourceOf } from '../name.ts';

export default operation<SsmApi, Parameters>()('ssm', 'DeleteParameters', {
  action: 'ssm:DeleteParameters',
  audit: 'write',
  resources: (input, scope) => input.Names.map((name) => resourceOf(scope, name)),
  async handle(domain, ctx, input) {
    const names = readManyNames(ctx, input.Names);
    return domain.database.write('parameters.delete-many', async (tx) => {
      const deleted: string[] = [];
      const missing: string[] = [];
      for (const { text, reference } of names) {
        const { owner, key, selector } = reference;
        const isGone = selector === undefined && (await removeParameter(domain, tx, ctx, owner, key));
        (isGone ? deleted : missing).push(text);
      }
      await ctx.journal(
        tx,
        names.map(({ reference }) => parameterArn(reference.owner, reference.key)),
      );
      return { DeletedParameters: deleted, InvalidParameters: missing };
    });
  },
});
