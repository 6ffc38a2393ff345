// Long-lived access keys: the administrator's and those of users. Secrets lie sealed in the table and open in memory only. What is known of a key
// is dropped at once when something changes in this process, and after a minute for what another replica changed.
import type { NowOrLater } from '../../../platform/access/authenticator.ts';
import type { FoundCredentials } from '../../../platform/access/ports.ts';
import type { Principal } from '../../../platform/access/principal.ts';
import { administratorPrincipal } from '../../../platform/access/principals.ts';
import type { AccountId, Ids } from '../../../platform/ids.ts';
import type { Seal, SealedColumn } from '../../../platform/seal/index.ts';
import type { Database, ReadTx, Tx } from '../../../platform/store/index.ts';
import type { Logger } from '../../../platform/telemetry/log.ts';
import type { Clock } from '../../../platform/time/clock.ts';
import { entityArn, GLOBAL } from '../entities/entity.ts';
import { findByIds } from '../entities/entity-store.ts';
import { newAccessKeyId, secretOf } from './key-material.ts';
import * as store from './store.ts';
import type { AccessKeyRow } from '../tables.ts';

export interface AdministratorKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** True at the first start only. */
  readonly created: boolean;
}

export interface NewUserKey {
  readonly row: AccessKeyRow;
  readonly secretAccessKey: string;
}

export interface AccessKeys {
  /** A promise only where it must be read. */
  find(accessKeyId: string, now: Date): NowOrLater<FoundCredentials | undefined>;
  ensureAdministrator(account: AccountId): Promise<AdministratorKey>;
  /** Adds an active key; the secret is in what this returns and nowhere else. */
  addUserKey(tx: Tx, account: AccountId, userId: string): Promise<NewUserKey>;
  /** Forgets what is in memory: of everybody, since a miss costs one query. */
  clear(): void;
}

interface AccessKeysOptions {
  readonly database: Database;
  readonly seal: Seal;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ids: Pick<Ids, 'bytes'>;
  readonly log: Logger;
}

/** How long another replica's change may go unnoticed. */
const REMEMBERED_MS = 60_000;
/** Far more keys than one server's callers hold; about 500 bytes each. */
const REMEMBERED_MAX = 10_000;

export function createAccessKeys({ database, seal, clock, ids, log }: AccessKeysOptions): AccessKeys {
  const remembered = new Map<string, { readonly found: FoundCredentials; readonly until: number }>();
  /** Counts what was forgotten, so that what was read before a change is not kept after it. */
  let changes = 0;

  const open = (row: AccessKeyRow): string => seal.unseal(row.sealed_secret, sealContext(row)).toString();

  const make = (account: AccountId, of: Pick<AccessKeyRow, 'kind' | 'user_id'>): NewUserKey => {
    const key = { account, region: GLOBAL, access_key_id: newAccessKeyId('AKIA', ids) };
    const secretAccessKey = secretOf(ids.bytes(30));
    const row: AccessKeyRow = {
      ...key,
      ...of,
      sealed_secret: seal.seal(Buffer.from(secretAccessKey), sealContext(key)),
      created_at: clock.nowMs(),
      status: 'Active',
      last_used_at: null,
      last_used_region: null,
      last_used_service: null,
    };
    return { row, secretAccessKey };
  };

  const makeAdministrator = (account: AccountId): Promise<{ row: AccessKeyRow; created: boolean }> => {
    const { row } = make(account, { kind: 'administrator', user_id: null });
    return database.write('identity.add-administrator', async (tx) => {
      await store.addAccessKey(tx, row);
      const kept = await store.findAdministratorKey(tx, account);
      if (kept === undefined) throw new Error('the administrator key that was just added is not there');
      // Another replica may have been first.
      return { row: kept, created: kept.access_key_id === row.access_key_id };
    });
  };

  const read = async (tx: ReadTx, accessKeyId: string): Promise<FoundCredentials | undefined> => {
    const row = await store.findAccessKey(tx, accessKeyId);
    if (row === undefined || row.status !== 'Active') return undefined;
    const principal = await principalOf(tx, row);
    return principal === undefined ? undefined : { secretAccessKey: open(row), principal };
  };

  const readAndRemember = async (accessKeyId: string, now: Date): Promise<FoundCredentials | undefined> => {
    const before = changes;
    const found = await database.read((tx) => read(tx, accessKeyId));
    if (found === undefined || before !== changes) return found;
    if (remembered.size >= REMEMBERED_MAX) remembered.clear();
    remembered.set(accessKeyId, { found, until: now.getTime() + REMEMBERED_MS });
    return found;
  };

  return {
    find(accessKeyId, now) {
      const known = remembered.get(accessKeyId);
      if (known !== undefined && known.until > now.getTime()) return known.found;
      remembered.delete(accessKeyId);
      // What cannot be one of ours costs no query.
      return /^AKIA[A-Z2-7]{16}$/.test(accessKeyId) ? readAndRemember(accessKeyId, now) : undefined;
    },
    async ensureAdministrator(account) {
      const existing = await database.read((tx) => store.findAdministratorKey(tx, account));
      const { row, created } = existing === undefined ? await makeAdministrator(account) : { row: existing, created: false };
      if (created) log.info('made the administrator', { account, accessKeyId: row.access_key_id });
      return { accessKeyId: row.access_key_id, secretAccessKey: open(row), created };
    },
    async addUserKey(tx, account, userId) {
      const made = make(account, { kind: 'user', user_id: userId });
      await store.addAccessKey(tx, made.row);
      return made;
    },
    clear() {
      changes += 1;
      remembered.clear();
    },
  };
}

async function principalOf(tx: ReadTx, row: AccessKeyRow): Promise<Principal | undefined> {
  const account = accountOf(row);
  const accessKeyId = row.access_key_id;
  if (row.kind === 'administrator') return administratorPrincipal(account, accessKeyId);
  const [user] = row.user_id === null ? [] : await findByIds(tx, account, [row.user_id]);
  if (user === undefined) return undefined;
  return { kind: 'user', account, accessKeyId, userName: user.name, userId: user.id, arn: entityArn(account, user) };
}

/** For rotations of the master key. */
export const sealedSecrets: SealedColumn = {
  table: 'identity_access_key',
  key: ['account', 'region', 'access_key_id'],
  column: 'sealed_secret',
  context: (row) => sealContext({ account: String(row['account']), access_key_id: String(row['access_key_id']) }),
};

function sealContext(row: Pick<AccessKeyRow, 'account' | 'access_key_id'>): string {
  return `identity/access-key/${row.account}/${row.access_key_id}`;
}

function accountOf(row: AccessKeyRow): AccountId {
  // The column is filled from an AccountId only.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return row.account as AccountId;
}
