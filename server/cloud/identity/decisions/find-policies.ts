// The policies that speak about a principal, compiled and kept: a change in this process drops them at once, one of another replica
// within a minute. A policy that cannot be read any more denies everything rather than nothing: its holder has no permission until it is mended.
import type { NowOrLater } from '../../../platform/access/authenticator.ts';
import type { Principal, RolePrincipal } from '../../../platform/access/principal.ts';
import type { AccountId } from '../../../platform/ids.ts';
import type { Database, ReadTx } from '../../../platform/store/index.ts';
import type { Clock } from '../../../platform/time/clock.ts';
import type { CompiledPolicy } from '../policy-engine/compile.ts';
import type { PolicySet } from '../policy-engine/evaluate.ts';
import { createSessionPolicyFinder, sessionPolicyId } from '../sessions/session-policies.ts';
import type { EntityPolicies, PolicyLoader } from '../policies/entity-policies.ts';
import { compileStored, type PolicyText } from '../policies/stored-policy.ts';

export interface FoundPolicies {
  readonly set: PolicySet;
  /** Tags of the user or role: `aws:PrincipalTag/…`. */
  readonly tags: ReadonlyMap<string, string>;
  /** What was compiled, for those who ask where a statement stands. */
  readonly texts?: () => readonly { readonly id: string; readonly text: string }[];
}

/** Finds what speaks about a principal: from memory on the hot path, then at once. */
export type PolicyFinder = (principal: Principal, tx: ReadTx | undefined) => NowOrLater<FoundPolicies>;

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
  /** One and the same for as long as it is kept: what others derive from it they derive once. */
  readonly found: FoundPolicies;
  /** By the policies of a session, once there is one. */
  limited: WeakMap<readonly CompiledPolicy[], PolicySet> | undefined;
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

  function entityOf(principal: Principal, tx: ReadTx | undefined): NowOrLater<Kept | undefined> {
    const named = nameOf(principal);
    if (named === undefined) return undefined;
    const key = `${principal.account}/${named.kind}/${named.name}`;
    const known = kept.get(key);
    return known !== undefined && known.until > clock.nowMs() ? known : readEntity(principal, named, key, tx);
  }

  async function readEntity(principal: Principal, named: Named, key: string, tx: ReadTx | undefined): Promise<Kept | undefined> {
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

  function policiesOf(principal: Principal, entity: Kept | undefined, tx: ReadTx | undefined): NowOrLater<FoundPolicies> {
    if (entity === undefined || !isSame(principal, entity.entity)) return NOTHING;
    if (principal.kind !== 'role' || principal.sessionPolicies === undefined) return entity.found;
    return withSession(principal, entity, tx);
  }

  async function policiesLater(principal: Principal, entity: Promise<Kept | undefined>, tx: ReadTx | undefined) {
    return policiesOf(principal, await entity, tx);
  }

  async function withSession(principal: RolePrincipal, kept: Kept, tx: ReadTx | undefined): Promise<FoundPolicies> {
    const { entity, found } = kept;
    const session = await sessionPolicies.find(principal, tx);
    if (session === undefined) return found;
    const limited = (kept.limited ??= new WeakMap());
    const set = limited.get(session) ?? { ...found.set, session };
    limited.set(session, set);
    return { set, tags: found.tags, texts: () => [...textsOf(entity), ...sessionTexts(principal)] };
  }

  return {
    find(principal, tx) {
      const entity = entityOf(principal, tx);
      return entity instanceof Promise ? policiesLater(principal, entity, tx) : policiesOf(principal, entity, tx);
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

interface Named {
  readonly kind: 'user' | 'role';
  readonly name: string;
}

function nameOf(principal: Principal): Named | undefined {
  if (principal.kind === 'user') return { kind: 'user', name: principal.userName };
  if (principal.kind === 'role' || principal.kind === 'node') return { kind: 'role', name: principal.roleName };
  return undefined;
}

/** A session of a role that was deleted is nobody's, also when there is a new role of that name. Nodes name their role, whoever made it. */
function isSame(principal: Principal, entity: EntityPolicies): boolean {
  if (principal.kind === 'node') return true;
  const { userId } = principal;
  const colon = userId.indexOf(':');
  return (colon < 0 ? userId : userId.slice(0, colon)) === entity.id;
}

function keep(entity: EntityPolicies, until: number): Kept {
  const identity = entity.identity.map(compileStored);
  const boundary = entity.boundary === undefined ? undefined : compileStored(entity.boundary);
  const found: FoundPolicies = { set: { identity, boundary }, tags: entity.tags, texts: () => textsOf(entity) };
  return { entity, found, limited: undefined, until };
}

function textsOf({ identity, boundary }: EntityPolicies): readonly PolicyText[] {
  return boundary === undefined ? identity : [...identity, boundary];
}

/** Managed session policies are named by ARN alone: their texts are not at hand here. */
function sessionTexts({ sessionPolicies }: RolePrincipal): readonly PolicyText[] {
  return (sessionPolicies?.texts ?? []).map((text, index) => ({ id: sessionPolicyId(index), text }));
}
