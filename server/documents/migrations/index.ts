// Migrations of the documents domain, in order. A landed one is never edited.
import type { MigrationList } from '../../platform/store/index.ts';
import init from './001-init.ts';
import kinds from './002-kinds.ts';
import sharingAndAttachments from './003-sharing-and-attachments.ts';

export const migrations: MigrationList = {
  prefix: 'documents',
  migrations: { '001-init': init, '002-kinds': kinds, '003-sharing-and-attachments': sharingAndAttachments },
};
