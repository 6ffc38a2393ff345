// The credential report: a line of CSV for each user, in AWS's columns. There are no passwords, no second factor and no certificates here, and no root:
// the administrator is a user.
import type { ReadTx } from '../../../platform/store/index.ts';
import type { AccountId } from '../../../platform/ids.ts';
import { listEntities } from '../entities/directory.ts';
import { type Entity, entityArn } from '../entities/entity.ts';
import type { KeyUses } from './key-uses.ts';
import { keysOfAccount } from './report-store.ts';

/** A report is as old as this at most: then AWS makes a new one, and no longer shows the old one. */
export const REPORT_HOURS = 4;

const KEY_COLUMNS = ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'];
const COLUMNS = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...[1, 2].flatMap((n) => KEY_COLUMNS.map((column) => `access_key_${n}_${column}`)),
  ...[1, 2].flatMap((n) => [`cert_${n}_active`, `cert_${n}_last_rotated`]),
];
const NONE = 'N/A';
const USERS_AT_ONCE = 1_000;

type Key = Awaited<ReturnType<typeof keysOfAccount>>[number];

export async function credentialReport(tx: ReadTx, account: AccountId, uses: Pick<KeyUses, 'waiting'>): Promise<string> {
  /** The administrator's have no user id. */
  const keys = Map.groupBy(await keysOfAccount(tx, account), (key) => key.user_id ?? '');
  const lines = [COLUMNS.join(',')];
  for (let after: string | undefined; ;) {
    const users = await listEntities(tx, account, 'user', { after, limit: USERS_AT_ONCE, pathPrefix: undefined });
    for (const user of users) lines.push(lineOf(account, user, keys.get(user.isBuiltIn ? '' : user.id) ?? [], uses));
    after = users.at(-1)?.name;
    if (users.length < USERS_AT_ONCE) return lines.join('\n');
  }
}

function lineOf(account: AccountId, user: Entity, keys: readonly Key[], uses: Pick<KeyUses, 'waiting'>): string {
  const noPassword = ['false', NONE, NONE, NONE];
  const noCertificates = ['false', NONE, 'false', NONE];
  return [
    user.name,
    entityArn(account, user),
    timeText(user.createdAt),
    ...noPassword,
    'false',
    ...keyFields(keys[0], uses),
    ...keyFields(keys[1], uses),
    ...noCertificates,
  ]
    .map(field)
    .join(',');
}

function keyFields(key: Key | undefined, uses: Pick<KeyUses, 'waiting'>): readonly string[] {
  if (key === undefined) return ['false', NONE, NONE, NONE, NONE];
  const waiting = uses.waiting(key.access_key_id);
  const usedMs = waiting?.at.getTime() ?? key.last_used_at;
  return [
    String(key.status === 'Active'),
    timeText(new Date(key.created_at)),
    usedMs === null ? NONE : timeText(new Date(usedMs)),
    waiting?.region ?? key.last_used_region ?? NONE,
    waiting?.service ?? key.last_used_service ?? NONE,
  ];
}

/** As AWS writes it. */
function timeText(at: Date): string {
  return at.toISOString().replace(/\.\d{3}Z$/, '+00:00');
}

/** Names of users may have commas. */
function field(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
