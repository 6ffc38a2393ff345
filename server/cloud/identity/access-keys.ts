// Long-lived access keys. Secrets lie sealed in the table and open in memory only; a key is read again after a minute, so that what
// another replica changed (a key made inactive) holds here soon.
import type { FoundCredentials } from '../../platform/access/ports.ts';
import { administratorPrincipal } from '../../platform/access/principals.ts';
import type { AccountId, Ids } from '../../platform/ids.ts';
import type { Seal } from '../../platform/seal/index.ts';
import type { Database } from '../../platform/store/index.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { newAccessKeyId, secretOf } from './key-material.ts';
import * as store from './store.ts';
import type { AccessKeyRow } from './tables.ts';

export interface AdministratorKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** True at the first start only. */
  readonly created: boolean;
}

export interface AccessKeys {
  find(accessKeyId: string, now: Date): Promise<FoundCredentials | undefined>;
  ensureAdministrator(account: AccountId): Promise<AdministratorKey>;
  /** Forgets what is in memory. */
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

  const open = (row: AccessKeyRow): string => seal.unseal(row.sealed_secret, sealContext(row)).toString();

  const make = async (account: AccountId): Promise<{ row: AccessKeyRow; created: boolean }> => {
    const accessKeyId = newAccessKeyId('AKIA', ids);
    const key = { account, region: '-', access_key_id: accessKeyId };
    const sealed = seal.seal(Buffer.from(secretOf(ids.bytes(30))), sealContext(key));
    const row: AccessKeyRow = {
      ...key,
      sealed_secret: sealed,
      kind: 'administrator',
      created_at: clock.nowMs(),
      status: 'Active',
    };
    return database.write('identity.add-administrator', async (tx) => {
      await store.addAccessKey(tx, row);
      const kept = await store.findAdministratorKey(tx, account);
      if (kept === undefined) throw new Error('the administrator key that was just added is not there');
      // Another replica may have been first.
      return { row: kept, created: kept.access_key_id === accessKeyId };
    });
  };

  return {
    async find(accessKeyId, now) {
      const known = remembered.get(accessKeyId);
      if (known !== undefined && known.until > now.getTime()) return known.found;
      remembered.delete(accessKeyId);
      // What cannot be one of ours costs no query.
      if (!/^AKIA[A-Z2-7]{16}$/.test(accessKeyId)) return undefined;
      const row = await database.read((tx) => store.findAccessKey(tx, accessKeyId));
      if (row === undefined || row.status !== 'Active') return undefined;
      const found = { secretAccessKey: open(row), principal: administratorPrincipal(accountOf(row), accessKeyId) };
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      remembered.set(accessKeyId, { found, until: now.getTime() + REMEMBERED_MS });
      return found;
    },
    async ensureAdministrator(account) {
      const existing = await database.read((tx) => store.findAdministratorKey(tx, account));
      const { row, created } = existing === undefined ? await make(account) : { row: existing, created: false };
      if (created) log.info('made the administrator', { account, accessKeyId: row.access_key_id });
      return { accessKeyId: row.access_key_id, secretAccessKey: open(row), created };
    },
    clear: () => remembered.clear(),
  };
}

function sealContext(row: Pick<AccessKeyRow, 'account' | 'access_key_id'>): string {
  return `identity/access-key/${row.account}/${row.access_key_id}`;
}

function accountOf(row: AccessKeyRow): AccountId {
  // The column is filled from an AccountId only.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return row.account as AccountId;
}
