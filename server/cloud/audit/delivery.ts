// What trails are delivered with: where their records are read, and where their files and events go.
import type { Seal } from '../../platform/seal/index.ts';
import type { Database } from '../../platform/store/index.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { TrailLogGroups } from './log-groups/trail-log-groups.ts';
import type { TrailBuckets } from './trail-buckets.ts';

export interface Delivery {
  readonly database: Database;
  readonly log: Logger;
  readonly seal: Pick<Seal, 'seal' | 'unseal'>;
  readonly buckets: TrailBuckets;
  readonly logGroups: TrailLogGroups;
}
