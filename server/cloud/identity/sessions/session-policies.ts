// Session policies, compiled and kept: those that were given as text with the session's principal, managed ones until something changes.
import type { RolePrincipal } from '../../../platform/access/principal.ts';
import type { AccountId } from '../../../platform/ids.ts';
import type { Database, ReadTx } from '../../../platform/store/index.ts';
import type { Clock } from '../../../platform/time/clock.ts';
import type { PolicyLoader } from '../policies/entity-policies.ts';
import type { CompiledPolicy } from '../policy-engine/compile.ts';
import { compileStored } from '../policies/stored-policy.ts';

export interface SessionPolicyFinderOptions {
  readonly database: Database;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly load: Pick<PolicyLoader, 'managed'>;
}

export interface SessionPolicyFinds {
  /** Undefined: the session has none, and may do what its role may. */
  find(principal: RolePrincipal, tx: ReadTx | undefined): Promise<readonly CompiledPolicy[] | undefined>;
  forget(account: AccountId): void;
  forgetAll(): void;
}

/** How long another replica's change may go unnoticed. */
const KEPT_MS = 60_000;
/** Lists of managed session policies, up to ten each: few programs use more than one. */
const KEPT_MAX = 200;

type Given = NonNullable<RolePrincipal['sessionPolicies']>;

/** A session's principal is one object for as long as its token is remembered. */
const COMPILED = new WeakMap<Given, readonly CompiledPolicy[]>();
/** With its managed ones, as they were last: one list as long as nothing changes, so that what is derived from it is derived once. */
const JOINED = new WeakMap<Given, { readonly managed: readonly CompiledPolicy[]; readonly all: readonly CompiledPolicy[] }>();

export function createSessionPolicyFinder({ database, clock, load }: SessionPolicyFinderOptions): SessionPolicyFinds {
  /** By account and ARNs. */
  const kept = new Map<string, { readonly policies: readonly CompiledPolicy[]; readonly until: number }>();
  /** Counts changes, so that what was read before one is not kept after it. */
  let changes = 0;

  async function managed(
    account: AccountId,
    arns: readonly string[],
    tx: ReadTx | undefined,
  ): Promise<readonly CompiledPolicy[]> {
    const key = `${account}/${arns.join(' ')}`;
    const known = kept.get(key);
    if (known !== undefined && known.until > clock.nowMs()) return known.policies;
    const before = changes;
    const read = (reader: ReadTx) => load.managed(reader, account, arns);
    const policies = (tx === undefined ? await database.read(read) : await read(tx)).map(compileStored);
    kept.delete(key);
    if (before !== changes) return policies;
    // The oldest goes first.
    if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value!);
    kept.set(key, { policies, until: clock.nowMs() + KEPT_MS });
    return policies;
  }

  return {
    async find({ account, sessionPolicies }, tx) {
      if (sessionPolicies === undefined) return undefined;
      const { texts, arns } = sessionPolicies;
      const inline =
        COMPILED.get(sessionPolicies) ?? texts.map((text, index) => compileStored({ id: sessionPolicyId(index), text }));
      COMPILED.set(sessionPolicies, inline);
      if (arns.length === 0) return inline;
      const named = await managed(account, arns, tx);
      const known = JOINED.get(sessionPolicies);
      if (known?.managed === named) return known.all;
      const all = [...inline, ...named];
      JOINED.set(sessionPolicies, { managed: named, all });
      return all;
    },
    forget(account) {
      changes += 1;
      for (const key of kept.keys()) if (key.startsWith(`${account}/`)) kept.delete(key);
    },
    forgetAll() {
      changes += 1;
      kept.clear();
    },
  };
}

export function sessionPolicyId(index: number): string {
  return index === 0 ? 'session policy' : `session policy ${index + 1}`;
}
