// Nodes: every statement about them. Facts are written when they change; signs of life in batches; pages are walks along an index.
import type { Kysely } from 'kysely';
import type { NodeId, Scope } from '../platform/ids.ts';
import { tables } from '../platform/store/index.ts';
import type { ReadTx, Tx } from '../platform/store/index.ts';
import type { AgentFacts, ManagedNode, PingStatus, PlatformType } from './node.ts';
import type { NodeKeyRing, PreviousKey } from './node-key.ts';
import type { NodeRow, NodeTables } from './tables.ts';

const SHOWN = [
  'node_id',
  'activation_id',
  'iam_role',
  'name',
  'registered_at',
  'agent_name',
  'agent_version',
  'agent_status',
  'platform_type',
  'platform_name',
  'platform_version',
  'computer_name',
  'ip_address',
  'last_ping_at',
  'ping_status',
] as const;

export type ShownRow = Pick<NodeRow, (typeof SHOWN)[number]>;

export interface NewNode extends Scope {
  readonly nodeId: NodeId;
  readonly activationId: string;
  readonly iamRole: string;
  readonly name: string | undefined;
  readonly fingerprint: string;
  readonly publicKey: string;
  readonly now: Date;
}

/** False when the id is taken. */
export async function insertNode(tx: Tx, node: NewNode): Promise<boolean> {
  const result = await tables<NodeTables>(tx)
    .insertInto('nodes_node')
    .values({
      account: node.account,
      region: node.region,
      node_id: node.nodeId,
      activation_id: node.activationId,
      iam_role: node.iamRole,
      name: node.name ?? null,
      registered_at: node.now.getTime(),
      fingerprint: node.fingerprint,
      public_key: node.publicKey,
      public_key_at: node.now.getTime(),
      previous_keys: '[]',
      ping_status: 'ConnectionLost',
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return Number(result.numInsertedOrUpdatedRows ?? 0) === 1;
}

export async function findNode(tx: ReadTx, scope: Scope, nodeId: string): Promise<ManagedNode | undefined> {
  const row = await nodes(tx, scope).select(SHOWN).where('node_id', '=', nodeId).executeTakeFirst();
  return row === undefined ? undefined : toNode(row);
}

export async function findNodes(tx: ReadTx, scope: Scope, nodeIds: readonly string[]): Promise<ManagedNode[]> {
  if (nodeIds.length === 0) return [];
  const rows = await nodes(tx, scope).select(SHOWN).where('node_id', 'in', nodeIds).orderBy('node_id').execute();
  return rows.map(toNode);
}

export async function isRegistered(tx: ReadTx, scope: Scope, nodeId: string): Promise<boolean> {
  return (await nodes(tx, scope).select('node_id').where('node_id', '=', nodeId).executeTakeFirst()) !== undefined;
}

export interface NodeIdentity {
  readonly scope: Scope;
  readonly roleName: string;
  readonly fingerprint: string;
  readonly keys: NodeKeyRing;
}

/** By the id alone: that is all a node's signature names. */
export async function findIdentity(tx: ReadTx, nodeId: string): Promise<NodeIdentity | undefined> {
  const row = await tables<NodeTables>(tx)
    .selectFrom('nodes_node')
    .select(['account', 'region', 'iam_role', 'fingerprint', 'public_key', 'public_key_at', 'previous_keys'])
    .where('node_id', '=', nodeId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const previous: PreviousKey[] = JSON.parse(row.previous_keys);
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- ids came from a scope when they were written
    scope: { account: row.account, region: row.region } as Scope,
    roleName: row.iam_role,
    fingerprint: row.fingerprint,
    keys: { current: row.public_key, currentSince: new Date(row.public_key_at), previous },
  };
}

/** False when the key ring changed since `seen` was read. */
export async function updateKeys(tx: Tx, scope: Scope, nodeId: string, seen: NodeKeyRing, next: NodeKeyRing): Promise<boolean> {
  const result = await update(tx, scope)
    .set({ public_key: next.current, public_key_at: next.currentSince.getTime(), previous_keys: JSON.stringify(next.previous) })
    .where('node_id', '=', nodeId)
    .where('public_key', '=', seen.current)
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

export async function updateRole(tx: Tx, scope: Scope, nodeId: string, iamRole: string): Promise<boolean> {
  const result = await update(tx, scope).set({ iam_role: iamRole }).where('node_id', '=', nodeId).executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

/** Changed facts are a sign of life, too. */
export async function updateFacts(tx: Tx, scope: Scope, nodeId: string, facts: AgentFacts, now: Date): Promise<boolean> {
  const result = await update(tx, scope)
    .set({
      agent_name: facts.agentName ?? null,
      agent_version: facts.agentVersion ?? null,
      agent_status: facts.agentStatus ?? null,
      platform_type: facts.platformType ?? null,
      platform_name: facts.platformName ?? null,
      platform_version: facts.platformVersion ?? null,
      computer_name: facts.computerName ?? null,
      ip_address: facts.ipAddress ?? null,
      last_ping_at: now.getTime(),
      ping_status: 'Online',
    })
    .where('node_id', '=', nodeId)
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

export async function deleteNode(tx: Tx, scope: Scope, nodeId: string): Promise<boolean> {
  const result = await tables<NodeTables>(tx)
    .deleteFrom('nodes_node')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('node_id', '=', nodeId)
    .executeTakeFirst();
  return Number(result.numDeletedRows) === 1;
}

/** Nodes among `nodeIds` (at most 500) that are not Online in the store. */
export async function findSilent(tx: ReadTx, scope: Scope, nodeIds: readonly string[]): Promise<string[]> {
  const rows = await nodes(tx, scope)
    .select('node_id')
    .where('node_id', 'in', nodeIds)
    .where('ping_status', '!=', 'Online')
    .execute();
  return rows.map((row) => row.node_id);
}

export async function markSeen(tx: Tx, scope: Scope, nodeIds: readonly string[], at: Date): Promise<void> {
  await update(tx, scope).set({ last_ping_at: at.getTime(), ping_status: 'Online' }).where('node_id', 'in', nodeIds).execute();
}

export interface SilentNode {
  readonly scope: Scope;
  readonly nodeId: NodeId;
  readonly lastPingAt: Date;
}

/** Online nodes of every scope without a sign of life since `before`, longest silent first. */
export async function findOverdue(tx: ReadTx, before: Date, limit: number): Promise<SilentNode[]> {
  const rows = await tables<NodeTables>(tx)
    .selectFrom('nodes_node')
    .select(['account', 'region', 'node_id', 'last_ping_at'])
    .where('ping_status', '=', 'Online')
    .where('last_ping_at', '<', before.getTime())
    .orderBy('last_ping_at')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- ids came from a scope when they were written
    scope: { account: row.account, region: row.region } as Scope,
    nodeId: toNodeId(row.node_id),
    lastPingAt: new Date(row.last_ping_at ?? 0),
  }));
}

export async function markLost(tx: Tx, scope: Scope, nodeIds: readonly string[]): Promise<void> {
  await update(tx, scope).set({ ping_status: 'ConnectionLost' }).where('node_id', 'in', nodeIds).execute();
}

export interface ColumnFilter {
  readonly column: 'node_id' | 'activation_id' | 'iam_role' | 'agent_version' | 'ping_status' | 'platform_type';
  readonly values: readonly string[];
}

/** Which filter is walked along its index: the one that leaves the fewest nodes, as a rule. */
const SELECTIVITY: readonly ColumnFilter['column'][] = [
  'node_id',
  'activation_id',
  'iam_role',
  'agent_version',
  'ping_status',
  'platform_type',
];

/**
 * The queries of one page, to be merged by node_id: one for each value of the filter that is walked, since only a single value's
 * index walk comes in node order.
 */
export function pageQueries(
  db: Kysely<NodeTables>,
  scope: Scope,
  filters: readonly ColumnFilter[],
  after: string | undefined,
  limit: number,
) {
  const [walked, ...rest] = filters.toSorted((a, b) => SELECTIVITY.indexOf(a.column) - SELECTIVITY.indexOf(b.column));
  let base = db.selectFrom('nodes_node').select(SHOWN).where('account', '=', scope.account).where('region', '=', scope.region);
  if (after !== undefined) base = base.where('node_id', '>', after);
  for (const { column, values } of rest) base = base.where(column, 'in', values);
  base = base.orderBy('node_id').limit(limit);
  if (walked === undefined) return [base];
  return [...new Set(walked.values)].map((value) => base.where(walked.column, '=', value));
}

export async function pageNodes(
  tx: ReadTx,
  scope: Scope,
  filters: readonly ColumnFilter[],
  after: string | undefined,
  limit: number,
): Promise<ManagedNode[]> {
  const rows: ShownRow[] = [];
  for (const query of pageQueries(tables<NodeTables>(tx), scope, filters, after, limit)) rows.push(...(await query.execute()));
  return mergePages(rows, limit);
}

export function mergePages(rows: readonly ShownRow[], limit: number): ManagedNode[] {
  return rows
    .toSorted((a, b) => (a.node_id < b.node_id ? -1 : 1))
    .slice(0, limit)
    .map(toNode);
}

function nodes(tx: ReadTx, scope: Scope) {
  return tables<NodeTables>(tx).selectFrom('nodes_node').where('account', '=', scope.account).where('region', '=', scope.region);
}

function update(tx: Tx, scope: Scope) {
  return tables<NodeTables>(tx).updateTable('nodes_node').where('account', '=', scope.account).where('region', '=', scope.region);
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the column holds nothing else
const toNodeId = (text: string): NodeId => text as NodeId;
const PLATFORMS: readonly PlatformType[] = ['Linux', 'Windows', 'MacOS'];

function toNode(row: ShownRow): ManagedNode {
  const pingStatus: PingStatus = row.ping_status === 'Online' ? 'Online' : 'ConnectionLost';
  return {
    nodeId: toNodeId(row.node_id),
    activationId: row.activation_id,
    iamRole: row.iam_role,
    name: row.name ?? undefined,
    registeredAt: new Date(row.registered_at),
    agentName: row.agent_name ?? undefined,
    agentVersion: row.agent_version ?? undefined,
    agentStatus: row.agent_status ?? undefined,
    platformType: PLATFORMS.find((platform) => platform === row.platform_type),
    platformName: row.platform_name ?? undefined,
    platformVersion: row.platform_version ?? undefined,
    computerName: row.computer_name ?? undefined,
    ipAddress: row.ip_address ?? undefined,
    pingStatus,
    lastPingAt: row.last_ping_at === null ? undefined : new Date(row.last_ping_at),
  };
}
