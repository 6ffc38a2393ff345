// DescribeInstanceInformation, as the command line asks it.
import type { AwsClient } from '../aws-client.ts';

export interface NodeInformation {
  readonly InstanceId: string;
  readonly Name?: string;
  readonly ComputerName?: string;
  readonly PingStatus?: string;
  readonly LastPingDateTime?: number;
  readonly AgentVersion?: string;
  readonly PlatformType?: string;
  readonly PlatformName?: string;
  readonly PlatformVersion?: string;
  readonly IPAddress?: string;
  readonly RegistrationDate?: number;
}

export interface NodeFilter {
  readonly Key: string;
  readonly Values: readonly string[];
}

/** AWS's page. */
const PAGE = 50;

/** Page by page, so that the first nodes are shown while the last are still asked for. */
export async function* nodePages(client: AwsClient, filters: readonly NodeFilter[]): AsyncGenerator<readonly NodeInformation[]> {
  let NextToken: string | undefined;
  do {
    const answer = await client.read('ssm', 'AmazonSSM.DescribeInstanceInformation', {
      MaxResults: PAGE,
      ...(filters.length === 0 ? {} : { Filters: filters }),
      NextToken,
    });
    NextToken = answer['NextToken'] as string | undefined;
    yield (answer['InstanceInformationList'] ?? []) as readonly NodeInformation[];
  } while (NextToken !== undefined);
}

/** What the nodes with these ids are called. */
export async function namesOfNodes(
  client: AwsClient,
  instanceIds: readonly string[],
): Promise<ReadonlyMap<string, string | undefined>> {
  const names = new Map<string, string | undefined>();
  for (let first = 0; first < instanceIds.length; first += PAGE) {
    const filter = { Key: 'InstanceIds', Values: instanceIds.slice(first, first + PAGE) };
    for await (const page of nodePages(client, [filter])) {
      for (const node of page) names.set(node.InstanceId, node.ComputerName);
    }
  }
  return names;
}
