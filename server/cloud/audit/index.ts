// The public face of the audit domain: CloudTrail's API, the chain's operations, and what runs behind them.
import { type AnyOperation, bindOperations, type BoundOperation } from '../../platform/api/operation.ts';
import {
  createChainCutter,
  createChainSealer,
  createJournalSigner,
  type OpenJournal,
  type RetentionSettings,
} from '../../platform/journal/index.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Outbox } from '../../platform/outbox/index.ts';
import type { Reconciler } from '../../platform/reconcile/index.ts';
import type { Seal } from '../../platform/seal/index.ts';
import type { Database, PageTokens } from '../../platform/store/index.ts';
import type { Tags } from '../../platform/tags/tags.ts';
import type { Logger, Metrics } from '../../platform/telemetry/index.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { tellCalls } from './call-events.ts';
import { createTrailDelivery } from './deliver-trails.ts';
import type { Audit } from './domain.ts';
import type { TrailLogGroups } from './log-groups/trail-log-groups.ts';
import addTags from './operations/add-tags.ts';
import createTrail from './operations/create-trail.ts';
import deleteTrail from './operations/delete-trail.ts';
import describeTrails from './operations/describe-trails.ts';
import exportAudit from './operations/export-audit.ts';
import getAuditKey from './operations/get-audit-key.ts';
import getEventSelectors from './operations/get-event-selectors.ts';
import getTrailStatus from './operations/get-trail-status.ts';
import getTrail from './operations/get-trail.ts';
import listPublicKeys from './operations/list-public-keys.ts';
import listTags from './operations/list-tags.ts';
import listTrails from './operations/list-trails.ts';
import lookupEvents from './operations/lookup-events.ts';
import putEventSelectors from './operations/put-event-selectors.ts';
import removeTags from './operations/remove-tags.ts';
import startLogging from './operations/start-logging.ts';
import stopLogging from './operations/stop-logging.ts';
import updateTrail from './operations/update-trail.ts';
import verifyAudit from './operations/verify-audit.ts';
import type { TrailBuckets } from './trail-buckets.ts';

export { migrations } from './migrations/index.ts';
export { sealedDigestKeys } from './digests/digest-keys.ts';
export { folderLogGroups } from './log-groups/trail-log-groups.ts';
export type { TrailLogGroups } from './log-groups/trail-log-groups.ts';
export { folderBuckets } from './trail-buckets.ts';
export type { TrailBuckets } from './trail-buckets.ts';

export const operations: readonly AnyOperation<Audit>[] = [
  lookupEvents,
  createTrail,
  updateTrail,
  deleteTrail,
  getTrail,
  describeTrails,
  listTrails,
  getTrailStatus,
  startLogging,
  stopLogging,
  putEventSelectors,
  getEventSelectors,
  addTags,
  removeTags,
  listTags,
  listPublicKeys,
  getAuditKey,
  verifyAudit,
  exportAudit,
];

export interface AuditOptions extends RetentionSettings {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly seal: Seal;
  readonly journal: OpenJournal;
  readonly outbox: Outbox;
  readonly tags: Tags;
  readonly pageTokens: PageTokens;
  readonly buckets: TrailBuckets;
  readonly logGroups: TrailLogGroups;
  /** Whether a service of ours may act under a role of the account: identity knows. */
  readonly mayAssume: Audit['mayAssume'];
  /** How often trails are looked at; default 30. */
  readonly trailIntervalSeconds?: number | undefined;
}

export interface AuditFace {
  readonly operations: readonly BoundOperation[];
  readonly reconcilers: readonly Reconciler[];
}

export function createAudit(options: AuditOptions): AuditFace {
  const signer = createJournalSigner(options.seal);
  return {
    operations: bindOperations<Audit>({ ...options, signer }, operations),
    reconcilers: [
      createChainSealer({ ...options, signer, onSealed: tellCalls(options.outbox) }),
      createChainCutter({ ...options, signer }),
      createTrailDelivery(options),
    ],
  };
}
