// What a trail's log group gets: an event a line in the stream of the region, then the position moves, with the place where the stream ended. A crash
// between the two is recovered by the port, which finds what it has written behind the place.
import { readSealed, sealedScopes } from '../../../platform/journal/index.ts';
import type { Region } from '../../../platform/ids.ts';
import type { ReadTx } from '../../../platform/store/index.ts';
import { cloudTrailEvent } from '../cloud-trail-event.ts';
import type { Delivery } from '../delivery.ts';
import { changeTrail, findTrail, isCurrent, logPositionsOf, putLogPosition } from '../store.ts';
import type { TrailRow } from '../tables.ts';
import { type Backlog, backlogsOf, selectedOf } from '../trail-backlog.ts';
import { groupOfArn } from './log-group-arn.ts';

/** At most about 5 MB of JSON at usual sizes. */
const EVENTS_MAX = 1_000;

/** None where the trail has no log group. */
export async function logBacklogs(tx: ReadTx, trail: TrailRow): Promise<readonly Backlog[]> {
  if (trail.log_group === null) return [];
  const positions = await logPositionsOf(tx, trail);
  return backlogsOf(trail, await sealedScopes(tx, trail.account), (region) => positions.get(region)?.sequence);
}

/** Answers up to which record the log group has them now. */
export async function deliverEvents(
  { database, logGroups }: Delivery,
  trail: TrailRow,
  { scope, through }: Backlog,
  after: number,
  now: Date,
): Promise<number> {
  const group = trail.log_group === null ? undefined : groupOfArn(trail.log_group);
  if (group === undefined) throw new Error(`no ARN of a log group: ${trail.log_group}`);
  const { records, from } = await database.read(async (tx) => ({
    records: await readSealed(tx, scope, after, through, EVENTS_MAX),
    from: (await logPositionsOf(tx, trail)).get(scope.region)?.place ?? null,
  }));
  const last = records.length < EVENTS_MAX ? through : (records.at(-1)?.sequence ?? through);
  const events = selectedOf(trail, records).map((record) => JSON.stringify(cloudTrailEvent(record)));
  const place = events.length === 0 ? from : await logGroups.append(group.name, streamOf(trail, scope.region), from, events);
  await database.write('audit.logged', async (tx) => {
    const current = await findTrail(tx, trail);
    if (current === undefined || !(await isCurrent(tx, trail)) || current.log_group !== trail.log_group) return;
    await putLogPosition(tx, trail, scope.region, last, place);
    await changeTrail(tx, trail, { log_failure: null, ...(events.length === 0 ? {} : { log_delivered_at: now.getTime() }) });
  });
  return last;
}

/** As AWS names it. */
function streamOf({ account }: TrailRow, region: Region): string {
  return `${account}_CloudTrail_${region}`;
}
