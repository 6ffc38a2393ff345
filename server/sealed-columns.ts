// Every column that holds sealed values, of every domain: what a rotation of the master key seals anew. A test looks for columns that lack here.
import { sealedDigestKeys } from './cloud/audit/index.ts';
import { sealedSecrets } from './cloud/identity/index.ts';
import { sealedMaterial } from './cloud/keys/index.ts';
import type { SealedColumn } from './platform/seal/index.ts';

export const SEALED_COLUMNS: readonly SealedColumn[] = [sealedSecrets, sealedDigestKeys, sealedMaterial];
