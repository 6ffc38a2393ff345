// DeleteParameter: with its versions, labels, tags and resource policy.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import { removeParameter } from '../changing/delete.ts';
import type { Parameters } from '../domain.ts';
import { parameterArn, readPlainReference, resourceOf } from '../name.ts';

export default operation<SsmApi, Parameters>()('ssm', 'DeleteParameter', {
  action: 'ssm:DeleteParameter',
  audit: 'write',
  resources: (input, scope) => [resourceOf(scope, input.Name)],
  async handle(domain, ctx, input) {
    const { owner, key } = readPlainReference(ctx, input.Name);
    await domain.database.write('parameters.delete', async (tx) => {
      if (!(await removeParameter(domain, tx, ctx, owner, key))) ctx.fail('ParameterNotFound', '');
      await ctx.journal(tx, [parameterArn(ctx, key)]);
    });
    return {};
  },
});
