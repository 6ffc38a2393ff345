// Lists and retention at ten million invocations. An invocation shares its time and document with its command, and the command counts what
// its invocations came to: so lists over all commands go through the few rows of commands, and invocations, which are written in bulk, keep
// few indexes. Those that name a state hold live and unsuccessful invocations only: a Success leaves them.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const SCOPE = ['account', 'region'] as const;
const NEWEST = ['requested_at', 'command_id'] as const;
/** Each counter has its indexes: commands that have such invocations at all. */
const COUNTERS = [
  'pending',
  'in_flight',
  'success',
  'failed',
  'execution_timed_out',
  'delivery_timed_out',
  'cancelled',
  'terminated',
  'unreached',
] as const;

const history: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const onCommand = (name: string) => db.schema.createIndex(`run_command_command_${name}`).on('run_command_command');
    await onCommand('by_state')
      .columns([...SCOPE, 'state', ...NEWEST])
      .execute();
    await onCommand('by_document')
      .columns([...SCOPE, 'document_name', ...NEWEST])
      .execute();
    // Its time is an expression that no other index has: without statistics SQLite would take one of those for a page between two times.
    await sql`create index run_command_command_by_document_state
      on run_command_command (account, region, document_name, state, (requested_at + 0), command_id)`.execute(db);
    for (const counter of COUNTERS) {
      const some = sql<boolean>`${sql.ref(counter)} > 0`;
      await onCommand(`with_${counter}`)
        .columns([...SCOPE, ...NEWEST])
        .where(some)
        .execute();
      await onCommand(`with_${counter}_by_document`)
        .columns([...SCOPE, 'document_name', ...NEWEST])
        .where(some)
        .execute();
    }
    // For retention: which are old enough, and whether a content is still in use.
    await onCommand('finished').column('finished_at').where(sql.ref('finished_at'), 'is not', null).execute();
    await onCommand('by_content')
      .columns([...SCOPE, 'document_hash'])
      .execute();

    await db.schema.dropIndex('run_command_invocation_by_time').execute();
    await db.schema.dropIndex('run_command_invocation_by_node').execute();
    await db.schema
      .createIndex('run_command_invocation_by_node')
      .on('run_command_invocation')
      .columns([...SCOPE, 'node_id', ...NEWEST, 'document_name'])
      .execute();
    await db.schema
      .createIndex('run_command_invocation_not_success')
      .on('run_command_invocation')
      .columns([...SCOPE, 'node_id', 'state', ...NEWEST])
      .where(sql<boolean>`state <> 'Success'`)
      .execute();
  },
};

export default history;
