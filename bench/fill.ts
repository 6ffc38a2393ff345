// Fills a data directory with history, by SQL, as years of commands leave it: every invocation final but for those of one command, nearly all of
// them Success, some Failed, and a few of each rare kind far back. Indexes are taken away meanwhile, and made again.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ACCOUNT, REGION } from './server-process.ts';

export interface FillOptions {
  readonly commands: number;
  readonly nodesPerCommand: number;
}

export interface Filled {
  readonly nodeIds: readonly string[];
  /** Newest first. */
  readonly commandIds: readonly string[];
  readonly firstAt: number;
  readonly lastAt: number;
}

export const COMMON_DOCUMENT = 'AWS-RunShellScript';
/** Run twice, by the oldest commands. */
export const RARE_DOCUMENT = 'Rotate-Keys';
const DAY_MS = 86_400_000;
const DAYS = 29;
/** Invocations of the newest command that still wait. */
const PENDING = 20;
const STEPS_EVERY = 100;

/** One in 500 Failed, one in 200,000 ExecutionTimedOut; three Undeliverable, in the oldest command. */
const STATE = `case
  when :ordinal = :newest and n.i < ${PENDING} then 'Pending'
  when :ordinal = 0 and n.i < 3 then 'Undeliverable'
  when (n.i * 7919 + :ordinal * 104729) % 200000 = 17 then 'ExecutionTimedOut'
  when (n.i * 7919 + :ordinal * 104729) % 500 = 18 then 'Failed'
  else 'Success' end`;

const COUNTERS = {
  Pending: 'pending',
  Undeliverable: 'unreached',
  ExecutionTimedOut: 'execution_timed_out',
  Failed: 'failed',
  Success: 'success',
};

export function fillHistory(directory: string, options: FillOptions): Filled {
  const database = new DatabaseSync(join(directory, 'muster.db'));
  // Nothing but this process has the file, and an interrupted fill is thrown away.
  database.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -1000000; pragma temp_store = file');
  const indexes = database
    .prepare(`select name, sql from sqlite_master where type = 'index' and sql is not null and tbl_name like 'run_command_%'`)
    .all() as { name: string; sql: string }[];
  for (const { name } of indexes) database.exec(`drop index ${name}`);

  const nodeIds = Array.from(
    { length: options.nodesPerCommand },
    (_, i) => `mi-${(0x1000_0000_0000 + i * 7_919).toString(16).padStart(17, '0')}`,
  );
  database.exec('create temp table n (i integer primary key, node_id text not null)');
  const insertNode = database.prepare('insert into n values (?, ?)');
  database.exec('begin');
  for (const [i, nodeId] of nodeIds.entries()) insertNode.run(i, nodeId);
  const commands = makeCommands(options.commands);
  insertCommands(database, commands);
  database.exec('commit');
  for (const { sql } of indexes) database.exec(sql);
  countStates(database);
  database.close();
  return {
    nodeIds,
    commandIds: commands.toSorted((a, b) => b.ordinal - a.ordinal).map(({ id }) => id),
    firstAt: commands.find(({ ordinal }) => ordinal === 0)?.at ?? 0,
    lastAt: commands.find(({ ordinal }) => ordinal === options.commands - 1)?.at ?? 0,
  };
}

interface FillCommand {
  readonly id: string;
  /** By age: 0 is the oldest. */
  readonly ordinal: number;
  readonly at: number;
}

/** In the order of their ids, so that the primary keys are only appended to; their times are in another order, as in life. */
function makeCommands(count: number): FillCommand[] {
  const now = Date.now();
  const step = Math.floor((DAYS * DAY_MS) / count);
  return Array.from({ length: count }, (_, ordinal) => ({
    id: randomUUID(),
    ordinal,
    at: now - (count - ordinal) * step,
  })).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function insertCommands(database: DatabaseSync, commands: readonly FillCommand[]): void {
  const newest = commands.length - 1;
  database
    .prepare('insert into run_command_content (account, region, hash, content) values (?, ?, ?, ?)')
    .run(ACCOUNT, REGION, 'filled', JSON.stringify({ steps: [{ name: 'runShellScript', plugin: 'aws:runShellScript' }] }));
  const command = database.prepare(`insert into run_command_command
    (account, region, command_id, state, document_name, document_version, document_hash, comment, parameters, agent_parameters, instance_ids,
     targets, requested_at, expires_at, timeout_seconds, max_concurrency, max_errors, requested_by, resolved, cancel_requested, cancel_spread,
     pending, in_flight, success, failed, execution_timed_out, delivery_timed_out, cancelled, terminated, unreached, acknowledged, due_at, finished_at)
    values ('${ACCOUNT}', '${REGION}', :id, :state, :document, '1', 'filled', 'filled', '{"commands":["true"]}', '{"commands":["true"]}', '[]',
     '[]', :at, :at + 3600000, 3600, '100%', '0', '{}', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, :due, :finished)`);
  const invocations = database.prepare(`insert into run_command_invocation
    (account, region, command_id, node_id, state, computer_name, platform_type, document_name, requested_at, dispatched_at, delivered_at, finished_at, trace)
    select '${ACCOUNT}', '${REGION}', :id, n.node_id, ${STATE}, 'host-' || n.i, 'Linux', :document, :at, :at + 10, :at + 20, :at + 500, ''
    from n order by n.i`);
  const steps = database.prepare(`insert into run_command_step
    (account, region, command_id, node_id, step_name, plugin, status, code, started_at, ended_at, output, stdout, stderr)
    select '${ACCOUNT}', '${REGION}', :id, n.node_id, 'runShellScript', 'aws:runShellScript', 'Success', 0, :at + 30, :at + 400,
      'output of host ' || n.i, 'output of host ' || n.i, '' from n order by n.i`);
  for (const { id, ordinal, at } of commands) {
    const document = ordinal < 2 ? RARE_DOCUMENT : COMMON_DOCUMENT;
    const live = ordinal === newest;
    // A live command is not due for a day: nothing is to be sent while pages are measured.
    const due = live ? Date.now() + DAY_MS : null;
    command.run({
      id,
      at,
      document,
      due,
      state: live ? 'InProgress' : ordinal % 7 === 0 ? 'Failed' : 'Success',
      finished: live ? null : at + 1_000,
    });
    invocations.run({ id, at, document, ordinal, newest });
    if (ordinal % STEPS_EVERY === newest % STEPS_EVERY) steps.run({ id, at });
  }
}

function countStates(database: DatabaseSync): void {
  for (const [state, counter] of Object.entries(COUNTERS)) {
    database.exec(`update run_command_command as c set ${counter} =
      (select count(*) from run_command_invocation as i where i.account = c.account and i.region = c.region
       and i.command_id = c.command_id and i.state = '${state}')`);
  }
}
