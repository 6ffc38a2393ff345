// Every SQL statement of Run Command. Bulk statements take at most CHUNK rows, so that no unit of work holds the writer for long.
import { type Kysely, sql } from 'kysely';
import type { NodeId, Scope } from '../platform/ids.ts';
import { type Dialect, type ReadTx, type Tx, tables } from '../platform/store/index.ts';
import type { CommandKey, CountName, InvocationState } from './command.ts';
import { nextChange } from './output/output-store.ts';
import type { CommandRow, InvocationRow, RunCommandTables, StepRow } from './tables.ts';

/** Rows a bulk statement touches at most: some milliseconds of the writer's time. */
export const CHUNK = 500;
/** Rows an INSERT carries at most: thirteen columns times 200 stays far below the databases' limits on parameters. */
const INSERT_CHUNK = 200;

export const COUNT_COLUMNS = {
  pending: 'pending',
  inFlight: 'in_flight',
  success: 'success',
  failed: 'failed',
  executionTimedOut: 'execution_timed_out',
  deliveryTimedOut: 'delivery_timed_out',
  cancelled: 'cancelled',
  terminated: 'terminated',
  unreached: 'unreached',
} as const satisfies Record<CountName, keyof CommandRow>;

const db = (tx: Tx | ReadTx) => tables<RunCommandTables>(tx);

export async function insertCommand(tx: Tx, row: CommandRow, content: string): Promise<void> {
  await db(tx)
    .insertInto('run_command_content')
    .values({ account: row.account, region: row.region, hash: row.document_hash, content })
    .onConflict((c) => c.doNothing())
    .execute();
  await db(tx).insertInto('run_command_command').values(row).execute();
}

export async function findCommand(tx: ReadTx, key: CommandKey): Promise<CommandRow | undefined> {
  return commandQuery(tx, key).executeTakeFirst();
}

/** For a unit that decides on the row: on PostgreSQL no other replica changes it meanwhile; SQLite has one writer. */
export async function lockCommand(tx: Tx, key: CommandKey, dialect: Dialect): Promise<CommandRow | undefined> {
  const query = commandQuery(tx, key);
  return dialect === 'postgres' ? query.forUpdate().executeTakeFirst() : query.executeTakeFirst();
}

function commandQuery(tx: Tx | ReadTx, key: CommandKey) {
  return db(tx)
    .selectFrom('run_command_command')
    .selectAll()
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId);
}

export async function findContent(tx: ReadTx, scope: Scope, hash: string): Promise<string | undefined> {
  const row = await db(tx)
    .selectFrom('run_command_content')
    .select('content')
    .where('account', '=', scope.account)
    .where('region', '=', scope.region)
    .where('hash', '=', hash)
    .executeTakeFirst();
  return row?.content;
}

export type CommandChange = Partial<
  Pick<
    CommandRow,
    | 'state'
    | 'due_at'
    | 'finished_at'
    | 'resolved'
    | 'resolved_up_to'
    | 'resolved_at'
    | 'cancel_requested'
    | 'cancel_spread'
    | 'cancelled_by'
    | 'paused'
    | 'paused_at'
    | 'paused_by'
    | 'paused_reason'
    | 'max_concurrency'
    | 'max_errors'
    | 'epoch'
    | 'triggered_alarms'
  >
>;

/** Adds to counters and sets columns in one statement; counters are added to, never set, so that replicas cannot overwrite each other. */
export async function changeCommand(
  tx: Tx,
  key: CommandKey,
  counts: readonly (readonly [CountName | 'acknowledged', number])[],
  change: CommandChange,
): Promise<void> {
  if (counts.length === 0 && Object.keys(change).length === 0) return;
  const added = Object.fromEntries(
    counts.map(([name, by]) => {
      const column = name === 'acknowledged' ? 'acknowledged' : COUNT_COLUMNS[name];
      return [column, sql<number>`${sql.ref(column)} + ${by}`];
    }),
  );
  await db(tx)
    .updateTable('run_command_command')
    .set({ ...added, ...change })
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .execute();
}

