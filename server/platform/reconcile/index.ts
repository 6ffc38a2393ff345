// The public face of background work.
export type { Reconciler, ReconcilerStatus, Wakeups } from './reconciler.ts';
export { createReconcileDriver } from './driver.ts';
export type { ReconcileDriver, ReconcileDriverOptions } from './driver.ts';
export { migrations } from './migrations/index.ts';
