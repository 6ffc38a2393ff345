// What an operator does with a command while it runs: pause, rerun, alarms that stop it, and who did it. `epoch` counts the reruns that
// were asked of a command; an invocation remembers the count at which it became final, so that a rerun takes exactly those that were final.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const steering: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const command = db.schema.alterTable('run_command_command');
    await command.addColumn('paused', 'integer', (c) => c.notNull().defaultTo(0)).execute();
    await command.addColumn('paused_at', 'bigint').execute();
    await command.addColumn('paused_by', 'text').execute();
    await command.addColumn('paused_reason', 'text').execute();
    await command.addColumn('cancelled_by', 'text').execute();
    await command.addColumn('resolved_at', 'bigint').execute();
    await command.addColumn('epoch', 'integer', (c) => c.notNull().defaultTo(0)).execute();
    await command.addColumn('rerun_of', 'text').execute();
    await command.addColumn('rerun_epoch', 'integer').execute();
    await command.addColumn('rerun_states', 'text').execute();
    await command.addColumn('alarms', 'text').execute();
    await command.addColumn('triggered_alarms', 'text').execute();
    const invocation = db.schema.alterTable('run_command_invocation');
    await invocation.addColumn('final_epoch', 'integer', (c) => c.notNull().defaultTo(0)).execute();
    await invocation.addColumn('cancelled_by', 'text').execute();
  },
};

export default steering;
