// The roles that exist from birth. `MusterNode` grants a node what AWS's AmazonSSMManagedInstanceCore does, for the node itself.
import type { AccountId } from '../../../platform/ids.ts';

export const NODE_ROLE = 'MusterNode';

/** A role of this name, with or without the path under which consoles and scripts expect service roles. */
export function isNodeRole(name: string): boolean {
  return name === NODE_ROLE || name === `service-role/${NODE_ROLE}`;
}

export const nodeRoleArn = (account: AccountId, name: string = NODE_ROLE): string => `arn:aws:iam::${account}:role/${name}`;
