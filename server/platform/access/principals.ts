// Makes principals, with ARNs and unique ids as AWS spells them. The ids that AWS draws at random are derived here, so that they stay
// the same over restarts without being stored.
import { hash } from 'node:crypto';
import type { AccountId, NodeId, Scope } from '../ids.ts';
import type { AdministratorPrincipal, AnonymousPrincipal, NodePrincipal } from './principal.ts';

export function administratorPrincipal(account: AccountId, accessKeyId: string): AdministratorPrincipal {
  return {
    kind: 'administrator',
    account,
    accessKeyId,
    arn: `arn:aws:iam::${account}:user/administrator`,
    userId: uniqueId('AIDA', `${account}/user/administrator`),
  };
}

export interface NodeCaller {
  readonly scope: Scope;
  readonly nodeId: NodeId;
  /** With or without a path: ARNs of assumed roles carry none. */
  readonly roleName: string;
  readonly accessKeyId: string;
  readonly signedWith: NodePrincipal['signedWith'];
}

export function nodePrincipal({ scope, nodeId, roleName: nameWithPath, accessKeyId, signedWith }: NodeCaller): NodePrincipal {
  const roleName = nameWithPath.slice(nameWithPath.lastIndexOf('/') + 1);
  return {
    kind: 'node',
    account: scope.account,
    region: scope.region,
    nodeId,
    roleName,
    accessKeyId,
    signedWith,
    arn: `arn:aws:sts::${scope.account}:assumed-role/${roleName}/${nodeId}`,
    userId: `${uniqueId('AROA', `${scope.account}/role/${roleName}`)}:${nodeId}`,
  };
}

/** For the operations that take no signature. */
export function anonymousPrincipal(account: AccountId): AnonymousPrincipal {
  return { kind: 'anonymous', account, accessKeyId: '', arn: `arn:aws:iam::${account}:anonymous`, userId: 'anonymous' };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** AWS's unique ids: four letters of kind, sixteen of base 32. */
export function uniqueId(kind: string, name: string): string {
  const digest = hash('sha256', name, 'buffer');
  return kind + Array.from(digest.subarray(0, 16), (byte) => ALPHABET[byte % 32]).join('');
}
