// Migrations of the identity domain, in order.
import type { MigrationList } from '../../../platform/store/index.ts';
import init from './001-init.ts';

export const migrations: MigrationList = { prefix: 'identity', migrations: { '001-init': init } };
