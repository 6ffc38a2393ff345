// UnlabelParameterVersion: takes labels from a version; those that are not on it are told.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Parameters } from '../domain.ts';
import { getLabelTarget } from '../changing/label-target.ts';
import { parameterArn, resourceOf } from '../name.ts';
import * as store from '../store.ts';

export default operation<SsmApi, Parameters>()('ssm', 'UnlabelParameterVersion', {
  action: 'ssm:UnlabelParameterVersion',
  audit: 'write',
  resources: (input, scope) => [resourceOf(scope, input.Name)],
  async handle(domain, ctx, input) {
    return domain.database.write('parameters.unlabel', async (tx) => {
      const { parameter, number } = await getLabelTarget(tx, ctx, input.Name, input.ParameterVersion);
      const labels = await store.listLabels(tx, ctx, parameter.key);
      const [there, absent] = [new Set<string>(), new Set<string>()];
      for (const label of input.Labels) (labels.get(label) === number ? there : absent).add(label);
      await store.deleteLabels(tx, ctx, parameter.key, [...there]);
      await ctx.journal(tx, [parameterArn(ctx, parameter.key)]);
      return { RemovedLabels: [...there], InvalidLabels: [...absent] };
    });
  },
});
