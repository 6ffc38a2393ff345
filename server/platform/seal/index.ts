// Secrets at rest: what the rest of the server imports.
export { MasterKeyUnusable } from './master-key.ts';
export type { MasterKeySource } from './master-key.ts';
export { readPrivateFile, writePrivateFile } from './private-file.ts';
export { openSeal, SealError, sealWith } from './seal.ts';
export type { OpenSealOptions, Seal } from './seal.ts';
