// Calls that a node makes about itself: nobody else may make them, and a node may not make them about another.
import { fail } from '../platform/api/errors.ts';
import type { Principal, NodePrincipal } from '../platform/access/principal.ts';
import { nodeArn } from '../platform/node-arn.ts';

export const NOT_REGISTERED = (nodeId: string): string => `Instance ${nodeId} is not registered.`;

/** With its role's credentials, or with its own key where `signedWith` says so. */
export function requireNode(principal: Principal, action: string, signedWith?: NodePrincipal['signedWith']): NodePrincipal {
  if (principal.kind === 'node' && (signedWith === undefined || principal.signedWith === signedWith)) return principal;
  return fail(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: ${action}: only a managed node may, ${signedWith === 'node-key' ? 'signed with its own key' : 'for itself'}`,
  );
}

export function requireSelf(principal: Principal, action: string, nodeId: string): NodePrincipal {
  const node = requireNode(principal, action);
  if (node.nodeId === nodeId) return node;
  return fail(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${nodeArn(node, nodeId)}`,
  );
}
