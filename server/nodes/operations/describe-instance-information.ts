// DescribeInstanceInformation: nodes in id order, a page at a time.
import type { InstanceInformation, SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { operation } from '../../platform/api/operation.ts';
import type { Scope } from '../../platform/ids.ts';
import { queries } from '../../platform/store/index.ts';
import { pageTagged } from '../directory.ts';
import type { Nodes } from '../domain.ts';
import { readInformationFilters } from '../information-filters.ts';
import type { InformationFilters } from '../information-filters.ts';
import type { ManagedNode } from '../node.ts';
import * as store from '../store.ts';
import type { NodeTables } from '../tables.ts';

const PAGE = 50;

export default operation<SsmApi, Nodes>()('ssm', 'DescribeInstanceInformation', {
  action: 'ssm:DescribeInstanceInformation',
  audit: 'read',
  resources: () => ['*'],
  async handle(domain, ctx, input) {
    const filters = readInformationFilters(input.Filters ?? [], input.InstanceInformationFilterList ?? [], ctx);
    const limit = input.MaxResults ?? PAGE;
    const position =
      input.NextToken === undefined ? undefined : domain.pageTokens.decode('DescribeInstanceInformation', ctx, input.NextToken);
    const after = typeof position === 'string' ? position : undefined;
    const found = await find(domain, ctx, filters, after, limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      InstanceInformationList: page.map(show),
      NextToken:
        found.length > limit && last !== undefined
          ? domain.pageTokens.encode('DescribeInstanceInformation', ctx, last.nodeId)
          : undefined,
    };
  },
});

async function find(
  domain: Nodes,
  scope: Scope,
  filters: InformationFilters,
  after: string | undefined,
  limit: number,
): Promise<ManagedNode[]> {
  if (filters.by === 'nothing') return [];
  if (filters.by === 'tags') return domain.database.read((tx) => pageTagged(domain.tags, tx, scope, filters.tags, after, limit));
  if (filters.columns.length <= 1) return domain.database.read((tx) => store.pageNodes(tx, scope, filters.columns, after, limit));
  // Several filters may pass over many nodes before they find one: not on the thread that serves everybody.
  const pages = store.pageQueries(queries<NodeTables>(domain.database), scope, filters.columns, after, limit);
  const rows = await Promise.all(pages.map((query) => domain.database.scan<store.ShownRow>(query.compile())));
  return store.mergePages(rows.flat(), limit);
}

function show(node: ManagedNode): InstanceInformation {
  return {
    InstanceId: node.nodeId,
    PingStatus: node.pingStatus,
    LastPingDateTime: node.lastPingAt,
    AgentVersion: node.agentVersion,
    PlatformType: node.platformType,
    PlatformName: node.platformName,
    PlatformVersion: node.platformVersion,
    ActivationId: node.activationId,
    IamRole: node.iamRole,
    RegistrationDate: node.registeredAt,
    ResourceType: 'ManagedInstance',
    Name: node.name,
    IPAddress: node.ipAddress,
    ComputerName: node.computerName,
    SourceId: node.nodeId,
    SourceType: 'AWS::SSM::ManagedInstance',
  };
}
