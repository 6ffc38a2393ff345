// The reconciler of keys: takes keys away whose waiting time is over, with all their material, and gives new material to those whose rotation is
// due. What it does is decided on the stored row, so that a pass may be run twice, and is on record with the deed.
import type { Scope } from '../../platform/ids.ts';
import type { JournalEntry } from '../../platform/journal/index.ts';
import type { Reconciler } from '../../platform/reconcile/index.ts';
import { type Keys, TAGGED_AS } from './domain.ts';
import { DAY_MS, type Key, keyArn } from './key.ts';
import { readKeyName } from './key-name.ts';
import { newMaterial } from './material.ts';
import * as store from './store.ts';

/** Days are what people give: an hour late is nothing. */
const PERIOD_MS = 3_600_000;
const SERVICE = 'kms.amazonaws.com';

export function createKeeper(keys: Keys): Reconciler {
  const { database, log, ring, journal } = keys;
  return {
    name: 'keys',
    periodMs: PERIOD_MS,
    async due(now, limit) {
      const due = await database.read((tx) => store.dueKeys(tx, now, limit));
      return due.map((one) => keyArn(one, one.keyId));
    },
    async reconcile(arn, now) {
      const { scope, keyId } = ofArn(arn);
      const done = await database.write('keys.keep', async (tx) => {
        const key = await store.findKey(tx, scope, keyId);
        const what = key === undefined ? 'nothing' : whatIsDue(key, now);
        if (key === undefined || what === 'nothing') return 'nothing';
        if (what === 'delete') {
          await store.deleteKey(tx, key);
          await keys.tags.removeAll(tx, key, TAGGED_AS, key.keyId);
        } else {
          await store.insertMaterial(tx, newMaterial(keys, key, key.keyId, key.version + 1, now));
          await store.updateKey(tx, rotated(key, now));
        }
        await journal.write(tx, recordOf(keys, key, what, now));
        return what;
      });
      ring.forget(scope, keyId);
      if (done !== 'nothing') log.info(done === 'delete' ? 'key deleted' : 'key rotated', { arn });
      return undefined;
    },
  };
}

/** A disabled key rotates when it is enabled again; one that waits for its end does not. */
export function whatIsDue(key: Key, now: Date): 'delete' | 'rotate' | 'nothing' {
  if (key.state === 'PendingDeletion') return key.deletionAt !== undefined && key.deletionAt <= now ? 'delete' : 'nothing';
  return key.state === 'Enabled' && key.rotationAt !== undefined && key.rotationAt <= now ? 'rotate' : 'nothing';
}

/** As AWS puts on record what nobody called for. */
function recordOf({ ids }: Keys, key: Key, what: 'delete' | 'rotate', at: Date): JournalEntry {
  const { account, region, keyId } = key;
  const version = what === 'rotate' ? { materialVersion: key.version + 1, rotationType: 'AUTOMATIC' } : {};
  return {
    account,
    region,
    requestId: ids.uuid(),
    at,
    eventSource: SERVICE,
    eventName: what === 'rotate' ? 'RotateKey' : 'DeleteKey',
    auditClass: 'write',
    principal: { kind: 'service', account, service: SERVICE, accessKeyId: '' },
    sourceIp: SERVICE,
    userAgent: SERVICE,
    requestParameters: JSON.stringify({ keyId, ...version }),
    resources: [keyArn(key, keyId)],
  };
}

function rotated(key: Key, now: Date): Key {
  const { rotationDays: days } = key;
  return {
    ...key,
    version: key.version + 1,
    rotationAt: days === undefined ? undefined : new Date(now.getTime() + days * DAY_MS),
  };
}

function ofArn(arn: string): { readonly scope: Scope; readonly keyId: string } {
  const region = arn.split(':')[3] ?? '';
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of an ARN that `due` made
  const name = readKeyName({ account: '' as Scope['account'], region: region as Scope['region'] }, arn);
  if (name.kind !== 'id') throw new Error(`${arn} is no ARN of a key`);
  return { scope: name.scope, keyId: name.id };
}
