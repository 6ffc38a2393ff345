// Sessions of roles and users: version 2 of the session token. It carries everything that limits the session, so that whoever opens it judges alike;
// what may end a session early (its role, its user's key) is asked of whoever knows, for every call.
import type { RolePrincipal } from '../../../platform/access/principal.ts';
import type { AccountId } from '../../../platform/ids.ts';
import { type TemporaryCredentials, type TokenSealer, versionOf } from './session-token.ts';

export type SessionPolicies = NonNullable<RolePrincipal['sessionPolicies']>;

/** What is limited or said of a session of a role, as its principal has it. */
export type RoleSession = Pick<
  RolePrincipal,
  | 'account'
  | 'roleName'
  | 'roleArn'
  | 'sessionName'
  | 'tags'
  | 'transitiveTagKeys'
  | 'sessionPolicies'
  | 'sourceIdentity'
  | 'provider'
  | 'subject'
  | 'audience'
> & { readonly roleId: string };

export interface IssuedSession extends TemporaryCredentials {
  readonly Expiration: Date;
}

export type OpenedSession = { readonly secretAccessKey: string; readonly expiresAtMs: number } & (
  | { readonly kind: 'role'; readonly principal: RolePrincipal }
  | { readonly kind: 'user'; readonly parentAccessKeyId: string; readonly issuedAt: string }
);

export interface Sessions {
  issueForRole(session: RoleSession, now: Date, seconds: number): IssuedSession;
  /** Good for as long as the user's own key is. */
  issueForUser(parentAccessKeyId: string, now: Date, seconds: number): IssuedSession;
  /** Undefined when the token is not ours, was changed, or belongs to another key. */
  open(accessKeyId: string, sessionToken: string): OpenedSession | undefined;
}

/** Of what callers may put into a session (policies, tags) as JSON: the token then stays below 12 KB, far from the limit of a request's head. */
export const PACKED_BYTES_MAX = 6 * 1024;

const VERSION = 2;
/** A token and its principal, 25 KB at most, 1 KB as a rule. */
const OPENED_MAX = 2_000;

/** Names are short, since a token travels with every request. Times in seconds. */
interface RoleContent {
  readonly k: 'role';
  readonly a: AccountId;
  readonly n: string;
  readonly r: string;
  readonly i: string;
  readonly s: string;
  readonly t: number;
  readonly e: number;
  readonly g?: RolePrincipal['tags'];
  readonly x?: readonly string[];
  readonly p?: SessionPolicies;
  readonly o?: string;
  readonly f?: readonly [provider: string, subject: string, audience: string];
}
interface UserContent {
  readonly k: 'user';
  readonly i: string;
  readonly t: number;
  readonly e: number;
}

export function createSessions(sealer: TokenSealer): Sessions {
  const opened = new Map<string, { readonly token: string; readonly session: OpenedSession }>();
  const issue = (content: RoleContent | UserContent): IssuedSession => ({
    ...sealer.issue(VERSION, JSON.stringify(content)),
    Expiration: new Date(content.e * 1000),
  });
  return {
    issueForRole(session, now, seconds) {
      const from = Math.floor(now.getTime() / 1000);
      return issue(contentOf(session, from, from + seconds));
    },
    issueForUser(parentAccessKeyId, now, seconds) {
      const from = Math.floor(now.getTime() / 1000);
      return issue({ k: 'user', i: parentAccessKeyId, t: from, e: from + seconds });
    },
    open(accessKeyId, sessionToken) {
      const known = opened.get(accessKeyId);
      if (known?.token === sessionToken) return known.session;
      if (versionOf(sessionToken) !== VERSION) return undefined;
      const text = sealer.open(VERSION, accessKeyId, sessionToken);
      if (text === undefined) return undefined;
      // What opens under our key was written by `issue`.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const session = sessionOf(JSON.parse(text) as RoleContent | UserContent, accessKeyId, sealer.secretFor(accessKeyId));
      // The oldest goes first.
      if (opened.size >= OPENED_MAX) opened.delete(opened.keys().next().value!);
      opened.set(accessKeyId, { token: sessionToken, session });
      return session;
    },
  };
}

function contentOf(session: RoleSession, from: number, until: number): RoleContent {
  const { tags, transitiveTagKeys, sessionPolicies, sourceIdentity, provider, subject = '', audience = '' } = session;
  return {
    k: 'role',
    a: session.account,
    n: session.roleName,
    r: session.roleArn,
    i: session.roleId,
    s: session.sessionName,
    t: from,
    e: until,
    ...(Object.keys(tags).length === 0 ? {} : { g: tags }),
    ...(transitiveTagKeys.length === 0 ? {} : { x: transitiveTagKeys }),
    ...(sessionPolicies === undefined ? {} : { p: sessionPolicies }),
    ...(sourceIdentity === undefined ? {} : { o: sourceIdentity }),
    ...(provider === undefined ? {} : { f: [provider, subject, audience] as const }),
  };
}

function sessionOf(content: RoleContent | UserContent, accessKeyId: string, secretAccessKey: string): OpenedSession {
  const issuedAt = new Date(content.t * 1000).toISOString();
  const common = { secretAccessKey, expiresAtMs: content.e * 1000 };
  if (content.k === 'user') return { ...common, kind: 'user', parentAccessKeyId: content.i, issuedAt };
  const { a: account, n: roleName, i: roleId, s: sessionName, o: sourceIdentity, f: federated } = content;
  const principal: RolePrincipal = {
    kind: 'role',
    account,
    accessKeyId,
    arn: sessionArn(account, roleName, sessionName),
    userId: `${roleId}:${sessionName}`,
    roleName,
    roleArn: content.r,
    sessionName,
    issuedAt,
    tags: content.g ?? {},
    transitiveTagKeys: content.x ?? [],
    sessionPolicies: content.p,
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    ...(federated === undefined ? {} : { provider: federated[0], subject: federated[1], audience: federated[2] }),
  };
  return { ...common, kind: 'role', principal };
}

/** Without the role's path, as AWS spells it. */
export function sessionArn(account: AccountId, roleName: string, sessionName: string): string {
  return `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`;
}
