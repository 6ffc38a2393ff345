// A principal as policies see it: how policies of resources name it, and the condition keys that it and its call bring. Pure.
import type { CallFacts } from '../../../platform/access/authenticator.ts';
import type { Principal, RolePrincipal } from '../../../platform/access/principal.ts';
import { nodeArn } from '../../../platform/node-arn.ts';
import { nodeRoleArn } from '../entities/roles.ts';
import type { CallerFacts } from '../policy-engine/request.ts';

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

/** The facts of a call; of one that nobody made, what can be known: when, and where. */
export type Call = Pick<CallFacts, 'at' | 'region'> & Partial<CallFacts>;

/** Names in lower case. */
export function principalKeys(
  principal: Principal,
  tags: ReadonlyMap<string, string>,
  call: Call,
): ReadonlyMap<string, readonly string[]> {
  const keys = callKeys(call);
  keys.set('aws:principalaccount', [principal.account]);
  keys.set('aws:principalarn', [principalArn(principal)]);
  keys.set('aws:userid', [principal.userId]);
  for (const [key, value] of tags) keys.set(`aws:principaltag/${key.toLowerCase()}`, [value]);
  addKind(keys, principal);
  return keys;
}

/** Of somebody who has a token of an identity provider and nothing else yet. */
export function webIdentityKeys(call: CallFacts, provider: string): ReadonlyMap<string, readonly string[]> {
  return callKeys(call).set('aws:federatedprovider', [provider]);
}

/** Set one by one: most decisions begin with this, and lists of pairs would cost more than the map. */
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
function principalArn(principal: Principal): string {
  if (principal.kind === 'role') return principal.roleArn;
  return principal.kind === 'node' ? roleArnOf(principal) : principal.arn;
}

function roleArnOf({ account, roleName }: Extract<Principal, { kind: 'node' }>): string {
  return nodeRoleArn(account, roleName);
}
