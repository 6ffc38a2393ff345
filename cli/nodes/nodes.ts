// `muster nodes`: which machines there are.
import type { CommandPage, OptionTable } from '@muster/server/main.ts';
import type { Host } from '../host.ts';
import { readOptions, SERVER_ENVIRONMENT, SERVER_EXITS, SERVER_OPTIONS } from '../options.ts';
import { EXIT } from '../run-command/outcome.ts';
import { readTargets } from '../run-command/targets.ts';
import { withServer } from '../server-session.ts';
import { shownDuration, shownTime } from '../terminal/duration.ts';
import { Table } from '../terminal/table.ts';
import { plainName } from '../terminal/untrusted-text.ts';
import { UsageError } from '../usage-error.ts';
import { nodePages } from './node-api.ts';
import type { NodeFilter, NodeInformation } from './node-api.ts';

const OPTIONS = {
  targets: {
    type: 'string',
    multiple: true,
    value: 'TARGET',
    meaning: 'tag:KEY=VALUE[,VALUE…], tag-key=KEY or InstanceIds=ID[,ID…]; all must match',
  },
  status: { type: 'string', value: 'online|lost', meaning: 'only nodes that are connected, or are not' },
  wide: { type: 'boolean', meaning: 'addresses, when they were registered, and the rest' },
  ...SERVER_OPTIONS,
} as const satisfies OptionTable;

export const NODES_PAGE: CommandPage = {
  command: 'nodes',
  what: 'which machines there are',
  forms: [['muster nodes [OPTION]…', '']],
  examples: [
    ['muster nodes --status lost', 'who is not connected'],
    ['muster nodes --targets tag:role=web,db --wide', 'with either value of the tag'],
    ['muster commands preview --targets group:NAME -- true', "a group's nodes"],
  ],
  options: OPTIONS,
  environment: SERVER_ENVIRONMENT,
  exits: SERVER_EXITS,
};

const PING_STATUS: Readonly<Record<string, string>> = { online: 'Online', lost: 'ConnectionLost' };
const HEADINGS = ['NAME', 'ID', 'PING', 'PLATFORM', 'AGENT', 'LAST PING'];
const WIDE_HEADINGS = ['ADDRESS', 'COMPUTER', 'REGISTERED'];
const PING_COLUMN = 2;

export async function nodesCommand(argv: readonly string[], host: Host): Promise<number> {
  const { values, positionals } = readOptions('nodes', argv, OPTIONS);
  if (positionals.length > 0) throw new UsageError(`unexpected ${JSON.stringify(positionals[0])}; muster nodes --help`);
  const filters = readFilters(values.targets ?? []);
  const pingStatus = readStatus(values.status);
  const { wide = false, json = false } = values;
  // The API takes filters of tags or of properties, not both: then the status is looked at here.
  const asked = filters.length === 0 && pingStatus !== undefined ? [{ Key: 'PingStatus', Values: [pingStatus] }] : filters;
  const table = new Table(wide ? [...HEADINGS, ...WIDE_HEADINGS] : HEADINGS);
  return withServer(host, values['data-dir'], async ({ client, screen }) => {
    const { palette } = screen.out;
    const paint = (cell: string, column: number): string =>
      column === PING_COLUMN ? (cell === 'Online' ? palette.good : palette.bad)(cell) : cell;
    for await (const page of nodePages(client, asked)) {
      const nodes = page.filter((node) => pingStatus === undefined || node.PingStatus === pingStatus);
      const now = host.clock.now();
      if (json) for (const node of nodes) screen.printJson({ type: 'node', ...members(node) });
      else
        for (const line of table.page(
          nodes.map((node) => row(node, now, wide)),
          paint,
        ))
          screen.print(line);
      await screen.settle();
      if (screen.outputGone.aborted) break;
    }
    return EXIT.success;
  });
}

function readFilters(targets: readonly string[]): NodeFilter[] {
  const filters = readTargets(targets);
  const other = filters.find(({ Key }) => Key.startsWith('resource-groups:'));
  if (other === undefined) return filters;
  throw new UsageError('muster nodes finds by tag and by id; a group: muster commands preview --targets group:NAME -- true');
}

function readStatus(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const status = Object.hasOwn(PING_STATUS, given) ? PING_STATUS[given] : undefined;
  if (status !== undefined) return status;
  throw new UsageError(`--status ${JSON.stringify(given)} is neither online nor lost`);
}

function row(node: NodeInformation, now: Date, wide: boolean): string[] {
  const pingedAt = node.LastPingDateTime;
  const cells = [
    node.Name ?? node.ComputerName ?? '',
    node.InstanceId,
    node.PingStatus ?? '',
    [node.PlatformName ?? node.PlatformType, node.PlatformVersion].filter(Boolean).join(' '),
    node.AgentVersion ?? '',
    pingedAt === undefined ? 'never' : `${shownDuration(now.getTime() - pingedAt * 1000)} ago`,
    ...(wide ? [node.IPAddress ?? '', node.ComputerName ?? '', shownTime(node.RegistrationDate)] : []),
  ];
  return cells.map(plainName);
}

function members(node: NodeInformation): Record<string, unknown> {
  return {
    instanceId: node.InstanceId,
    name: node.Name,
    computerName: node.ComputerName,
    pingStatus: node.PingStatus,
    lastPingAt: node.LastPingDateTime === undefined ? undefined : new Date(node.LastPingDateTime * 1000).toISOString(),
    platformType: node.PlatformType,
    platformName: node.PlatformName,
    platformVersion: node.PlatformVersion,
    agentVersion: node.AgentVersion,
    ipAddress: node.IPAddress,
  };
}
