// The public face of the parameters domain.
import type { Authorizer } from '../platform/access/authenticator.ts';
import type { AnyOperation, BoundOperation } from '../platform/api/operation.ts';
import { bindOperations } from '../platform/api/operation.ts';
import type { Region, Scope } from '../platform/ids.ts';
import type { Reconciler } from '../platform/reconcile/reconciler.ts';
import type { Seal } from '../platform/seal/index.ts';
import { createPageTokens } from '../platform/store/index.ts';
import type { ReadTx } from '../platform/store/index.ts';
import type { Parameters } from './domain.ts';
import deleteParameter from './operations/delete-parameter.ts';
import deleteParameters from './operations/delete-parameters.ts';
import deleteResourcePolicy from './operations/delete-resource-policy.ts';
import describeParameters from './operations/describe-parameters.ts';
import getParameterHistory from './operations/get-parameter-history.ts';
import getParameter from './operations/get-parameter.ts';
import getParametersByPath from './operations/get-parameters-by-path.ts';
import getParameters from './operations/get-parameters.ts';
import getResourcePolicies from './operations/get-resource-policies.ts';
import getManyParameters from './operations/muster/get-parameters.ts';
import rollbackParameter from './operations/muster/rollback-parameter.ts';
import watchParameters from './operations/muster/watch-parameters.ts';
import labelParameterVersion from './operations/label-parameter-version.ts';
import putParameter from './operations/put-parameter.ts';
import putResourcePolicy from './operations/put-resource-policy.ts';
import unlabelParameterVersion from './operations/unlabel-parameter-version.ts';
import { createPolicyEnforcer } from './policies/policy-enforcer.ts';
import { loadPublicParameters } from './reading/public-parameters.ts';
import { createParameterValues } from './reading/source.ts';
import type { ParameterValues } from './reading/source.ts';
import * as store from './store.ts';
import { limited, type Rates } from './throughput.ts';
import { Watchers } from './watching/watchers.ts';

export { migrations } from './migrations/index.ts';
export type { ParameterLimits } from './parameter.ts';
export type { Rates } from './throughput.ts';

export const operations: readonly AnyOperation<Parameters>[] = [
  deleteParameter,
  deleteParameters,
  deleteResourcePolicy,
  describeParameters,
  getParameter,
  getParameterHistory,
  getParameters,
  getParametersByPath,
  getResourcePolicies,
  labelParameterVersion,
  putParameter,
  putResourcePolicy,
  unlabelParameterVersion,
  getManyParameters,
  rollbackParameter,
  watchParameters,
];

export interface ParametersFace {
  readonly operations: readonly BoundOperation[];
  readonly reconcilers: readonly Reconciler[];
  /** For `{{ssm:…}}`. */
  readonly values: ParameterValues;
  /** For tag operations; by key (the name without its leading slash). */
  exists(tx: ReadTx, scope: Scope, key: string): Promise<boolean>;
}

export interface ParametersOptions extends Pick<
  Parameters,
  'database' | 'tags' | 'outbox' | 'ids' | 'keys' | 'clock' | 'journal' | 'wakeups'
> {
  readonly seal: Pick<Seal, 'derive'>;
  readonly authorizer: Pick<Authorizer, 'open'>;
  readonly regions: readonly Region[];
  /** Default: none. */
  readonly limits?: Parameters['limits'];
  /** Default: Standard. */
  readonly defaultTier?: Parameters['defaultTier'];
  /** Default: as fast as it goes. */
  readonly rates?: Rates | undefined;
  /** Whether the higher of the rates holds: asked only where there are rates. */
  readonly hasHighThroughput?: (tx: ReadTx, scope: Scope) => Promise<boolean>;
}

/** Names are longer than the positions of other lists. */
const TOKEN_CHARACTERS_MAX = 2_500;

export function createParameters(options: ParametersOptions): ParametersFace {
  const domain: Parameters = {
    ...options,
    watchers: new Watchers(options.clock),
    limits: options.limits ?? {},
    defaultTier: options.defaultTier ?? (() => Promise.resolve('Standard')),
    publicParameters: loadPublicParameters(options.regions),
    pageTokens: createPageTokens(options.seal.derive('parameters/page-tokens/1'), TOKEN_CHARACTERS_MAX),
  };
  const { rates, hasHighThroughput = () => Promise.resolve(false) } = options;
  const isHigh = (scope: Scope) => domain.database.read((tx) => hasHighThroughput(tx, scope));
  const bound = bindOperations(domain, operations);
  return {
    operations: rates === undefined ? bound : limited(bound, rates, isHigh, options.clock),
    reconcilers: [createPolicyEnforcer(domain)],
    values: createParameterValues(domain, options.authorizer),
    exists: async (tx, scope, key) => (await store.findParameter(tx, scope, key)) !== undefined,
  };
}
