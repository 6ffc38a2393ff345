// The condition keys of a caller and its call, all written down at once: the slow model of `principalKeys`, and what the simulator is given to
// decide as a call would.
import type { Principal, RolePrincipal } from '../../../platform/access/principal.ts';
import { nodeArn } from '../../../platform/node-arn.ts';
import { nodeRoleArn } from '../entities/roles.ts';
import type { Call } from './caller.ts';

type Keys = Map<string, readonly string[]>;

/** Names in lower case. */
export function everyKey(
  principal: Principal,
  tags: ReadonlyMap<string, string>,
  call: Call,
): ReadonlyMap<string, readonly string[]> {
  const keys = callKeys(call);
  keys.set('aws:principalaccount', [principal.account]);
  keys.set('aws:principalarn', [roleArnOr(principal)]);
  keys.set('aws:userid', [principal.userId]);
  for (const [key, value] of tags) keys.set(`aws:principaltag/${key.toLowerCase()}`, [value]);
  addKind(keys, principal);
  return keys;
}

function callKeys(call: Call): Keys {
  const keys: Keys = new Map();
  keys.set('aws:currenttime', [call.at.toISOString()]);
  keys.set('aws:epochtime', [String(Math.floor(call.at.getTime() / 1_000))]);
  keys.set('aws:requestedregion', [call.region]);
  keys.set('aws:principalisawsservice', ['false']);
  if (call.sourceIp !== undefined) keys.set('aws:sourceip', [call.sourceIp]);
  if (call.userAgent !== undefined) keys.set('aws:useragent', [call.userAgent]);
  if (call.secure !== undefined) keys.set('aws:securetransport', [String(call.secure)]);
  return keys;
}

function addKind(keys: Keys, principal: Principal): void {
  switch (principal.kind) {
    case 'user':
      keys.set('aws:principaltype', ['User']);
      keys.set('aws:username', [principal.userName]);
      if (principal.issuedAt !== undefined) addSession(keys, principal.issuedAt);
      return;
    case 'role':
      keys.set('aws:principaltype', ['AssumedRole']);
      addSession(keys, principal.issuedAt);
      // Tags of the session beat those of the role.
      for (const [key, value] of Object.entries(principal.tags)) keys.set(`aws:principaltag/${key.toLowerCase()}`, [value]);
      if (principal.sourceIdentity !== undefined) keys.set('aws:sourceidentity', [principal.sourceIdentity]);
      if (principal.provider !== undefined) addFederated(keys, principal.provider, principal);
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

/** There is no second factor yet. Long-lived keys have no such key at all. */
function addSession(keys: Keys, issuedAt: string): void {
  keys.set('aws:tokenissuetime', [issuedAt]);
  keys.set('aws:multifactorauthpresent', ['false']);
}

function addFederated(keys: Keys, provider: string, { subject, audience }: Pick<RolePrincipal, 'subject' | 'audience'>): void {
  const issuer = provider.slice(provider.indexOf('/') + 1).toLowerCase();
  keys.set('aws:federatedprovider', [provider]);
  if (subject !== undefined) keys.set(`${issuer}:sub`, [subject]);
  if (audience !== undefined) keys.set(`${issuer}:aud`, [audience]);
}

/** Of a session: the role's, as AWS's `aws:PrincipalArn`. */
function roleArnOr(principal: Principal): string {
  if (principal.kind === 'role') return principal.roleArn;
  return principal.kind === 'node' ? nodeRoleArn(principal.account, principal.roleName) : principal.arn;
}
