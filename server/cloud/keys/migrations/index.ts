// Migrations of the keys domain, in order. A landed one is never edited.
import type { MigrationList } from '../../../platform/store/index.ts';
import init from './001-init.ts';
import grantsAndSpecs from './002-grants-and-specs.ts';

export const migrations: MigrationList = {
  prefix: 'keys',
  migrations: { '001-init': init, '002-grants-and-specs': grantsAndSpecs },
};
