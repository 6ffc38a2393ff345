// A principal as policies see it: how policies of resources name it, and the condition keys that it and its call bring. Pure.
import type { CallFacts } from '../../platform/access/authenticator.ts';
import type { Principal } from '../../platform/access/principal.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import { nodeRoleArn } from './roles.ts';
import type { CallerFacts } from './policy/request.ts';

export function callerFacts(principal: Principal): CallerFacts {
  const { account, arn } = principal;
  switch (principal.kind) {
    case 'anonymous':
      return { account, arn: '' };
    case 'role':
      return { account, arn, roleArn: principal.roleArn };
    case 'node':
      return { account, arn, roleArn: roleArnOf(principal) };
    default:
      return { account, arn };
  }
}

type Keys = Map<string, readonly string[]>;

/** Names in lower case. */
export function principalKeys(
  principal: Principal,
  tags: ReadonlyMap<string, string>,
  call: CallFacts,
): ReadonlyMap<string, readonly string[]> {
  const keys: Keys = new Map([
    ['aws:principalaccount', [principal.account]],
    ['aws:principalarn', [principalArn(principal)]],
    ['aws:userid', [principal.userId]],
    ['aws:sourceip', [call.sourceIp]],
    ['aws:useragent', [call.userAgent]],
    ['aws:currenttime', [call.at.toISOString()]],
    ['aws:epochtime', [String(Math.floor(call.at.getTime() / 1_000))]],
    ['aws:securetransport', [String(call.secure)]],
    ['aws:requestedregion', [call.region]],
    ['aws:principalisawsservice', ['false']],
  ]);
  for (const [key, value] of tags) keys.set(`aws:principaltag/${key.toLowerCase()}`, [value]);
  addKind(keys, principal);
  return keys;
}

function addKind(keys: Keys, principal: Principal): void {
  switch (principal.kind) {
    case 'user':
      keys.set('aws:principaltype', ['User']);
      keys.set('aws:username', [principal.userName]);
      if (principal.issuedAt !== undefined) keys.set('aws:tokenissuetime', [principal.issuedAt]);
      return;
    case 'role':
      keys.set('aws:principaltype', ['AssumedRole']);
      keys.set('aws:tokenissuetime', [principal.issuedAt]);
      // Tags of the session beat those of the role.
      for (const [key, value] of Object.entries(principal.tags)) keys.set(`aws:principaltag/${key.toLowerCase()}`, [value]);
      if (principal.provider !== undefined) keys.set('aws:federatedprovider', [principal.provider]);
      return;
    case 'node':
      keys.set('aws:principaltype', ['AssumedRole']);
      keys.set('ssm:sourceinstancearn', [nodeArn(principal, principal.nodeId)]);
      keys.set('ec2:sourceinstancearn', [nodeArn(principal, principal.nodeId)]);
      // Ours: AWS has no key for the bare id.
      keys.set('muster:nodeid', [principal.nodeId]);
      return;
    default:
      keys.set('aws:principaltype', ['Account']);
  }
}

/** Of a session: the role's, as AWS's `aws:PrincipalArn`. */
function principalArn(principal: Principal): string {
  if (principal.kind === 'role') return principal.roleArn;
  return principal.kind === 'node' ? roleArnOf(principal) : principal.arn;
}

function roleArnOf({ account, roleName }: Extract<Principal, { kind: 'node' }>): string {
  return nodeRoleArn(account, roleName);
}
