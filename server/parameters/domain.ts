// What the parameters domain works with.
import type { KeyService } from '../cloud/keys/index.ts';
import type { ParameterTier } from '../platform/api/models/ssm.types.gen.ts';
import type { Ids, Scope } from '../platform/ids.ts';
import type { Journal } from '../platform/journal/index.ts';
import type { Outbox } from '../platform/outbox/index.ts';
import type { Wakeups } from '../platform/reconcile/index.ts';
import type { Database, PageTokens, Tx } from '../platform/store/index.ts';
import type { Tags } from '../platform/tags/index.ts';
import type { Clock } from '../platform/time/clock.ts';
import type { ParameterLimits } from './parameter.ts';
import type { PublicParameters } from './reading/public-parameters.ts';
import type { Watchers } from './watching/watchers.ts';

export interface Parameters {
  readonly database: Database;
  readonly tags: Tags;
  readonly outbox: Outbox;
  readonly ids: Ids;
  readonly clock: Pick<Clock, 'nowMs' | 'setTimer'>;
  /** For what the server does to parameters of its own accord. */
  readonly journal: Pick<Journal, 'write'>;
  readonly wakeups: Wakeups;
  readonly watchers: Watchers;
  readonly pageTokens: PageTokens;
  readonly keys: KeyService;
  readonly publicParameters: PublicParameters;
  readonly limits: ParameterLimits;
  /** For a put without a tier: the service setting `/ssm/parameter-store/default-parameter-tier`. */
  readonly defaultTier: (tx: Tx, scope: Scope) => Promise<ParameterTier>;
}
