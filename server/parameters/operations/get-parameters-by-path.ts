// GetParametersByPath: what lies below a path, one level or all, in the order of names, in full pages. Who may read a path may read all below it.
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Parameters } from '../domain.ts';
import { readPathFilters } from '../listing/filters.ts';
import { listByPath } from '../listing/listing.ts';
import { pathArn, readPath } from '../name.ts';
import { readPosition } from '../listing/position.ts';
import { showParameters } from '../reading/view.ts';

/** As AWS, which takes no more. */
const PAGE = 10;

export default operation<SsmApi, Parameters>()('ssm', 'GetParametersByPath', {
  action: 'ssm:GetParametersByPath',
  audit: 'read',
  givesSecret: (input) => input.WithDecryption === true,
  resources: (input, scope) => [pathArn(scope, input.Path)],
  conditions: (input) => ({ 'ssm:Recursive': String(input.Recursive === true) }),
  async handle(domain, ctx, input) {
    const path = readPath(input.Path);
    const filters = readPathFilters(input.ParameterFilters ?? []);
    // A token is a place in this listing and in no other.
    const kind = `GetParametersByPath ${path} ${JSON.stringify([input.Recursive === true, input.ParameterFilters ?? []])}`;
    const { items, next } = await listByPath(domain, ctx, filters, {
      path,
      recursive: input.Recursive === true,
      after: readPosition(domain, kind, ctx, input.NextToken),
      limit: input.MaxResults ?? PAGE,
    });
    return {
      Parameters: await showParameters(domain, ctx, items, input.WithDecryption === true),
      NextToken: next === undefined ? undefined : domain.pageTokens.encode(kind, ctx, next),
    };
  },
});
