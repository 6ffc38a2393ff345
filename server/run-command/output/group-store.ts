// The SQL of grouped results. One pass over one command's rows, out of two indexes that hold all it needs: the outputs themselves are not read.
import { sql } from 'kysely';
import { type Database, type ReadTx, queries, tables } from '../../platform/store/index.ts';
import type { CommandKey, InvocationState } from '../command.ts';
import type { RunCommandTables } from '../tables.ts';

export interface GroupRow {
  readonly state: InvocationState;
  /** Null where the step has not reported. */
  readonly code: number | null;
  readonly output_hash: string | null;
  readonly count: number;
  /** Of the group: it makes groups of one size distinct. */
  readonly first_node: string;
  /** The first nodes, with commas. */
  readonly nodes: string;
}
/** The last group of the page before. */
export interface GroupPosition {
  readonly count: number;
  readonly node: string;
}

/** Nodes that a group names. */
const NAMED_MAX = 10;

/** Largest first. A long read: for `database.scan`. */
export function groupsQuery(
  database: Pick<Database, 'dialect'>,
  key: CommandKey,
  stepName: string,
  after: GroupPosition | undefined,
  limit: number,
) {
  const later =
    after === undefined
      ? sql``
      : sql`having count(*) < ${after.count} or (count(*) = ${after.count} and min(node_id) > ${after.node})`;
  // SQLite would take the unique index, and then read a row with its outputs for each node.
  const covered = database.dialect === 'sqlite' ? sql`indexed by run_command_step_results` : sql``;
  return sql<GroupRow>`
    select state, code, output_hash, count(*) as count, min(node_id) as first_node,
      string_agg(case when place <= ${sql.lit(NAMED_MAX)} then node_id end, ',') as nodes
    from (
      select i.state, s.code, s.output_hash, i.node_id,
        row_number() over (partition by i.state, s.code, s.output_hash order by i.node_id) as place
      from run_command_invocation i
      left join run_command_step s ${covered} on s.account = i.account and s.region = i.region and s.command_id = i.command_id
        and s.step_name = ${stepName} and s.node_id = i.node_id
      where i.account = ${key.account} and i.region = ${key.region} and i.command_id = ${key.commandId}
    ) as placed
    group by state, code, output_hash
    ${later}
    order by count(*) desc, min(node_id)
    limit ${limit}`.compile(queries<RunCommandTables>(database));
}

export interface Sample {
  readonly stdout: string;
  readonly stderr: string;
}

/** The beginning of what a step's reply told. */
export async function findSample(
  tx: ReadTx,
  key: CommandKey,
  nodeId: string,
  stepName: string,
  charactersMax: number,
): Promise<Sample | undefined> {
  return tables<RunCommandTables>(tx)
    .selectFrom('run_command_step')
    .select([
      sql<string>`substr(stdout, 1, ${sql.lit(charactersMax)})`.as('stdout'),
      sql<string>`substr(stderr, 1, ${sql.lit(charactersMax)})`.as('stderr'),
    ])
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('command_id', '=', key.commandId)
    .where('node_id', '=', nodeId)
    .where('step_name', '=', stepName)
    .executeTakeFirst();
}
