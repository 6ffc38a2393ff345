// A role as those who ask to take it see it: its trust policy, which is the policy of the role as a resource, and how long a session may be.
import type { ConditionFacts } from '../../../platform/access/authenticator.ts';
import { LayeredFacts } from '../../../platform/access/layered-facts.ts';
import type { AccountId } from '../../../platform/ids.ts';
import type { ReadTx } from '../../../platform/store/index.ts';
import { tagsOf } from '../entities/belongings-store.ts';
import { findEntity } from '../entities/directory.ts';
import { type Entity, entityArn, SESSION_SECONDS_DEFAULT } from '../entities/entity.ts';
import { type CompiledPolicy, compilePolicy } from '../policy-engine/compile.ts';
import { parsePolicy } from '../policy-engine/document.ts';
import { evaluate, type PolicySet } from '../policy-engine/evaluate.ts';
import { type CallerFacts, resourceName } from '../policy-engine/request.ts';
import { isNodeRole, NODE_ROLE } from '../entities/roles.ts';

export interface AssumableRole {
  readonly account: AccountId;
  readonly arn: string;
  readonly name: string;
  readonly id: string;
  readonly maxSessionSeconds: number;
  readonly trust: CompiledPolicy;
  readonly tags: ReadonlyMap<string, string>;
}

export interface RoleName {
  readonly account: AccountId;
  readonly arn: string;
  readonly name: string;
}

/** Undefined: no ARN of a role. */
export function readRoleArn(arn: string): RoleName | undefined {
  const [, account, name] = /^arn:aws:iam::(\d{12}):role\/(?:[\x21-\x7E]+\/)?([\w+=,.@-]{1,64})$/.exec(arn) ?? [];
  if (account === undefined || name === undefined) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- twelve digits
  return { account: account as AccountId, arn, name };
}

/** Undefined: no role has exactly this ARN, or nobody could read its trust policy. */
export async function findAssumable(tx: ReadTx, { account, arn, name }: RoleName): Promise<AssumableRole | undefined> {
  const role = await findEntity(tx, account, 'role', name);
  if (role === undefined || entityArn(account, role) !== arn) return undefined;
  const trust = trustOf(role);
  if (trust === undefined) return undefined;
  const tags = await tagsOf(tx, account, role.id);
  return {
    account,
    arn,
    name: role.name,
    id: role.id,
    maxSessionSeconds: role.maxSessionSeconds ?? SESSION_SECONDS_DEFAULT,
    trust,
    tags: new Map(tags.map(({ Key, Value }) => [Key, Value])),
  };
}

function trustOf({ trustPolicy }: Entity): CompiledPolicy | undefined {
  try {
    return compilePolicy('trust policy', parsePolicy(trustPolicy ?? '', 'trust'));
  } catch {
    // It was checked when it was stored, by an older version perhaps: what cannot be read trusts nobody.
    return undefined;
  }
}

/** Who asks, with what is known of them and of the call. */
export interface Asker {
  readonly caller: CallerFacts;
  readonly policies: PolicySet;
  readonly keys: ConditionFacts;
}

export function mayActOnRole({ caller, policies, keys }: Asker, role: AssumableRole, action: string): boolean {
  const tags = [...role.tags].flatMap(([key, value]) =>
    ['aws:resourcetag/', 'iam:resourcetag/'].map((prefix) => [prefix + key.toLowerCase(), [value]] as const),
  );
  const request = {
    caller,
    action,
    resource: resourceName(role.arn),
    resourceAccount: role.account,
    keys: new LayeredFacts(new Map(tags), keys),
  };
  const decision = evaluate({ ...policies, resource: role.trust }, request);
  // Of other resources the caller's own policies are enough within an account; a role is taken by those whom it trusts alone.
  return decision.allowed && decision.by.some(({ layer }) => layer === 'resource');
}

/**
 * Whether a service of ours may act under the account's role of this name (with its path, as in `service-role/Name`). Asked where a role is given to
 * a service for later.
 */
export async function mayServiceAssume(tx: ReadTx, account: AccountId, nameWithPath: string, service: string): Promise<boolean> {
  const arn = entityArn(account, { kind: 'role', path: '/', name: isNodeRole(nameWithPath) ? NODE_ROLE : nameWithPath });
  const named = readRoleArn(arn);
  const role = named === undefined ? undefined : await findAssumable(tx, named);
  if (role === undefined) return false;
  const keys = new Map([
    ['aws:principalisawsservice', ['true']],
    ['aws:principalservicename', [service]],
    ['aws:sourceaccount', [account]],
  ]);
  return mayActOnRole({ caller: { account, arn: '', service }, policies: { identity: [] }, keys }, role, 'sts:AssumeRole');
}
