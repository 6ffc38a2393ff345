// Output as nodes stream it, and the order in which things happened to a command. A stream is one of stdout and stderr of a step on a node;
// its chunks are its bytes, until it is sealed into a blob. `change_seq` is the command's counter when a row changed, in commit order.
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

const COMMAND = ['account', 'region', 'command_id'] as const;
const STREAM = [...COMMAND, 'node_id', 'step_name', 'stream'] as const;

const output: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('run_command_change')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('command_id', 'text', (c) => c.notNull())
      .addColumn('seq', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('run_command_change_pk', [...COMMAND])
      .execute();

    const invocation = db.schema.alterTable('run_command_invocation');
    await invocation.addColumn('change_seq', 'integer', (c) => c.notNull().defaultTo(0)).execute();
    await invocation.addColumn('streamed', 'integer', (c) => c.notNull().defaultTo(0)).execute();
    await db.schema
      .createIndex('run_command_invocation_changed')
      .on('run_command_invocation')
      .columns([...COMMAND, 'change_seq', 'node_id'])
      .where(sql<boolean>`change_seq > 0`)
      .execute();

    const step = db.schema.alterTable('run_command_step');
    await step.addColumn('output_hash', 'text').execute();
    await step.addColumn('change_seq', 'integer', (c) => c.notNull().defaultTo(0)).execute();
    // Holds what grouping results needs, so that it never reads the outputs themselves.
    await db.schema
      .createIndex('run_command_step_results')
      .on('run_command_step')
      .columns([...COMMAND, 'step_name', 'node_id', 'code', 'output_hash'])
      .execute();

    await db.schema
      .createTable('run_command_stream')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('command_id', 'text', (c) => c.notNull())
      .addColumn('node_id', 'text', (c) => c.notNull())
      .addColumn('step_name', 'text', (c) => c.notNull())
      .addColumn('stream', 'text', (c) => c.notNull())
      .addColumn('next_offset', 'integer', (c) => c.notNull())
      .addColumn('kept_bytes', 'integer', (c) => c.notNull())
      .addColumn('gaps', 'text', (c) => c.notNull())
      .addColumn('ended', 'integer', (c) => c.notNull())
      .addColumn('loose', 'integer', (c) => c.notNull())
      .addColumn('updated_at', 'integer', (c) => c.notNull())
      .addColumn('change_seq', 'integer', (c) => c.notNull())
      .addColumn('sha256', 'text')
      .addColumn('blob', 'text')
      .addColumn('blob_frames', 'text')
      .addColumn('due_at', 'integer')
      .addPrimaryKeyConstraint('run_command_stream_pk', [...STREAM])
      .execute();
    await db.schema
      .createIndex('run_command_stream_due')
      .on('run_command_stream')
      .column('due_at')
      .where(sql.ref('due_at'), 'is not', null)
      .execute();
    await db.schema
      .createIndex('run_command_stream_changed')
      .on('run_command_stream')
      .columns([...COMMAND, 'change_seq'])
      .execute();

    await db.schema
      .createTable('run_command_chunk')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('command_id', 'text', (c) => c.notNull())
      .addColumn('node_id', 'text', (c) => c.notNull())
      .addColumn('step_name', 'text', (c) => c.notNull())
      .addColumn('stream', 'text', (c) => c.notNull())
      .addColumn('start_offset', 'integer', (c) => c.notNull())
      .addColumn('end_offset', 'integer', (c) => c.notNull())
      .addColumn('change_seq', 'integer', (c) => c.notNull())
      .addColumn('packed', 'text', (c) => c.notNull())
      .addColumn('data', 'blob', (c) => c.notNull())
      .addPrimaryKeyConstraint('run_command_chunk_pk', [...STREAM, 'start_offset'])
      .execute();
    await db.schema
      .createIndex('run_command_chunk_changed')
      .on('run_command_chunk')
      .columns([...COMMAND, 'change_seq', 'node_id', 'step_name', 'stream', 'start_offset'])
      .execute();

    // Blobs that no row refers to any more: taken away by the reconciler, which may die in between.
    await db.schema
      .createTable('run_command_loose_blob')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('region', 'text', (c) => c.notNull())
      .addColumn('sha256', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('run_command_loose_blob_pk', ['account', 'region', 'sha256'])
      .execute();
  },
};

export default output;
