// DescribeActivations: in id order; expired ones stay listed until they are deleted.
import type { DescribeActivationsFilter, SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import { pageActivations } from '../activation-store.ts';
import type { ActivationFilter } from '../activation-store.ts';
import { isExpired } from '../activation.ts';
import type { Nodes } from '../domain.ts';

const PAGE = 50;
/** Bound values of one statement stay few. */
const FILTER_VALUES_MAX = 100;
const COLUMNS = { ActivationIds: 'activation_id', DefaultInstanceName: 'default_instance_name', IamRole: 'iam_role' } as const;

export default operation<SsmApi, Nodes>()('ssm', 'DescribeActivations', {
  action: 'ssm:DescribeActivations',
  audit: 'read',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    const filters = (input.Filters ?? []).map((filter) => readFilter(filter, ctx));
    const limit = input.MaxResults ?? PAGE;
    const position =
      input.NextToken === undefined ? undefined : domain.pageTokens.decode('DescribeActivations', ctx, input.NextToken);
    const after = typeof position === 'string' ? position : undefined;
    const found = await domain.database.read((tx) => pageActivations(tx, ctx, filters, after, limit + 1));
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      ActivationList: page.map((activation) => ({
        ActivationId: activation.activationId,
        Description: activation.description,
        DefaultInstanceName: activation.defaultInstanceName,
        IamRole: activation.iamRole,
        RegistrationLimit: activation.registrationLimit,
        RegistrationsCount: activation.registrationsCount,
        ExpirationDate: activation.expiresAt,
        Expired: isExpired(activation, ctx.now),
        CreatedDate: activation.createdAt,
        Tags: activation.tags,
      })),
      NextToken:
        found.length > limit && last !== undefined
          ? domain.pageTokens.encode('DescribeActivations', ctx, last.activationId)
          : undefined,
    };
  },
});

function readFilter(
  { FilterKey: key, FilterValues: values = [] }: DescribeActivationsFilter,
  ctx: RequestContext<'InvalidFilter'>,
): ActivationFilter {
  if (key === undefined || values.length === 0) return ctx.fail('InvalidFilter', 'A filter needs a key and at least one value.');
  if (values.length > FILTER_VALUES_MAX)
    return ctx.fail('InvalidFilter', `A filter can have at most ${FILTER_VALUES_MAX} values.`);
  return { column: COLUMNS[key], values };
}
