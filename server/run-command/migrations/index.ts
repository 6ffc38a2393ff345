// The Run Command schema, in order. A landed migration is never edited.
import type { MigrationList } from '../../platform/store/index.ts';
import init from './001-init.ts';
import steering from './002-steering.ts';
import output from './003-output.ts';
import history from './004-history.ts';

export const migrations: MigrationList = {
  prefix: 'run-command',
  migrations: { '001-init': init, '002-steering': steering, '003-output': output, '004-history': history },
};
