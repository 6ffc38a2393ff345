// Service-linked roles: the services decide their names. Those of Systems Manager and of what it leans on; none takes a suffix of the caller's.
const NAMES: Readonly<Record<string, string>> = {
  'ssm.amazonaws.com': 'AWSServiceRoleForAmazonSSM',
  'accountdiscovery.ssm.amazonaws.com': 'AWSServiceRoleForAmazonSSM_AccountDiscovery',
  'opsdatasync.ssm.amazonaws.com': 'AWSServiceRoleForSystemsManagerOpsDataSync',
  'opsinsights.ssm.amazonaws.com': 'AWSServiceRoleForAmazonSSM_OpsInsights',
  'resource-groups.amazonaws.com': 'AWSServiceRoleForResourceGroups',
  'ssm-incidents.amazonaws.com': 'AWSServiceRoleForIncidentManager',
};

export interface LinkedRole {
  readonly name: string;
  readonly path: string;
  readonly trustPolicy: string;
}

/** Undefined: no service of ours. */
export function linkedRole(service: string, suffix: string | undefined): LinkedRole | undefined {
  if (!Object.hasOwn(NAMES, service)) return undefined;
  const trust = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
  return {
    name: `${NAMES[service]}${suffix === undefined ? '' : `_${suffix}`}`,
    path: `/aws-service-role/${service}/`,
    trustPolicy: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  };
}
