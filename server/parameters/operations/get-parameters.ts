// GetParameters: up to ten at once, in the order of their names; what is not there is told, not refused.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Parameters } from '../domain.ts';
import { readManyNames } from '../reading/many-names.ts';
import { resourceOf } from '../name.ts';
import { getMany } from '../reading/get-many.ts';

export default operation<SsmApi, Parameters>()('ssm', 'GetParameters', {
  action: 'ssm:GetParameters',
  audit: 'read',
  givesSecret: (input) => input.WithDecryption === true,
  resources: (input, scope) => input.Names.map((name) => resourceOf(scope, name)),
  async handle(domain, ctx, input) {
    const names = readManyNames(ctx, input.Names);
    return getMany(domain, ctx, 'ssm:GetParameters', names, input.WithDecryption === true);
  },
});
