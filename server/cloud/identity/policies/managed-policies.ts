// The managed policies that are there from birth, under AWS's ARNs: written by us, for what this server has. Attachable, readable, unchangeable.
// `AmazonSSMManagedInstanceCore` is narrower than AWS's, which lets every node read every parameter.
import { uniqueId } from '../../../platform/access/principals.ts';
import administratorAccess from './managed-policies/administrator-access.json' with { type: 'json' };
import automationRole from './managed-policies/amazon-ssm-automation-role.json' with { type: 'json' };
import directoryServiceAccess from './managed-policies/amazon-ssm-directory-service-access.json' with { type: 'json' };
import fullAccess from './managed-policies/amazon-ssm-full-access.json' with { type: 'json' };
import maintenanceWindowRole from './managed-policies/amazon-ssm-maintenance-window-role.json' with { type: 'json' };
import managedInstanceCore from './managed-policies/amazon-ssm-managed-instance-core.json' with { type: 'json' };
import ssmReadOnlyAccess from './managed-policies/amazon-ssm-read-only-access.json' with { type: 'json' };
import cloudWatchAgentServerPolicy from './managed-policies/cloud-watch-agent-server-policy.json' with { type: 'json' };
import iamFullAccess from './managed-policies/iam-full-access.json' with { type: 'json' };
import iamReadOnlyAccess from './managed-policies/iam-read-only-access.json' with { type: 'json' };
import readOnlyAccess from './managed-policies/read-only-access.json' with { type: 'json' };
import type { Entity } from '../entities/entity.ts';

export interface ManagedPolicy extends Entity {
  readonly arn: string;
  readonly document: string;
}

const FILES = [
  administratorAccess,
  automationRole,
  directoryServiceAccess,
  fullAccess,
  maintenanceWindowRole,
  managedInstanceCore,
  ssmReadOnlyAccess,
  cloudWatchAgentServerPolicy,
  iamFullAccess,
  iamReadOnlyAccess,
  readOnlyAccess,
];

/** In name order. */
export const MANAGED_POLICIES: readonly ManagedPolicy[] = FILES.map(({ name, path, description, document }): ManagedPolicy => ({
  kind: 'policy',
  name,
  path,
  description,
  arn: `arn:aws:iam::aws:policy${path}${name}`,
  id: uniqueId('ANPA', `aws/policy/${name}`),
  createdAt: new Date(0),
  updatedAt: new Date(0),
  defaultVersion: 1,
  lastVersion: 1,
  isBuiltIn: true,
  document: JSON.stringify(document, undefined, 2),
})).toSorted((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));

const BY_ARN = new Map(MANAGED_POLICIES.map((policy) => [policy.arn, policy]));

export function managedPolicy(arn: string): ManagedPolicy | undefined {
  return BY_ARN.get(arn);
}
