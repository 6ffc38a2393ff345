// The reconciler that delivers trails: sealed records behind a trail's position, to its bucket and to its log group, each with a position of its own, so
// that one that cannot be written does not keep the other waiting; then the digests of what the bucket got.
import type { Region } from '../../platform/ids.ts';
import type { Reconciler } from '../../platform/reconcile/index.ts';
import { deliverFile, fileBacklogs } from './deliver-files.ts';
import type { Delivery } from './delivery.ts';
import { deliverDigests, dueChains } from './digests/deliver-digests.ts';
import { deliverEvents, logBacklogs } from './log-groups/deliver-log-group.ts';
import { changeTrail, findTrail, type TrailKey, trailsToLookAt } from './store.ts';
import type { TrailRow } from './tables.ts';
import type { Backlog } from './trail-backlog.ts';

/** AWS delivers about every five minutes; half a minute keeps files few and people content. */
export const TRAIL_INTERVAL_SECONDS = 30;
/** Per pass, region and destination; what is left is delivered by the next pass, at once. */
const BATCHES_PER_PASS_MAX = 5;
const TRAILS_MAX = 500;
const FAILURE_CHARACTERS_MAX = 1_000;

/** The members of a trail that say how a destination does. */
type Failure = (text: string, atMs: number) => Partial<TrailRow>;

export function createTrailDelivery(delivery: Delivery & { readonly trailIntervalSeconds?: number | undefined }): Reconciler {
  const { database, log } = delivery;

  async function isDue(trail: TrailRow, now: Date): Promise<boolean> {
    return database.read(async (tx) => {
      if ((await dueChains(tx, trail, now)).length > 0) return true;
      if (trail.logging === 0) return false;
      return (await fileBacklogs(tx, trail)).length > 0 || (await logBacklogs(tx, trail)).length > 0;
    });
  }

  async function catchUp(
    trail: TrailRow,
    backlogs: readonly Backlog[],
    deliver: typeof deliverFile,
    now: Date,
  ): Promise<boolean> {
    let more = false;
    for (const backlog of backlogs) {
      let { after } = backlog;
      if (backlog.lost > 0)
        log.warn('audit: records were dropped by retention before a trail delivered them', {
          trail: trail.name,
          lost: backlog.lost,
        });
      for (let batches = 0; batches < BATCHES_PER_PASS_MAX && after < backlog.through; batches++)
        after = await deliver(delivery, trail, backlog, after, now);
      more ||= after < backlog.through;
    }
    return more;
  }

  return {
    name: 'trail-delivery',
    periodMs: (delivery.trailIntervalSeconds ?? TRAIL_INTERVAL_SECONDS) * 1000,
    async due(now, limit) {
      const keys: string[] = [];
      for (const trail of await database.read((tx) => trailsToLookAt(tx, Math.min(limit, TRAILS_MAX))))
        if (await isDue(trail, now)) keys.push(keyOf(trail));
      return keys;
    },
    async reconcile(key, now) {
      const trail = await database.read((tx) => findTrail(tx, trailOf(key)));
      if (trail === undefined) return undefined;
      const failures: Error[] = [];
      let more = false;
      const attempt = async (what: string, work: () => Promise<boolean>, failure: Failure): Promise<void> => {
        try {
          more = (await work()) || more;
        } catch (cause) {
          const text = (cause instanceof Error ? cause.message : String(cause)).slice(0, FAILURE_CHARACTERS_MAX);
          await database.write('audit.undelivered', (tx) => changeTrail(tx, trail, failure(text, now.getTime())));
          failures.push(new Error(`trail ${trail.name} could not deliver to ${what}`, { cause }));
        }
      };
      if (trail.logging === 1) {
        const files = await database.read((tx) => fileBacklogs(tx, trail));
        await attempt(trail.bucket, () => catchUp(trail, files, deliverFile, now), bucketFailure);
        const events = await database.read((tx) => logBacklogs(tx, trail));
        await attempt(String(trail.log_group), () => catchUp(trail, events, deliverEvents, now), logFailure);
      }
      await attempt(`${trail.bucket} (digests)`, () => deliverDigests(delivery, trail, now), digestFailure);
      if (failures.length > 0)
        throw failures.length === 1 ? failures[0] : new AggregateError(failures, 'a trail could not deliver');
      return more ? now : undefined;
    },
  };
}

const bucketFailure: Failure = (failure, attempted_at) => ({ failure, attempted_at });
const logFailure: Failure = (log_failure) => ({ log_failure });
const digestFailure: Failure = (digest_failure) => ({ digest_failure });

const keyOf = ({ account, region, name }: TrailKey): string => `${account}/${region}/${name}`;

function trailOf(key: string): TrailKey {
  const [account = '', region = '', name = ''] = key.split('/');
  return { account: account as TrailKey['account'], region: region as Region, name };
}
