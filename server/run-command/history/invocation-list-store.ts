// The SQL of ListCommandInvocations. Of one command: by its own keys, in node order. Of one node: by the node's indexes. Of everybody: through
// commands newest first, whose counters say which of them have invocations in the wanted states, and how many.
import { type Kysely, sql } from 'kysely';
import type { Scope } from '../../platform/ids.ts';
import { type ReadTx, tables } from '../../platform/store/index.ts';
import { countOf, type CountName, type InvocationState } from '../command.ts';
import { commandQuery, findCommands, isOfDocument, matches, nodeHistoryQuery } from './command-list-store.ts';
import { countsOf } from '../facts.ts';
import { type InvocationFilter, merged, newestFirst, type Page, pageOf, type Position, walkPage } from './history.ts';
import { COUNT_COLUMNS } from '../store.ts';
import type { CommandRow, InvocationRow, RunCommandTables } from '../tables.ts';

/** Commands one page looks into, at most. A counter may stand for several states, so some of them may hold none of the wanted one. */
const COMMANDS_WALKED_MAX = 500;

const db = (tx: ReadTx) => tables<RunCommandTables>(tx);

export async function listInvocations(
  tx: ReadTx,
  scope: Scope,
  filter: InvocationFilter,
  after: Position | undefined,
  limit: number,
): Promise<Page<InvocationRow>> {
  if (filter.states?.length === 0) return { rows: [], next: undefined };
  if (filter.commandId !== undefined) return ofOneCommand(tx, scope, filter, filter.commandId, after, limit);
  if (filter.nodeId !== undefined) return ofOneNode(tx, scope, filter, filter.nodeId, after, limit);
  return ofEverybody(tx, scope, filter, after, limit);
}

async function ofOneCommand(
  tx: ReadTx,
  scope: Scope,
  filter: InvocationFilter,
  commandId: string,
  after: Position | undefined,
  limit: number,
): Promise<Page<InvocationRow>> {
  const [command] = await findCommands(tx, scope, [commandId]);
  const none = { rows: [], next: undefined };
  if (command === undefined || !matches(command, filter)) return none;
  if (filter.nodeId !== undefined) {
    if (after !== undefined) return none;
    const rows = await invocationsOf(tx, scope, [commandId]).where('node_id', '=', filter.nodeId).execute();
    return { rows: rows.filter((row) => filter.states?.includes(row.state) ?? true), next: undefined };
  }
  return pageOf(await inOrder(tx, scope, commandId, filter.states, 'asc', after?.nodeId, limit + 1), limit);
}

async function ofOneNode(
  tx: ReadTx,
  scope: Scope,
  filter: InvocationFilter,
  nodeId: string,
  after: Position | undefined,
  limit: number,
): Promise<Page<InvocationRow>> {
  const { states, documentName } = filter;
  const isWanted = (row: InvocationRow) => isOfDocument(row, filter) && (states?.includes(row.state) ?? true);
  const isUnsuccessful = states !== undefined && !states.includes('Success');
  if (documentName !== undefined && !isUnsuccessful) {
    // The node's index knows the document; only what is of it is looked up.
    return walkPage(
      (position, count) => nodeHistoryQuery(db(tx), scope, nodeId, filter, position, count).execute(),
      async (entries) => {
        const keys = entries.filter((entry) => isOfDocument(entry, filter)).map((entry) => entry.command_id);
        const found = keys.length === 0 ? [] : await invocationsOf(tx, scope, keys).where('node_id', '=', nodeId).execute();
        return { rows: found.filter(isWanted).toSorted(newestFirst), lookedUp: keys.length };
      },
      after,
      limit,
    );
  }
  const strands: readonly (InvocationState | undefined)[] = isUnsuccessful ? states : [undefined];
  return walkPage(
    (position, count) =>
      merged(
        strands.map((state) => () => invocationsOfNodeQuery(db(tx), scope, nodeId, state, filter, position, count).execute()),
        newestFirst,
        count,
      ),
    (rows) => Promise.resolve({ rows: rows.filter(isWanted), lookedUp: rows.length }),
    after,
    limit,
  );
}

async function ofEverybody(
  tx: ReadTx,
  scope: Scope,
  filter: InvocationFilter,
  after: Position | undefined,
  limit: number,
): Promise<Page<InvocationRow>> {
  const groups = filter.states === undefined ? undefined : [...new Set(filter.states.map(countOf))];
  const rows: InvocationRow[] = [];
  if (after !== undefined && after.nodeId !== '')
    rows.push(...(await inOrder(tx, scope, after.commandId, filter.states, 'desc', after.nodeId, limit + 1)));
  let at = after;
  for (let walked = 0; rows.length <= limit;) {
    const wanted = limit + 1 - rows.length;
    const heads = await headsAfter(tx, scope, filter, groups, at, wanted);
    const taken = headsFilling(heads, groups, wanted);
    rows.push(...(await ofCommands(tx, scope, taken, filter.states, wanted)));
    const last = taken.at(-1);
    if (last === undefined || rows.length > limit) break;
    if (heads.length < wanted && taken.length === heads.length) break;
    at = { at: last.requested_at, commandId: last.command_id, nodeId: '' };
    walked += taken.length;
    if (walked >= COMMANDS_WALKED_MAX) return { rows, next: at };
  }
  return pageOf(rows, limit);
}

