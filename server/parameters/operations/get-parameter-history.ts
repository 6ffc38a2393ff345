// GetParameterHistory: the versions that are kept, oldest first.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Parameters } from '../domain.ts';
import { getParameter } from '../reading/find.ts';
import { nameOf, parameterArn, PUBLIC_PREFIX, readPlainReference, resourceOf } from '../name.ts';
import { readPosition } from '../listing/position.ts';
import * as store from '../store.ts';
import { showHistory } from '../reading/view.ts';

const PAGE = 50;

export default operation<SsmApi, Parameters>()('ssm', 'GetParameterHistory', {
  action: 'ssm:GetParameterHistory',
  audit: 'read',
  givesSecret: (input) => input.WithDecryption === true,
  resources: (input, scope) => [resourceOf(scope, input.Name)],
  async handle(domain, ctx, input) {
    const reference = readPlainReference(ctx, input.Name);
    const { owner, key, asked } = reference;
    // A token is a place in this parameter's history and in no other.
    const kind = `GetParameterHistory ${parameterArn(owner, key)}`;
    const after = Number(readPosition(domain, kind, ctx, input.NextToken) ?? 0);
    const limit = input.MaxResults ?? PAGE;
    const { parameter, versions, labels } = await domain.database.read(async (tx) => {
      const parameter = await getParameter(domain, tx, ctx, 'ssm:GetParameterHistory', reference);
      // A public parameter has one version and no row.
      const versions = key.startsWith(PUBLIC_PREFIX)
        ? [parameter].filter(({ version }) => version > after)
        : await store.listVersions(tx, owner, key, after, limit + 1);
      // Deleted meanwhile.
      if (versions.length === 0 && after === 0) ctx.fail('ParameterNotFound', '');
      return { parameter, versions, labels: await store.listLabels(tx, owner, key) };
    });
    const page = versions.slice(0, limit);
    const name = asked ?? nameOf(key, parameter.rooted);
    const labelsOf = (version: number) => [...labels].flatMap(([label, at]) => (at === version ? [label] : []));
    const last = page.at(-1);
    return {
      Parameters: await Promise.all(
        page.map((version) =>
          showHistory(domain, ctx, owner, name, version, labelsOf(version.version), input.WithDecryption === true),
        ),
      ),
      NextToken:
        versions.length > limit && last !== undefined ? domain.pageTokens.encode(kind, ctx, String(last.version)) : undefined,
    };
  },
});
