// CreateGroup: with a query or with a configuration, never both.
import type { CreateGroupInput, ResourceGroupsApi } from '../../platform/api/models/resource-groups.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import { whyNotConfiguration } from '../configuration.ts';
import { type ResourceGroups, whyNotTags } from '../domain.ts';
import { groupArn, GROUPS_MAX, groupView } from '../group.ts';
import { readQuery } from '../query.ts';
import * as store from '../store.ts';

const RESERVED_NAME = /^aws/i;

export default operation<ResourceGroupsApi, ResourceGroups>()('resource-groups', 'CreateGroup', {
  action: 'resource-groups:CreateGroup',
  audit: 'write',
  resources: (input, scope) => [groupArn(scope, input.Name)],
  async handle(domain, ctx, input) {
    requireValid(input, ctx);
    const group = {
      name: input.Name,
      description: input.Description,
      criticality: input.Criticality,
      owner: input.Owner,
      displayName: input.DisplayName,
      query: input.ResourceQuery,
      configuration: input.Configuration,
    };
    const tags = Object.entries(input.Tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
    await domain.database.write('resource-groups.create', async (tx) => {
      const taken = (await store.findGroup(tx, ctx, group.name)) !== undefined;
      if (!taken && (await store.countGroups(tx, ctx)) >= GROUPS_MAX)
        ctx.fail('BadRequestException', `You can have at most ${GROUPS_MAX} resource groups in an account and region.`);
      if (taken || !(await store.insertGroup(tx, ctx, group)))
        ctx.fail('BadRequestException', 'Cannot create group: group already exists');
      // What a unit at the same time gave to a group of this name that was deleted.
      await store.deleteMembers(tx, ctx, group.name);
      await domain.tags.removeAll(tx, ctx, 'Group', group.name);
      const wrong = await whyNotTags(domain, tx, ctx, { kind: 'Group', id: group.name }, tags);
      if (wrong !== undefined) ctx.fail('BadRequestException', wrong);
      await domain.tags.add(tx, ctx, 'Group', group.name, tags);
      await ctx.journal(tx, [groupArn(ctx, group.name)]);
    });
    return {
      Group: groupView(ctx, group),
      ResourceQuery: group.query,
      Tags: input.Tags,
      ...(group.configuration === undefined
        ? {}
        : { GroupConfiguration: { Configuration: group.configuration, Status: 'UPDATE_COMPLETE' as const } }),
    };
  },
});

function requireValid(input: CreateGroupInput, ctx: RequestContext<'BadRequestException'>): void {
  const { Name: name, ResourceQuery: query, Configuration: configuration } = input;
  if (RESERVED_NAME.test(name)) ctx.fail('BadRequestException', "Group names can't start with aws: AWS keeps them for itself.");
  if ((query === undefined) === (configuration === undefined))
    ctx.fail('BadRequestException', 'You must specify either a ResourceQuery or a Configuration.');
  const read = query === undefined ? undefined : readQuery(query);
  if (read?.ok === false) ctx.fail('BadRequestException', `Query not valid: ${read.reason}`);
  const wrong = configuration === undefined ? undefined : whyNotConfiguration(configuration);
  if (wrong !== undefined) ctx.fail('BadRequestException', wrong);
}