type Head = Pick<CommandRow, 'requested_at' | 'command_id' | (typeof COUNT_COLUMNS)[CountName]>;

/** The next commands that have invocations of one of these kinds. */
function headsAfter(
  tx: ReadTx,
  scope: Scope,
  filter: InvocationFilter,
  groups: readonly CountName[] | undefined,
  after: Position | undefined,
  count: number,
): Promise<Head[]> {
  const strand = (having: CountName | undefined) => () =>
    commandQuery(db(tx), scope, { ...filter, having, state: undefined }, after, count)
      .select(['requested_at', 'command_id'])
      .select(Object.values(COUNT_COLUMNS))
      .execute();
  return merged((groups ?? [undefined]).map(strand), newestFirst, count);
}

/** As many commands as it takes, by their counters, to fill what is wanted. */
function headsFilling(heads: readonly Head[], groups: readonly CountName[] | undefined, wanted: number): readonly Head[] {
  let sum = 0;
  for (const [index, head] of heads.entries()) {
    const counts = countsOf(head);
    for (const group of groups ?? (Object.keys(counts) as CountName[])) sum += counts[group];
    if (sum >= wanted) return heads.slice(0, index + 1);
  }
  return heads;
}

/** All but the last command have fewer invocations than the page has room, so they are read whole, in one statement. */
async function ofCommands(
  tx: ReadTx,
  scope: Scope,
  heads: readonly Head[],
  states: readonly InvocationState[] | undefined,
  wanted: number,
): Promise<InvocationRow[]> {
  const last = heads.at(-1);
  if (last === undefined) return [];
  const rows: InvocationRow[] = [];
  if (heads.length > 1) {
    const keys = heads.slice(0, -1).map((head) => head.command_id);
    const query = invocationsOf(tx, scope, keys);
    rows.push(
      ...(await (states === undefined ? query : query.where('state', 'in', [...states])).execute()).toSorted(newestFirst),
    );
  }
  rows.push(...(await inOrder(tx, scope, last.command_id, states, 'desc', undefined, Math.max(wanted - rows.length, 0))));
  return rows;
}

/** Invocations of one command in node order; each state is a walk of its own. */
function inOrder(
  tx: ReadTx,
  scope: Scope,
  commandId: string,
  states: readonly InvocationState[] | undefined,
  direction: 'asc' | 'desc',
  afterNode: string | undefined,
  count: number,
): Promise<InvocationRow[]> {
  const strand = (state: InvocationState | undefined) => () =>
    invocationsOfCommandQuery(db(tx), scope, commandId, state, direction, afterNode, count).execute();
  const order = direction === 'desc' ? newestFirst : (a: InvocationRow, b: InvocationRow) => -newestFirst(a, b);
  return merged((states ?? [undefined]).map(strand), order, count);
}

export function invocationsOfCommandQuery(
  from: Kysely<RunCommandTables>,
  scope: Scope,
  commandId: string,
  state: InvocationState | undefined,
  direction: 'asc' | 'desc',
  afterNode: string | undefined,
  limit: number,
) {
  let query = from
    .selectFrom('run_command_invocation')
    .selectAll()
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('command_id', '=', commandId);
  if (state !== undefined) query = query.where('state', '=', state);
  if (afterNode !== undefined) query = query.where('node_id', direction === 'asc' ? '>' : '<', afterNode);
  return query.orderBy('node_id', direction).limit(limit);
}

export function invocationsOfNodeQuery(
  from: Kysely<RunCommandTables>,
  scope: Scope,
  nodeId: string,
  state: InvocationState | undefined,
  filter: InvocationFilter,
  after: Position | undefined,
  limit: number,
) {
  let query = from
    .selectFrom('run_command_invocation')
    .selectAll()
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('node_id', '=', nodeId);
  // The second condition is what the partial index says.
  if (state !== undefined) query = query.where('state', '=', state).where(sql<boolean>`state <> 'Success'`);
  if (filter.afterMs !== undefined) query = query.where('requested_at', '>=', filter.afterMs);
  if (filter.beforeMs !== undefined) query = query.where('requested_at', '<', filter.beforeMs);
  if (after !== undefined) query = query.where(sql<boolean>`(requested_at, command_id) < (${after.at}, ${after.commandId})`);
  return query.orderBy('requested_at', 'desc').orderBy('command_id', 'desc').limit(limit);
}

function invocationsOf(tx: ReadTx, scope: Scope, commandIds: readonly string[]) {
  return db(tx)
    .selectFrom('run_command_invocation')
    .selectAll()
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('command_id', 'in', [...commandIds]);
}
