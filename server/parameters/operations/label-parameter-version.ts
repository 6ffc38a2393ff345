// LabelParameterVersion: puts labels on a version; one that sits on another version moves.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Parameters } from '../domain.ts';
import { changeEvent } from '../events.ts';
import { getLabelTarget } from '../changing/label-target.ts';
import { parameterArn, resourceOf } from '../name.ts';
import { invalidLabels, LABELS_PER_VERSION_MAX } from '../parameter.ts';
import * as store from '../store.ts';

export default operation<SsmApi, Parameters>()('ssm', 'LabelParameterVersion', {
  action: 'ssm:LabelParameterVersion',
  audit: 'write',
  resources: (input, scope) => [resourceOf(scope, input.Name)],
  async handle(domain, ctx, input) {
    const invalid = invalidLabels(input.Labels);
    const wanted = [...new Set(input.Labels)].filter((label) => !invalid.includes(label));
    return domain.database.write('parameters.label', async (tx) => {
      const { parameter, number } = await getLabelTarget(tx, ctx, input.Name, input.ParameterVersion);
      const labels = await store.listLabels(tx, ctx, parameter.key);
      const there = [...labels].flatMap(([label, version]) => (version === number ? [label] : []));
      if (new Set([...there, ...wanted]).size > LABELS_PER_VERSION_MAX)
        ctx.fail('ParameterVersionLabelLimitExceeded', 'A parameter version can have a maximum of ten labels.');
      await store.putLabels(tx, ctx, parameter.key, number, wanted);
      await domain.outbox.put(
        tx,
        wanted.map((label) => changeEvent(ctx, parameter, 'LabelParameterVersion', ctx.now, label)),
      );
      await ctx.journal(tx, [parameterArn(ctx, parameter.key)]);
      return { InvalidLabels: [...invalid], ParameterVersion: number };
    });
  },
});
