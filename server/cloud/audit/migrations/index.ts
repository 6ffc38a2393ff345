// Migrations of the audit domain, in order.
import type { MigrationList } from '../../../platform/store/index.ts';
import init from './001-init.ts';
import logGroupsAndDigests from './002-log-groups-and-digests.ts';

export const migrations: MigrationList = {
  prefix: 'audit',
  migrations: { '001-init': init, '002-log-groups-and-digests': logGroupsAndDigests },
};
