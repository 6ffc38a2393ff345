// The files of a trail's bucket: one of at most so many records, then the position moves. At least once: the position moves after the file is on
// disk, and a file that is written again has the same name.
import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type JournalRecord, readSealed, sealedScopes } from '../../platform/journal/index.ts';
import type { ReadTx } from '../../platform/store/index.ts';
import { cloudTrailEvent } from './cloud-trail-event.ts';
import type { Delivery } from './delivery.ts';
import { beginChain, putFile } from './digests/digest-store.ts';
import { changeTrail, isCurrent, positionsOf, putPosition } from './store.ts';
import type { TrailRow } from './tables.ts';
import { type Backlog, backlogsOf, selectedOf } from './trail-backlog.ts';
import { fileKey } from './trail.ts';

/** At most about 5 MB of JSON at usual sizes; AWS's files are of this order. */
const FILE_RECORDS_MAX = 1_000;

export async function fileBacklogs(tx: ReadTx, trail: TrailRow): Promise<readonly Backlog[]> {
  const positions = await positionsOf(tx, trail);
  return backlogsOf(trail, await sealedScopes(tx, trail.account), (region) => positions.get(region));
}

/** Answers up to which record the bucket has them now. */
export async function deliverFile(
  { database, buckets }: Delivery,
  trail: TrailRow,
  { scope, through }: Backlog,
  after: number,
  now: Date,
): Promise<number> {
  const records = await database.read((tx) => readSealed(tx, scope, after, through, FILE_RECORDS_MAX));
  const last = records.length < FILE_RECORDS_MAX ? through : (records.at(-1)?.sequence ?? through);
  const file = fileOf(trail, selectedOf(trail, records));
  if (file !== undefined) await buckets.put(trail.bucket, file.object, gzipSync(file.text));
  const at = now.getTime();
  await database.write('audit.delivered', async (tx) => {
    if (!(await isCurrent(tx, trail))) return;
    await putPosition(tx, trail, scope.region, last);
    await changeTrail(tx, trail, { attempted_at: at, failure: null, ...(file === undefined ? {} : { delivered_at: at }) });
    if (file === undefined || trail.digests === 0) return;
    const { account, region, name, bucket } = trail;
    await beginChain(tx, trail, scope.region, at);
    const { object, newest_at, oldest_at } = file;
    const facts = { bucket, object, hash: hash('sha256', file.text), newest_at, oldest_at, delivered_at: at };
    await putFile(tx, { account, region, name, of_region: scope.region, ...facts });
  });
  return last;
}

/** Undefined when there is nothing to put into it. */
function fileOf(
  trail: TrailRow,
  records: readonly JournalRecord[],
): { object: string; text: string; oldest_at: number; newest_at: number } | undefined {
  const [first] = records;
  if (first === undefined) return undefined;
  const times = records.map(({ at }) => at.getTime());
  return {
    object: fileKey(trail.prefix, first),
    text: JSON.stringify({ Records: records.map(cloudTrailEvent) }),
    oldest_at: Math.min(...times),
    newest_at: Math.max(...times),
  };
}