export async function dueCommands(tx: ReadTx, nowMs: number, limit: number): Promise<CommandKey[]> {
  const rows = await dueQuery(db(tx), nowMs, limit).execute();
  return rows.map((row) => ({ account: row.account, region: row.region, commandId: row.command_id }) as CommandKey);
}

export function dueQuery(from: Kysely<RunCommandTables>, nowMs: number, limit: number) {
  return from
    .selectFrom('run_command_command')
    .select(['account', 'region', 'command_id'])
    .where('due_at', 'is not', null)
    .where('due_at', '<=', nowMs)
    .orderBy('due_at')
    .limit(limit);
}

export async function insertInvocations(tx: Tx, rows: readonly InvocationRow[]): Promise<void> {
  const [final] = rows.filter((row) => row.state !== 'Pending');
  // What is final from birth is a change to tell; what waits is not.
  const seq =
    final === undefined
      ? 0
      : await nextChange(tx, { account: final.account, region: final.region, commandId: final.command_id } as CommandKey);
  for (const chunk of chunked(rows, INSERT_CHUNK)) {
    await db(tx)
      .insertInto('run_command_invocation')
      .values(seq === 0 ? chunk : chunk.map((row) => (row.state === 'Pending' ? row : { ...row, change_seq: seq })))
      .onConflict((c) => c.doNothing())
      .execute();
  }
}

/** The next invocations of a command in these states, in node order. The command's row is locked: only its holder picks. */
export async function nextInvocations(
  tx: Tx,
  key: CommandKey,
  states: readonly InvocationState[],
  limit: number,
): Promise<InvocationRow[]> {
  const rows: InvocationRow[] = [];
  for (const state of states) {
    if (rows.length >= limit) break;
    rows.push(
      ...(await invocationsOf(tx, key)
        .where('state', '=', state)
        .orderBy('node_id')
        .limit(limit - rows.length)
        .execute()),
    );
  }
  return rows;
}

export async function findInvocation(tx: ReadTx, key: CommandKey, nodeId: string): Promise<InvocationRow | undefined> {
  return invocationsOf(tx, key).where('node_id', '=', nodeId).executeTakeFirst();
}

/** For a unit that decides on the rows; locked in node order, so that two replicas cannot deadlock. */
export async function lockInvocations(
  tx: Tx,
  key: CommandKey,
  nodeIds: readonly string[],
  dialect: Dialect,
): Promise<InvocationRow[]> {
  const rows: InvocationRow[] = [];
  for (const chunk of chunked(nodeIds.toSorted(), CHUNK)) {
    const query = invocationsOf(tx, key).where('node_id', 'in', chunk).orderBy('node_id');
    rows.push(...(await (dialect === 'postgres' ? query.forUpdate() : query).execute()));
  }
  return rows;
}

/** Live invocations of one node, over all commands. */
export async function liveInvocationsOfNode(
  tx: ReadTx,
  scope: Scope,
  nodeId: NodeId,
  states: readonly InvocationState[],
  limit: number,
): Promise<InvocationRow[]> {
  return (
    db(tx)
      .selectFrom('run_command_invocation')
      .selectAll()
      .where('account', '=', scope.account)
      .where('region', '=', scope.region)
      .where('node_id', '=', nodeId)
      .where('state', 'in', [...states])
      // What the partial index says: a node's live invocations are found without its history.
      .where(sql<boolean>`state <> 'Success'`)
      .orderBy('requested_at', 'desc')
      .limit(limit)
      .execute()
  );
}

function invocationsOf(tx: ReadTx | Tx, key: CommandKey) {
  return db(tx)
    .selectFrom('run_command_invocation')
    .selectAll()
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId);
}

export type InvocationChange = Partial<
  Pick<
    InvocationRow,
    'state' | 'dispatched_at' | 'delivered_at' | 'finished_at' | 'trace' | 'final_epoch' | 'cancelled_by' | 'change_seq'
  >
>;

