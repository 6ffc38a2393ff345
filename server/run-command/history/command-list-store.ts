// The SQL of ListCommands, and of everything that goes through commands newest first. Each statement walks one index in its order and stops
// when the page is full; several states are several walks, merged.
import { type Kysely, sql } from 'kysely';
import type { Scope } from '../../platform/ids.ts';
import { type ReadTx, tables } from '../../platform/store/index.ts';
import type { CommandState, CountName } from '../command.ts';
import { type CommandFilter, merged, newestFirst, type Page, pageOf, type Position, walkPage } from './history.ts';
import { COUNT_COLUMNS } from '../store.ts';
import type { CommandRow, RunCommandTables } from '../tables.ts';

const db = (tx: ReadTx) => tables<RunCommandTables>(tx);

/** What a walk over commands may ask for besides their order. */
export interface HeadFilter {
  readonly documentName?: string | undefined;
  readonly afterMs?: number | undefined;
  readonly beforeMs?: number | undefined;
  /** One state of the command. */
  readonly state?: CommandState | undefined;
  /** Only commands that have invocations of this kind. */
  readonly having?: CountName | undefined;
}

export async function listCommands(
  tx: ReadTx,
  scope: Scope,
  filter: CommandFilter,
  after: Position | undefined,
  limit: number,
): Promise<Page<CommandRow>> {
  if (filter.states?.length === 0) return { rows: [], next: undefined };
  if (filter.commandId !== undefined) return oneCommand(tx, scope, filter, filter.commandId, after);
  if (filter.nodeId !== undefined) return commandsOfNode(tx, scope, filter, filter.nodeId, after, limit);
  const strands = filter.states ?? [undefined];
  const rows = await merged(
    strands.map(
      (state) => () =>
        commandQuery(db(tx), scope, { ...filter, state }, after, limit + 1)
          .selectAll()
          .execute(),
    ),
    newestFirst,
    limit + 1,
  );
  return pageOf(rows, limit);
}

async function oneCommand(
  tx: ReadTx,
  scope: Scope,
  filter: CommandFilter,
  commandId: string,
  after: Position | undefined,
): Promise<Page<CommandRow>> {
  const rows = after === undefined ? await findCommands(tx, scope, [commandId]) : [];
  const onNode = filter.nodeId === undefined || (await wasSentTo(tx, scope, commandId, filter.nodeId));
  return { rows: onNode ? rows.filter((row) => matches(row, filter) && isInState(row, filter)) : [], next: undefined };
}

async function wasSentTo(tx: ReadTx, scope: Scope, commandId: string, nodeId: string): Promise<boolean> {
  const row = await db(tx)
    .selectFrom('run_command_invocation')
    .select('node_id')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('command_id', '=', commandId)
    .where('node_id', '=', nodeId)
    .executeTakeFirst();
  return row !== undefined;
}

/** The node's own index gives the order; the commands are looked up by their keys. */
async function commandsOfNode(
  tx: ReadTx,
  scope: Scope,
  filter: CommandFilter,
  nodeId: string,
  after: Position | undefined,
  limit: number,
): Promise<Page<CommandRow>> {
  return walkPage(
    (position, count) => nodeHistoryQuery(db(tx), scope, nodeId, filter, position, count).execute(),
    async (rows) => {
      const keys = rows.filter((row) => isOfDocument(row, filter)).map((row) => row.command_id);
      const commands = await findCommands(tx, scope, keys);
      return { rows: commands.filter((row) => isInState(row, filter)).toSorted(newestFirst), lookedUp: keys.length };
    },
    after,
    limit,
  );
}

export async function findCommands(tx: ReadTx, scope: Scope, commandIds: readonly string[]): Promise<CommandRow[]> {
  if (commandIds.length === 0) return [];
  return db(tx)
    .selectFrom('run_command_command')
    .selectAll()
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('command_id', 'in', [...commandIds])
    .execute();
}

/** What a command shares with its invocations. */
export function matches(row: CommandRow, filter: HeadFilter): boolean {
  return (
    isOfDocument(row, filter) &&
    (filter.afterMs === undefined || row.requested_at >= filter.afterMs) &&
    (filter.beforeMs === undefined || row.requested_at < filter.beforeMs)
  );
}

function isInState(row: CommandRow, filter: CommandFilter): boolean {
  return filter.states?.includes(row.state) ?? true;
}

export function isOfDocument(row: { readonly document_name: string }, filter: HeadFilter): boolean {
  return filter.documentName === undefined || row.document_name === filter.documentName;
}

/** Commands, newest first. */
export function commandQuery(
  from: Kysely<RunCommandTables>,
  scope: Scope,
  filter: HeadFilter,
  after: Position | undefined,
  limit: number,
) {
  let query = from.selectFrom('run_command_command').where('account', '=', scope.account).where('region', '=', scope.region);
  if (filter.documentName !== undefined) query = query.where('document_name', '=', filter.documentName);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  // Word for word what the partial index says: a parameter in place of the 0 would hide it.
  if (filter.having !== undefined) query = query.where(sql<boolean>`${sql.ref(COUNT_COLUMNS[filter.having])} > 0`);
  // As the migration wrote the index of both: see there.
  const both = filter.documentName !== undefined && filter.state !== undefined;
  const at = both ? sql<number>`(requested_at + 0)` : sql<number>`requested_at`;
  if (filter.afterMs !== undefined) query = query.where(at, '>=', filter.afterMs);
  if (filter.beforeMs !== undefined) query = query.where(at, '<', filter.beforeMs);
  if (after !== undefined) query = query.where(sql<boolean>`(${at}, command_id) < (${after.at}, ${after.commandId})`);
  return query.orderBy(at, 'desc').orderBy('command_id', 'desc').limit(limit);
}

/** Which commands a node had, newest first; answered from the index alone. */
export function nodeHistoryQuery(
  from: Kysely<RunCommandTables>,
  scope: Scope,
  nodeId: string,
  filter: HeadFilter,
  after: Position | undefined,
  limit: number,
) {
  let query = from
    .selectFrom('run_command_invocation')
    .select(['requested_at', 'command_id', 'document_name'])
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('node_id', '=', nodeId);
  if (filter.afterMs !== undefined) query = query.where('requested_at', '>=', filter.afterMs);
  if (filter.beforeMs !== undefined) query = query.where('requested_at', '<', filter.beforeMs);
  if (after !== undefined) query = query.where(sql<boolean>`(requested_at, command_id) < (${after.at}, ${after.commandId})`);
  return query.orderBy('requested_at', 'desc').orderBy('command_id', 'desc').limit(limit);
}
