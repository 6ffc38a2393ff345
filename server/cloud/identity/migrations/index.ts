// Migrations of the identity domain, in order.
import type { MigrationList } from '../../../platform/store/index.ts';
import init from './001-init.ts';
import entities from './002-entities.ts';
import roleUses from './003-role-uses.ts';

export const migrations: MigrationList = {
  prefix: 'identity',
  migrations: { '001-init': init, '002-entities': entities, '003-role-uses': roleUses },
};
