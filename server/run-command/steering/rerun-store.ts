// The SQL of reruns: which invocations of a command were final when a rerun of it was asked for, in node order, page by page.
import type { ReadTx, Tx } from '../../platform/store/index.ts';
import { tables } from '../../platform/store/index.ts';
import type { CommandKey, FinalState } from '../command.ts';
import type { RunCommandTables } from '../tables.ts';

export interface FinalPage {
  readonly nodeIds: readonly string[];
  /** Where the next page begins. Those that became final later are passed over, so a page may be short, or empty, before the last. */
  readonly last: string | undefined;
  readonly complete: boolean;
}

/** One index walk for each state, merged: what is in other states is not read, and what is read is at most `limit` of each. */
export async function finalInvocations(
  tx: ReadTx | Tx,
  key: CommandKey,
  states: readonly FinalState[],
  epoch: number,
  after: string | undefined,
  limit: number,
): Promise<FinalPage> {
  const found: { node_id: string; final_epoch: number }[] = [];
  for (const state of states) {
    let query = tables<RunCommandTables>(tx)
      .selectFrom('run_command_invocation')
      .select(['node_id', 'final_epoch'])
      .where('account', '=', key.account)
      .where('region', '=', key.region)
      .where('command_id', '=', key.commandId)
      .where('state', '=', state);
    if (after !== undefined) query = query.where('node_id', '>', after);
    found.push(...(await query.orderBy('node_id').limit(limit).execute()));
  }
  const page = found.toSorted((a, b) => (a.node_id < b.node_id ? -1 : 1)).slice(0, limit);
  return {
    nodeIds: page.filter((row) => row.final_epoch <= epoch).map((row) => row.node_id),
    last: page.at(-1)?.node_id,
    complete: page.length < limit,
  };
}
