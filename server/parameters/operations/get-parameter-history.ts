// GetParameterHistory: the versions that are kept, oldest first.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Parameters } from '../domain.ts';
import { getParameter } from '../find.ts';
import { nameOf, readPlainReference, resourceOf } from '../name.ts';
import { readPosition } from '../position.ts';
import * as store from '../store.ts';
import { showHistory } from '../view.ts';

const PAGE = 50;

export default operation<SsmApi, Parameters>()('ssm', 'GetParameterHistory', {
  action: 'ssm:GetParameterHistory',
  audit: 'read',
  givesSecret: (input) => input.WithDecryption === true,
  resources: (input, scope) => [resourceOf(scope, input.Name)],
  async handle(domain, ctx, input) {
    const reference = readPlainReference(ctx, input.Name);
    const { owner, key, asked } = reference;
    const kind = 'GetParameterHistory';
    const after = Number(readPosition(domain, kind, ctx, input.NextToken) ?? 0);
    const limit = input.MaxResults ?? PAGE;
    const { parameter, versions, labels } = await domain.database.read(async (tx) => {
      const parameter = await getParameter(domain, tx, ctx, 'ssm:GetParameterHistory', reference);
      const old = await store.listOldVersions(tx, owner, key, after, limit + 1);
      const versions = parameter.version > after ? [...old, parameter] : old;
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
