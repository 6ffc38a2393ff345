// The public face of the account domain: tag operations and service settings.
import { bindOperations } from '../platform/api/operation.ts';
import type { AnyOperation, BoundOperation } from '../platform/api/operation.ts';
import type { ParameterTier } from '../platform/api/models/ssm.types.gen.ts';
import type { Scope } from '../platform/ids.ts';
import type { ReadTx } from '../platform/store/index.ts';
import type { Account } from './domain.ts';
import addTagsToResource from './operations/add-tags-to-resource.ts';
import getServiceSetting from './operations/get-service-setting.ts';
import listTagsForResource from './operations/list-tags-for-resource.ts';
import removeTagsFromResource from './operations/remove-tags-from-resource.ts';
import resetServiceSetting from './operations/reset-service-setting.ts';
import updateServiceSetting from './operations/update-service-setting.ts';
import { effectiveValue } from './service-setting.ts';
import { findSetting } from './store.ts';

export { migrations } from './migrations/index.ts';
export type { ResourceExists, TaggableResources, TaggableType } from './taggable.ts';

export const operations: readonly AnyOperation<Account>[] = [
  addTagsToResource,
  getServiceSetting,
  listTagsForResource,
  removeTagsFromResource,
  resetServiceSetting,
  updateServiceSetting,
];

/** What other domains do as the account has set it. Each is one look-up by its key. */
export interface ServiceSettings {
  defaultParameterTier(tx: ReadTx, scope: Scope): Promise<ParameterTier>;
  hasHighThroughput(tx: ReadTx, scope: Scope): Promise<boolean>;
}

export interface AccountFace {
  readonly operations: readonly BoundOperation[];
  readonly settings: ServiceSettings;
}

const TIER = '/ssm/parameter-store/default-parameter-tier';
const HIGH_THROUGHPUT = '/ssm/parameter-store/high-throughput-enabled';

export function createAccount(options: Account): AccountFace {
  return {
    operations: bindOperations(options, operations),
    settings: {
      // Nothing but the tiers is taken as its value.
      defaultParameterTier: async (tx, scope) => effectiveValue(TIER, await findSetting(tx, scope, TIER)) as ParameterTier,
      hasHighThroughput: async (tx, scope) =>
        effectiveValue(HIGH_THROUGHPUT, await findSetting(tx, scope, HIGH_THROUGHPUT)) === 'true',
    },
  };
}
