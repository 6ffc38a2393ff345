// The SQL of retention: finished commands by their age, and their removal in chunks, the command itself last.
import { type Kysely, sql } from 'kysely';
import { type ReadTx, tables, type Tx } from '../../platform/store/index.ts';
import type { CommandKey } from '../command.ts';
import type { RunCommandTables } from '../tables.ts';

const db = (tx: ReadTx | Tx) => tables<RunCommandTables>(tx);

/** Commands that finished before this moment, the oldest first. */
export async function commandsFinishedBefore(tx: ReadTx, beforeMs: number, limit: number): Promise<CommandKey[]> {
  const rows = await finishedQuery(db(tx), beforeMs, limit).execute();
  // The store's own columns.
  return rows.map((row) => ({ account: row.account, region: row.region, commandId: row.command_id }) as CommandKey);
}

export function finishedQuery(from: Kysely<RunCommandTables>, beforeMs: number, limit: number) {
  return from
    .selectFrom('run_command_command')
    .select(['account', 'region', 'command_id'])
    .where('finished_at', 'is not', null)
    .where('finished_at', '<', beforeMs)
    .orderBy('finished_at')
    .limit(limit);
}

/** When the oldest finished command that is still there ended. */
export async function oldestFinishedAt(tx: ReadTx): Promise<number | undefined> {
  const row = await db(tx)
    .selectFrom('run_command_command')
    .select('finished_at')
    .where('finished_at', 'is not', null)
    .orderBy('finished_at')
    .limit(1)
    .executeTakeFirst();
  return row?.finished_at ?? undefined;
}

/** Takes away the next invocations of a command with their steps. Answers how many: 0 when there are no more. */
export async function removeInvocations(tx: Tx, key: CommandKey, limit: number): Promise<number> {
  const rows = await db(tx)
    .selectFrom('run_command_invocation')
    .select('node_id')
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .orderBy('node_id')
    .limit(limit)
    .execute();
  if (rows.length === 0) return 0;
  const nodeIds = rows.map((row) => row.node_id);
  for (const table of ['run_command_step', 'run_command_invocation'] as const) {
    await db(tx)
      .deleteFrom(table)
      .where('account', '=', key.account)
      .where('region', '=', key.region)
      .where('command_id', '=', key.commandId)
      .where('node_id', 'in', nodeIds)
      .execute();
  }
  return nodeIds.length;
}

/** Takes away the command, and its content if no other command was sent with it. */
export async function removeCommand(tx: Tx, key: CommandKey, documentHash: string): Promise<void> {
  await db(tx)
    .deleteFrom('run_command_command')
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .execute();
  const user = await db(tx)
    .selectFrom('run_command_command')
    .select(sql<number>`1`.as('one'))
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('document_hash', '=', documentHash)
    .limit(1)
    .executeTakeFirst();
  if (user !== undefined) return;
  await db(tx)
    .deleteFrom('run_command_content')
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('hash', '=', documentHash)
    .execute();
}
