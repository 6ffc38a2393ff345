// Whose a temporary access key is: a node's, a role's or a user's, each gone as soon as what it stands on is.
import type { CredentialSource, FoundCredentials } from '../../../platform/access/ports.ts';
import type { NodeId, Scope } from '../../../platform/ids.ts';
import type { AccessKeys } from '../access-keys/access-keys.ts';
import type { PolicyFinds } from '../decisions/find-policies.ts';
import type { NodeCredentialsIssuer } from './node-credentials.ts';
import { NODE_TOKEN_VERSION } from './node-credentials.ts';
import { versionOf } from './session-token.ts';
import type { Sessions } from './sessions.ts';

export interface SessionCredentialsOptions {
  readonly accessKeys: Pick<AccessKeys, 'find'>;
  readonly policies: Pick<PolicyFinds, 'isThere'>;
  readonly nodes: NodeCredentialsIssuer;
  readonly sessions: Sessions;
  readonly isRegistered: (scope: Scope, nodeId: NodeId) => boolean | Promise<boolean>;
}

type Found = Awaited<ReturnType<CredentialSource['find']>>;

export async function findSession(
  options: SessionCredentialsOptions,
  accessKeyId: string,
  sessionToken: string,
  now: Date,
): Promise<Found> {
  const isNode = versionOf(sessionToken) === NODE_TOKEN_VERSION;
  return isNode ? findNode(options, accessKeyId, sessionToken, now) : findOther(options, accessKeyId, sessionToken, now);
}

async function findNode(
  { nodes, isRegistered }: SessionCredentialsOptions,
  accessKeyId: string,
  sessionToken: string,
  now: Date,
): Promise<Found> {
  const opened = nodes.open(accessKeyId, sessionToken);
  if (opened === undefined) return 'invalid-token';
  const { principal, expiresAtMs, secretAccessKey } = opened;
  if (expiresAtMs <= now.getTime()) return 'expired';
  const { account, region, nodeId } = principal;
  return (await isRegistered({ account, region }, nodeId)) ? { secretAccessKey, principal } : 'unknown';
}

async function findOther(
  { sessions, accessKeys, policies }: SessionCredentialsOptions,
  accessKeyId: string,
  sessionToken: string,
  now: Date,
): Promise<Found> {
  const opened = sessions.open(accessKeyId, sessionToken);
  if (opened === undefined) return 'invalid-token';
  const { secretAccessKey } = opened;
  if (opened.expiresAtMs <= now.getTime()) return 'expired';
  if (opened.kind === 'role')
    return (await policies.isThere(opened.principal)) ? { secretAccessKey, principal: opened.principal } : 'unknown';
  const parent = await accessKeys.find(opened.parentAccessKeyId, now);
  return parent === undefined ? 'unknown' : { secretAccessKey, principal: ofUser(parent, accessKeyId, opened.issuedAt) };
}

function ofUser({ principal }: FoundCredentials, accessKeyId: string, issuedAt: string): FoundCredentials['principal'] {
  if (principal.kind !== 'user' && principal.kind !== 'administrator')
    throw new Error(`a long-lived key belongs to a user, not to one of kind ${principal.kind}`);
  return { ...principal, accessKeyId, issuedAt };
}
