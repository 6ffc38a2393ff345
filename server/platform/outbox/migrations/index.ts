// Migrations of the outbox, in order.
import type { MigrationList } from '../../store/index.ts';
import init from './001-init.ts';

export const migrations: MigrationList = { prefix: 'outbox', migrations: { '001-init': init } };
