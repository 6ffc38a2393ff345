// The policies that speak about a principal, compiled and kept: a change in this process drops them at once, one of another replica
// within a minute. A policy that cannot be read any more denies everything rather than nothing: its holder has no permission until it is mended.
import type { Principal } from '../../../platform/access/principal.ts';
import type { AccountId } from '../../../platform/ids.ts';
import type { Database, ReadTx } from '../../../platform/store/index.ts';
import type { Clock } from '../../../platform/time/clock.ts';
import type { FoundPolicies, PolicyFinder } from './authorize.ts';
import type { PolicySet } from '../policy-engine/evaluate.ts';
import { createSessionPolicyFinder, sessionPolicyId } from '../sessions/session-policies.ts';
import { compileStored } from '../policies/stored-policy.ts';

export interface PolicyText {
  /** An ARN, or the name of an inline policy. */
  readonly id: string;
  readonly text: string;
}

/** What a user or role brings. */
export interface EntityPolicies {
  readonly arn: string;
  /** `AIDA…`, `AROA…`: an entity that was deleted and made again is another one. */
  readonly id: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly identity: readonly PolicyText[];
  readonly boundary: PolicyText | undefined;
}

export interface PolicyLoader {
  user(tx: ReadTx, account: AccountId, name: string): Promise<EntityPolicies | undefined>;
  role(tx: ReadTx, account: AccountId, name: string): Promise<EntityPolicies | undefined>;
  /** Texts of managed policies: those of sessions are named by ARN. */
  managed(tx: ReadTx, account: AccountId, arns: readonly string[]): Promise<readonly PolicyText[]>;
}

export interface PolicyFinderOptions {
  readonly database: Database;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly load: PolicyLoader;
}

/** How long another replica's change may go unnoticed. */
const KEPT_MS = 60_000;
/** Entities, not sessions: a compiled policy takes some kilobytes. */
const KEPT_MAX = 2_000;

interface Kept {
  readonly entity: EntityPolicies;
  readonly set: Pick<PolicySet, 'identity' | 'boundary'>;
  readonly until: number;
}

const NOTHING: FoundPolicies = { set: { identity: [] }, tags: new Map() };

export interface PolicyFinds {
  readonly find: PolicyFinder;
  /** Whether the user or role of a session is still the one that it was made for. */
  isThere(principal: Principal): Promise<boolean>;
  /** Something of this account changed. Call after the commit. */
  forget(account: AccountId): void;
  forgetAll(): void;
}

export function createPolicyFinder(options: PolicyFinderOptions): PolicyFinds {
  const { database, clock, load } = options;
  const kept = new Map<string, Kept>();
  const sessionPolicies = createSessionPolicyFinder(options);
  /** Counts changes, so that what was read before one is not kept after it. */
  let changes = 0;

  async function entityOf(principal: Principal, tx: ReadTx | undefined): Promise<Kept | undefined> {
    const named = nameOf(principal);
    if (named === undefined) return undefined;
    const key = `${principal.account}/${named.kind}/${named.name}`;
    const known = kept.get(key);
    if (known !== undefined && known.until > clock.nowMs()) return known;
    const before = changes;
    const read = (reader: ReadTx) => load[named.kind](reader, principal.account, named.name);
    const entity = tx === undefined ? await database.read(read) : await read(tx);
    kept.delete(key);
    if (entity === undefined) return undefined;
    const fresh = keep(entity, clock.nowMs() + KEPT_MS);
    if (before !== changes) return fresh;
    // The oldest goes first.
    if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value!);
    kept.set(key, fresh);
    return fresh;
  }

  return {
    async find(principal, tx) {
      const entity = await entityOf(principal, tx);
      if (entity === undefined || !isSame(principal, entity.entity)) return NOTHING;
      const session = principal.kind === 'role' ? await sessionPolicies.find(principal, tx) : undefined;
      return {
        // One and the same for as long as it is kept: what others derive from it they derive once.
        set: session === undefined ? entity.set : { ...entity.set, session },
        tags: entity.entity.tags,
        texts: () => textsOf(principal, entity.entity),
      };
    },
    async isThere(principal) {
      const entity = await entityOf(principal, undefined);
      return entity !== undefined && isSame(principal, entity.entity);
    },
    forget(account) {
      changes += 1;
      for (const key of kept.keys()) if (key.startsWith(`${account}/`)) kept.delete(key);
      sessionPolicies.forget(account);
    },
    forgetAll() {
      changes += 1;
      kept.clear();
      sessionPolicies.forgetAll();
    },
  };
}

function nameOf(principal: Principal): { readonly kind: 'user' | 'role'; readonly name: string } | undefined {
  if (principal.kind === 'user') return { kind: 'user', name: principal.userName };
  if (principal.kind === 'role' || principal.kind === 'node') return { kind: 'role', name: principal.roleName };
  return undefined;
}

/** A session of a role that was deleted is nobody's, also when there is a new role of that name. Nodes name their role, whoever made it. */
function isSame(principal: Principal, entity: EntityPolicies): boolean {
  return principal.kind === 'node' || principal.userId.split(':')[0] === entity.id;
}

function keep(entity: EntityPolicies, until: number): Kept {
  const identity = entity.identity.map(compileStored);
  const boundary = entity.boundary === undefined ? undefined : compileStored(entity.boundary);
  return { entity, set: { identity, boundary }, until };
}

/** Managed session policies are named by ARN alone: their texts are not at hand here. */
function textsOf(principal: Principal, { identity, boundary }: EntityPolicies): readonly PolicyText[] {
  const session = principal.kind === 'role' ? (principal.sessionPolicies?.texts ?? []) : [];
  return [
    ...identity,
    ...(boundary === undefined ? [] : [boundary]),
    ...session.map((text, index) => ({ id: sessionPolicyId(index), text })),
  ];
}
