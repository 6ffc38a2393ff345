// Muster.GetParameters: SSM's GetParameters without the limit of ten names.
import type { MusterParametersApi } from '../../../platform/api/models/muster/parameters.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Parameters } from '../../domain.ts';
import { getMany } from '../../reading/get-many.ts';
import { readManyNames } from '../../reading/many-names.ts';
import { resourceOf } from '../../name.ts';

export default operation<MusterParametersApi, Parameters>()('muster', 'GetParameters', {
  action: 'muster:GetParameters',
  audit: 'read',
  givesSecret: (input) => input.WithDecryption === true,
  resources: (input, scope) => input.Names.map((name) => resourceOf(scope, name)),
  async handle(domain, ctx, input) {
    const action = 'ssm:GetParameters';
    await ctx.authorize(
      action,
      input.Names.map((name) => resourceOf(ctx, name)),
    );
    const names = readManyNames(ctx, input.Names);
    const { Parameters = [], InvalidParameters = [] } = await getMany(domain, ctx, action, names, input.WithDecryption === true);
    return { Parameters, InvalidParameters };
  },
});
