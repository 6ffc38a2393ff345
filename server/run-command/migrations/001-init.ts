// Commands, the document contents they were sent with, invocations, and what agents reported for each step.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const init: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('run_command_command')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('command_id', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('document_name', 'text', (c) => c.notNull())
      .addColumn('document_version', 'text', (c) => c.notNull())
      .addColumn('document_hash', 'text', (c) => c.notNull())
      .addColumn('comment', 'text', (c) => c.notNull())
      .addColumn('parameters', 'text', (c) => c.notNull())
      .addColumn('agent_parameters', 'text', (c) => c.notNull())
      .addColumn('instance_ids', 'text', (c) => c.notNull())
      .addColumn('targets', 'text', (c) => c.notNull())
      .addColumn('requested_at', 'bigint', (c) => c.notNull())
      .addColumn('expires_at', 'bigint', (c) => c.notNull())
      .addColumn('timeout_seconds', 'integer', (c) => c.notNull())
      .addColumn('max_concurrency', 'text', (c) => c.notNull())
      .addColumn('max_errors', 'text', (c) => c.notNull())
      .addColumn('requested_by', 'text', (c) => c.notNull())
      .addColumn('resolved', 'integer', (c) => c.notNull())
      .addColumn('resolved_up_to', 'text')
      .addColumn('cancel_requested', 'integer', (c) => c.notNull())
      .addColumn('cancel_spread', 'integer', (c) => c.notNull())
      .addColumn('pending', 'integer', (c) => c.notNull())
      .addColumn('in_flight', 'integer', (c) => c.notNull())
      .addColumn('success', 'integer', (c) => c.notNull())
      .addColumn('failed', 'integer', (c) => c.notNull())
      .addColumn('execution_timed_out', 'integer', (c) => c.notNull())
      .addColumn('delivery_timed_out', 'integer', (c) => c.notNull())
      .addColumn('cancelled', 'integer', (c) => c.notNull())
      .addColumn('terminated', 'integer', (c) => c.notNull())
      .addColumn('unreached', 'integer', (c) => c.notNull())
      .addColumn('acknowledged', 'integer', (c) => c.notNull())
      .addColumn('due_at', 'bigint')
      .addColumn('finished_at', 'bigint')
      .addPrimaryKeyConstraint('run_command_command_pk', ['account', 'region', 'command_id'])
      .execute();
    await db.schema
      .createIndex('run_command_command_by_time')
      .on('run_command_command')
      .columns(['account', 'region', 'requested_at', 'command_id'])
      .execute();
    await db.schema
      .createIndex('run_command_command_due')
      .on('run_command_command')
      .column('due_at')
      .where(sql.ref('due_at'), 'is not', null)
      .execute();

    await db.schema
      .createTable('run_command_content')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull())
      .addColumn('content', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('run_command_content_pk', ['account', 'region', 'hash'])
      .execute();

    await db.schema
      .createTable('run_command_invocation')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('command_id', 'text', (c) => c.notNull())
      .addColumn('node_id', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('computer_name', 'text', (c) => c.notNull())
      .addColumn('platform_type', 'text', (c) => c.notNull())
      .addColumn('document_name', 'text', (c) => c.notNull())
      .addColumn('requested_at', 'bigint', (c) => c.notNull())
      .addColumn('dispatched_at', 'bigint')
      .addColumn('delivered_at', 'bigint')
      .addColumn('finished_at', 'bigint')
      .addColumn('trace', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('run_command_invocation_pk', ['account', 'region', 'command_id', 'node_id'])
      .execute();
    await db.schema
      .createIndex('run_command_invocation_by_state')
      .on('run_command_invocation')
      .columns(['account', 'region', 'command_id', 'state', 'node_id'])
      .execute();
    await db.schema
      .createIndex('run_command_invocation_by_node')
      .on('run_command_invocation')
      .columns(['account', 'region', 'node_id', 'requested_at', 'command_id'])
      .execute();
    await db.schema
      .createIndex('run_command_invocation_by_time')
      .on('run_command_invocation')
      .columns(['account', 'region', 'requested_at', 'command_id', 'node_id'])
      .execute();

    await db.schema
      .createTable('run_command_step')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('command_id', 'text', (c) => c.notNull())
      .addColumn('node_id', 'text', (c) => c.notNull())
      .addColumn('step_name', 'text', (c) => c.notNull())
      .addColumn('plugin', 'text', (c) => c.notNull())
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('code', 'integer', (c) => c.notNull())
      .addColumn('started_at', 'bigint')
      .addColumn('ended_at', 'bigint')
      .addColumn('output', 'text', (c) => c.notNull())
      .addColumn('stdout', 'text', (c) => c.notNull())
      .addColumn('stderr', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('run_command_step_pk', ['account', 'region', 'command_id', 'node_id', 'step_name'])
      .execute();
  },
};

export default init;
