// Migrations of the account domain, in order. A landed one is never edited.
import type { MigrationList } from '../../platform/store/index.ts';
import init from './001-init.ts';

export const migrations: MigrationList = { prefix: 'account', migrations: { '001-init': init } };
