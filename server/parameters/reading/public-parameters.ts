// Public parameters: facts below /aws/service that every account may read and none can change, from the shipped data file and the configured
// regions. In the order of their keys; small enough to be held whole. Pure.
import type { Region } from '../../platform/ids.ts';
import type { Parameter } from '../parameter.ts';
import file from './public-parameters.json' with { type: 'json' };

export interface PublicParameters {
  find(key: string): Parameter | undefined;
  /** Below a path (a key without slashes around it), in key order, after `after`. */
  below(path: string, recursive: boolean, after: string | undefined, limit: number): readonly Parameter[];
}

const INFRASTRUCTURE = 'aws/service/global-infrastructure';

export function loadPublicParameters(regions: readonly Region[]): PublicParameters {
  const values = [...Object.entries(file.values), ...infrastructure(regions)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const all = values.map(([key, value]) => publicParameter(key, value, new Date(file.updatedAt)));
  const byKey = new Map(all.map((parameter) => [parameter.key, parameter]));
  return {
    find: (key) => byKey.get(key),
    below: (path, recursive, after, limit) =>
      all
        .filter(
          ({ key }) =>
            key.startsWith(`${path}/`) &&
            (recursive || !key.slice(path.length + 1).includes('/')) &&
            (after === undefined || key > after),
        )
        .slice(0, limit),
  };
}

function* infrastructure(regions: readonly Region[]): Generator<[string, string]> {
  for (const [service, longName] of Object.entries(file.services)) {
    yield [`${INFRASTRUCTURE}/services/${service}`, service];
    yield [`${INFRASTRUCTURE}/services/${service}/longName`, longName];
    for (const region of regions) {
      yield [`${INFRASTRUCTURE}/regions/${region}/services/${service}`, service];
      yield [`${INFRASTRUCTURE}/services/${service}/regions/${region}`, region];
    }
  }
  for (const region of regions) {
    yield [`${INFRASTRUCTURE}/regions/${region}`, region];
    yield [`${INFRASTRUCTURE}/regions/${region}/partition`, 'aws'];
  }
}

function publicParameter(key: string, value: string, modifiedAt: Date): Parameter {
  return {
    key,
    version: 1,
    oldestVersion: 1,
    rooted: true,
    type: 'String',
    value,
    keyId: undefined,
    description: undefined,
    allowedPattern: undefined,
    tier: 'Standard',
    dataType: 'text',
    policies: [],
    modifiedAt,
    modifiedBy: '',
  };
}

export const isPublicPath = (path: string): boolean => `${path}/`.startsWith('aws/service/');