/** A change of state gets the command's next number, unless the caller has taken one. */
export async function changeInvocations(
  tx: Tx,
  key: CommandKey,
  nodeIds: readonly string[],
  given: InvocationChange,
): Promise<void> {
  if (nodeIds.length === 0) return;
  const numbered = given.state === undefined || given.change_seq !== undefined;
  const change = numbered ? given : { ...given, change_seq: await nextChange(tx, key) };
  for (const chunk of chunked(nodeIds, CHUNK)) {
    await db(tx)
      .updateTable('run_command_invocation')
      .set(change)
      .where('account', '=', key.account)
      .where('region', '=', key.region)
      .where('command_id', '=', key.commandId)
      .where('node_id', 'in', chunk)
      .execute();
  }
}

/** What is known of these steps, for merging; output columns are left out. */
export type StepHead = Pick<StepRow, 'node_id' | 'step_name' | 'status' | 'code' | 'ended_at' | 'output_hash'>;

export async function findStepHeads(tx: ReadTx | Tx, key: CommandKey, nodeIds: readonly string[]): Promise<StepHead[]> {
  const heads: StepHead[] = [];
  for (const chunk of chunked(nodeIds, CHUNK)) {
    heads.push(
      ...(await db(tx)
        .selectFrom('run_command_step')
        .select(['node_id', 'step_name', 'status', 'code', 'ended_at', 'output_hash'])
        .where('account', '=', key.account)
        .where('region', '=', key.region)
        .where('command_id', '=', key.commandId)
        .where('node_id', 'in', chunk)
        .execute()),
    );
  }
  return heads;
}

export async function putSteps(tx: Tx, rows: readonly StepRow[]): Promise<void> {
  for (const chunk of chunked(rows, INSERT_CHUNK)) {
    await db(tx)
      .insertInto('run_command_step')
      .values(chunk)
      .onConflict((conflict) =>
        conflict.columns(['account', 'region', 'command_id', 'node_id', 'step_name']).doUpdateSet((e) => ({
          plugin: e.ref('excluded.plugin'),
          status: e.ref('excluded.status'),
          code: e.ref('excluded.code'),
          started_at: e.ref('excluded.started_at'),
          ended_at: e.ref('excluded.ended_at'),
          output: e.ref('excluded.output'),
          stdout: e.ref('excluded.stdout'),
          stderr: e.ref('excluded.stderr'),
          output_hash: e.ref('excluded.output_hash'),
          change_seq: e.ref('excluded.change_seq'),
        })),
      )
      .execute();
  }
}

/** A step without its streams: what lists show. */
export type StepSummary = Omit<StepRow, 'stdout' | 'stderr' | 'output_hash' | 'change_seq'>;

/** All steps of at most one page of invocations. */
export async function listSteps(tx: ReadTx, key: CommandKey, nodeIds: readonly string[]): Promise<StepSummary[]> {
  if (nodeIds.length === 0) return [];
  return db(tx)
    .selectFrom('run_command_step')
    .select(['account', 'region', 'command_id', 'node_id', 'step_name', 'plugin'])
    .select(['status', 'code', 'started_at', 'ended_at', 'output'])
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .where('node_id', 'in', [...nodeIds])
    .execute();
}

/** Steps of one node with the sizes of their texts instead of these. */
export type StepSizes = Omit<StepSummary, 'output'> & { readonly stdout_bytes: number; readonly stderr_bytes: number };

export async function listStepSizes(tx: ReadTx, key: CommandKey, nodeId: string): Promise<StepSizes[]> {
  return db(tx)
    .selectFrom('run_command_step')
    .select(['account', 'region', 'command_id', 'node_id', 'step_name', 'plugin'])
    .select(['status', 'code', 'started_at', 'ended_at'])
    .select([sql<number>`octet_length(stdout)`.as('stdout_bytes'), sql<number>`octet_length(stderr)`.as('stderr_bytes')])
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .where('node_id', '=', nodeId)
    .execute();
}

export async function findStep(tx: ReadTx, key: CommandKey, nodeId: string, stepName: string): Promise<StepRow | undefined> {
  return db(tx)
    .selectFrom('run_command_step')
    .selectAll()
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .where('node_id', '=', nodeId)
    .where('step_name', '=', stepName)
    .executeTakeFirst();
}

function* chunked<T>(rows: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size);
}
