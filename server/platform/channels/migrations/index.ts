// Migrations of the mailbox, in order.
import type { MigrationList } from '../../store/index.ts';
import init from './001-init.ts';

export const migrations: MigrationList = { prefix: 'mailbox', migrations: { '001-init': init } };
