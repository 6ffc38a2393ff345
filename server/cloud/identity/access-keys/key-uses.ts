// When keys of users were last used: noted in memory and written together, at most once a minute. A server that is killed forgets its last
// minute; nothing is decided on it.
import type { Authorizer, CallFacts, DecisionOptions, Permissions } from '../../../platform/access/authenticator.ts';
import type { Database } from '../../../platform/store/index.ts';
import type { Logger } from '../../../platform/telemetry/log.ts';
import { noteKeyUse } from './store.ts';

export interface KeyUse {
  readonly at: Date;
  readonly region: string;
  readonly service: string;
}

export interface KeyUses {
  note(accessKeyId: string, use: KeyUse): void;
  /** What is not written yet. */
  waiting(accessKeyId: string): KeyUse | undefined;
  /** Writes what is noted. */
  flush(): Promise<void>;
  clear(): void;
}

const FLUSH_MS = 60_000;
/** Keys in use within a minute; the rest waits for its next use. */
const WAITING_MAX = 5_000;

export function createKeyUses({ database, log }: { readonly database: Database; readonly log: Logger }): KeyUses {
  let waiting = new Map<string, KeyUse>();
  let flushedMs = 0;

  const flush = async (): Promise<void> => {
    if (waiting.size === 0) return;
    const batch = waiting;
    waiting = new Map();
    await database.write('identity.key-uses', async (tx) => {
      // In one order for everybody: two replicas must not wait for each other's rows.
      for (const [accessKeyId, use] of [...batch].toSorted(([a], [b]) => (a < b ? -1 : 1)))
        await noteKeyUse(tx, accessKeyId, use);
    });
  };

  return {
    note(accessKeyId, use) {
      if (waiting.size >= WAITING_MAX && !waiting.has(accessKeyId)) return;
      waiting.set(accessKeyId, use);
      if (use.at.getTime() - flushedMs < FLUSH_MS) return;
      flushedMs = use.at.getTime();
      flush().catch((cause: unknown) => log.error('when access keys were last used was not written', {}, cause));
    },
    waiting: (accessKeyId) => waiting.get(accessKeyId),
    flush,
    clear: () => waiting.clear(),
  };
}

/** Notes what users' keys are used for. After authentication: a wrong signature is no use. */
export function notingKeyUses(authorizer: Authorizer, uses: Pick<KeyUses, 'note'>): Authorizer {
  return {
    open(principal, call, tx) {
      const permissions = authorizer.open(principal, call, tx);
      const { kind, accessKeyId } = principal;
      if (kind !== 'user' || !accessKeyId.startsWith('AKIA')) return permissions;
      return permissions instanceof Promise
        ? notedLater(permissions, uses, accessKeyId, call)
        : new NotedPermissions(permissions, uses, accessKeyId, call);
    },
  };
}

async function notedLater(
  permissions: Promise<Permissions>,
  uses: Pick<KeyUses, 'note'>,
  accessKeyId: string,
  call: CallFacts,
): Promise<Permissions> {
  return new NotedPermissions(await permissions, uses, accessKeyId, call);
}

class NotedPermissions implements Permissions {
  readonly #permissions: Permissions;
  readonly #uses: Pick<KeyUses, 'note'>;
  readonly #accessKeyId: string;
  readonly #call: CallFacts;

  constructor(permissions: Permissions, uses: Pick<KeyUses, 'note'>, accessKeyId: string, call: CallFacts) {
    this.#permissions = permissions;
    this.#uses = uses;
    this.#accessKeyId = accessKeyId;
    this.#call = call;
  }

  decide(action: string, resources: readonly string[], options?: DecisionOptions): ReturnType<Permissions['decide']> {
    const service = action.slice(0, action.indexOf(':'));
    this.#uses.note(this.#accessKeyId, { at: this.#call.at, region: this.#call.region, service });
    return this.#permissions.decide(action, resources, options);
  }
}
