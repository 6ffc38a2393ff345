// Migrations about the master key, in order. A landed one is never edited.
import type { MigrationList } from '../../platform/store/index.ts';
import init from './001-init.ts';

export const migrations: MigrationList = { prefix: 'master_key', migrations: { '001-init': init } };
