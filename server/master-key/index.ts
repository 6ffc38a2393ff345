// The public face of the master key's rotation.
export { migrations } from './migrations/index.ts';
export { rotateMasterKey, withFormer } from './rotate.ts';
export type { RotationOptions } from './rotate.ts';
