// GetParameter: one version, by name, selector or ARN.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Parameters } from '../domain.ts';
import { getVersion } from '../reading/find.ts';
import { readReference, resourceOf } from '../name.ts';
import { showParameter } from '../reading/view.ts';

export default operation<SsmApi, Parameters>()('ssm', 'GetParameter', {
  action: 'ssm:GetParameter',
  audit: 'read',
  givesSecret: (input) => input.WithDecryption === true,
  resources: (input, scope) => [resourceOf(scope, input.Name)],
  async handle(domain, ctx, input) {
    const reference = readReference(ctx, input.Name);
    const withDecryption = input.WithDecryption === true;
    const found = await domain.database.read((tx) => getVersion(domain, tx, ctx, 'ssm:GetParameter', reference, withDecryption));
    return { Parameter: await showParameter(domain, ctx, found, withDecryption) };
  },
});
