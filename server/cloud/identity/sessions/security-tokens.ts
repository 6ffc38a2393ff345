// What the operations of STS share: who may take which role, and the session that they get.
import type { Principal } from '../../../platform/access/principal.ts';
import { accessDenied } from '../../../platform/api/access-denied.ts';
import { fail } from '../../../platform/api/errors.ts';
import type { RequestContext } from '../../../platform/api/operation.ts';
import type { Database } from '../../../platform/store/index.ts';
import { type AssumableRole, type Asker, findAssumable, mayActOnRole, readRoleArn, type RoleName } from './assumable-role.ts';
import { callerFacts, principalKeys } from '../decisions/caller.ts';
import { findPolicy } from '../entities/directory.ts';
import type { FoundPolicies, PolicyFinds } from '../decisions/find-policies.ts';
import { managedPolicy } from '../policies/managed-policies.ts';
import type { IdentityProviders } from '../providers/oidc-providers.ts';
import { compilePolicy } from '../policy-engine/compile.ts';
import { parsePolicy } from '../policy-engine/document.ts';
import { LayeredFacts } from '../../../platform/access/layered-facts.ts';
import type { WantedSession } from './session-request.ts';
import { type RoleSession, sessionArn, type Sessions } from './sessions.ts';

export interface SecurityTokens {
  readonly database: Database;
  readonly policies: PolicyFinds;
  readonly sessions: Sessions;
  readonly providers: IdentityProviders;
}

/** A role that was asked for by its ARN. Throws AWS's sentence for what is none. */
export function roleNamed(arn: string): RoleName {
  return readRoleArn(arn) ?? fail('ValidationException', `${arn} is invalid`);
}

/** For `resources`: what is no role's ARN is refused later, by its own sentence. */
export const roleResource = (arn: string): readonly string[] => [readRoleArn(arn) === undefined ? '*' : arn];

export function findRole({ database }: SecurityTokens, named: RoleName): Promise<AssumableRole | undefined> {
  return database.read((tx) => findAssumable(tx, named));
}

/** A caller with a signature. */
export async function askerOf(
  { policies }: SecurityTokens,
  { principal, call }: Pick<RequestContext, 'principal' | 'call'>,
  facts: Asker['keys'],
): Promise<Asker> {
  const found = principal.kind === 'administrator' ? EVERYTHING : await policies.find(principal, undefined);
  return {
    caller: callerFacts(principal),
    policies: found.set,
    keys: new LayeredFacts(facts, principalKeys(principal, found.tags, call)),
  };
}

const ADMINISTRATOR_ACCESS = 'arn:aws:iam::aws:policy/AdministratorAccess';
const EVERYTHING: FoundPolicies = {
  set: {
    identity: [compilePolicy(ADMINISTRATOR_ACCESS, parsePolicy(managedPolicy(ADMINISTRATOR_ACCESS)!.document, 'identity'))],
  },
  tags: new Map(),
};

/** Throws AWS's sentence, which is the same for a role that is not there: nobody learns which roles there are. */
export function requireOnRole(
  principal: Principal,
  asker: Asker,
  named: RoleName,
  role: AssumableRole | undefined,
  actions: readonly string[],
): asserts role is AssumableRole {
  for (const action of actions)
    if (role === undefined || !mayActOnRole(asker, role, action))
      throw accessDenied(principal, action, named.arn, '', 'AccessDenied');
}

/** What a session needs beside the right to take the role. */
export function furtherActions({ tags, sourceIdentity }: WantedSession): readonly string[] {
  return [
    ...(Object.keys(tags).length === 0 ? [] : ['sts:TagSession']),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
}

const CHAINED_SECONDS_MAX = 3_600;

export async function requireFitting(
  { database }: SecurityTokens,
  role: AssumableRole,
  { seconds, sessionPolicies }: WantedSession,
  isChained: boolean,
): Promise<void> {
  if (isChained && seconds > CHAINED_SECONDS_MAX)
    fail(
      'ValidationException',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  if (seconds > role.maxSessionSeconds)
    fail('ValidationException', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  const arns = sessionPolicies?.arns ?? [];
  const missing = await database.read(async (tx) => {
    for (const arn of arns) if ((await findPolicy(tx, role.account, arn)) === undefined) return arn;
    return undefined;
  });
  if (missing !== undefined)
    fail('ValidationException', `Policy ${missing} does not exist in the account of the role, or is not attachable.`);
}

type Federation = Pick<RoleSession, 'provider' | 'subject' | 'audience'>;

/** The part of the answer that every way to a role's session has in common. */
export function issueSession(
  { sessions }: SecurityTokens,
  role: AssumableRole,
  wanted: WantedSession,
  now: Date,
  federation: Federation = {},
) {
  const { account, id: roleId, name: roleName, arn: roleArn } = role;
  const { sessionName, tags, transitiveTagKeys, sessionPolicies, sourceIdentity, packedPercent } = wanted;
  const session: RoleSession = {
    account,
    roleId,
    roleName,
    roleArn,
    sessionName,
    tags,
    transitiveTagKeys,
    sessionPolicies,
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    ...federation,
  };
  return {
    Credentials: sessions.issueForRole(session, now, wanted.seconds),
    AssumedRoleUser: { AssumedRoleId: `${roleId}:${sessionName}`, Arn: sessionArn(account, roleName, sessionName) },
    PackedPolicySize: packedPercent,
    SourceIdentity: sourceIdentity,
  };
}
