// Migrations of the tags, in order.
import type { MigrationList } from '../../store/index.ts';
import init from './001-init.ts';

export const migrations: MigrationList = { prefix: 'tags', migrations: { '001-init': init } };
