// When roles were last used, by sessions and by nodes: noted in memory and written together, at most once a minute. A server that is killed forgets its
// last minute; nothing is decided on it.
import type { Authorizer } from '../../../platform/access/authenticator.ts';
import type { AccountId } from '../../../platform/ids.ts';
import type { Database } from '../../../platform/store/index.ts';
import type { Logger } from '../../../platform/telemetry/log.ts';
import { findEntity } from '../entities/directory.ts';
import { nameKey } from '../entities/entity.ts';
import { putRoleUse, type StoredRoleUse } from '../entities/role-use-store.ts';

export interface RoleUses {
  note(account: AccountId, roleName: string, use: StoredRoleUse): void;
  /** What is not written yet. */
  waiting(account: AccountId, roleName: string): StoredRoleUse | undefined;
  /** Writes what is noted. */
  flush(): Promise<void>;
  clear(): void;
}

const FLUSH_MS = 60_000;
/** Roles in use within a minute; the rest waits for its next use. */
const WAITING_MAX = 5_000;

interface Noted extends StoredRoleUse {
  readonly account: AccountId;
  readonly roleName: string;
}

export function createRoleUses({ database, log }: { readonly database: Database; readonly log: Logger }): RoleUses {
  let waiting = new Map<string, Noted>();
  let flushedMs = 0;
  const keyOf = (account: AccountId, roleName: string): string => `${account}/${nameKey(roleName)}`;

  const flush = async (): Promise<void> => {
    if (waiting.size === 0) return;
    const batch = waiting;
    waiting = new Map();
    await database.write('identity.role-uses', async (tx) => {
      // In one order for everybody: two replicas must not wait for each other's rows.
      for (const [, use] of [...batch].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
        const role = await findEntity(tx, use.account, 'role', use.roleName);
        if (role !== undefined) await putRoleUse(tx, use.account, role.id, use);
      }
    });
  };

  return {
    note(account, roleName, { at, region }) {
      const key = keyOf(account, roleName);
      if (waiting.size >= WAITING_MAX && !waiting.has(key)) return;
      waiting.set(key, { account, roleName, at, region });
      if (at.getTime() - flushedMs < FLUSH_MS) return;
      flushedMs = at.getTime();
      flush().catch((cause: unknown) => log.error('when roles were last used was not written', {}, cause));
    },
    waiting: (account, roleName) => waiting.get(keyOf(account, roleName)),
    flush,
    clear: () => waiting.clear(),
  };
}

/** Notes what roles are used for. After authentication: a wrong signature is no use. */
export function notingRoleUses(authorizer: Authorizer, uses: Pick<RoleUses, 'note'>): Authorizer {
  return {
    open(principal, call, tx) {
      const isOfRole = principal.kind === 'role' || (principal.kind === 'node' && principal.signedWith === 'role-credentials');
      if (isOfRole) {
        const { account, roleName } = principal;
        // The role of a node may be named with its path.
        uses.note(account, roleName.slice(roleName.lastIndexOf('/') + 1), { at: call.at, region: call.region });
      }
      return authorizer.open(principal, call, tx);
    },
  };
}
