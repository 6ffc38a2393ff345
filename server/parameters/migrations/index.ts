// Migrations of the parameters domain, in order. A landed one is never edited.
import type { MigrationList } from '../../platform/store/index.ts';
import init from './001-init.ts';
import facets from './002-facets.ts';

export const migrations: MigrationList = { prefix: 'parameters', migrations: { '001-init': init, '002-facets': facets } };
