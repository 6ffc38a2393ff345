// Migrations of the journal, in order.
import type { MigrationList } from '../../store/index.ts';
import init from './001-init.ts';
import chain from './002-chain.ts';

export const migrations: MigrationList = { prefix: 'journal', migrations: { '001-init': init, '002-chain': chain } };
