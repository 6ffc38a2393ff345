// Secrets at rest: what the rest of the server imports.
export { endRotation, loadMasterKey, MasterKeyUnusable, openRotation } from './master-key.ts';
export type { MasterKeySource } from './master-key.ts';
export { PrivateFileUnusable, readPrivateFile, writePrivateFile } from './private-file.ts';
export { openSeal, sealAcross, sealedUnder, SealError, sealPrefix, sealWith } from './seal.ts';
export type { OpenSealOptions, Seal, SealedColumn } from './seal.ts';
export { vaultTransit } from './vault-transit.ts';
export type { VaultOptions } from './vault-transit.ts';
export {
  currentWrappedMasterKey,
  endWrappedRotation,
  hasWrappedMasterKey,
  loadWrappedMasterKey,
  nextWrappedMasterKey,
} from './wrapped-master-key.ts';
