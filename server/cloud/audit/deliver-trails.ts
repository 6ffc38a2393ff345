// The reconciler that delivers trails: reads sealed records behind the trail's position, writes one file of those selected, moves the position.
// At least once: the position moves after the file is on disk, and a file that is written again has the same name.
import { gzipSync } from 'node:zlib';
import type { Region, Scope } from '../../platform/ids.ts';
import { type JournalRecord, readSealed, sealedScopes } from '../../platform/journal/index.ts';
import type { Reconciler } from '../../platform/reconcile/index.ts';
import type { Database } from '../../platform/store/index.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { cloudTrailEvent } from './cloud-trail-event.ts';
import { changeTrail, findTrail, loggingTrails, positionsOf, putPosition, type TrailKey } from './store.ts';
import type { TrailRow } from './tables.ts';
import { fileKey, isGlobal, isSelected, selectorsOf } from './trail.ts';
import type { TrailBuckets } from './trail-buckets.ts';

export interface DeliveryOptions {
  readonly database: Database;
  readonly log: Logger;
  readonly buckets: TrailBuckets;
}

/** AWS delivers about every five minutes; half a minute keeps files few and people content. */
const LOOK_MS = 30_000;
/** At most about 5 MB of JSON at usual sizes; AWS's files are of this order. */
const FILE_RECORDS_MAX = 1_000;
/** Per pass and region; what is left is delivered by the next pass, at once. */
const FILES_PER_PASS_MAX = 5;
const TRAILS_MAX = 500;
const FAILURE_CHARACTERS_MAX = 1_000;

interface Backlog {
  readonly scope: Scope;
  readonly after: number;
  readonly through: number;
  /** Dropped by retention before they were delivered. */
  readonly lost: number;
}

export function createTrailDelivery({ database, log, buckets }: DeliveryOptions): Reconciler {
  async function backlogsOf(trail: TrailRow): Promise<Backlog[]> {
    return database.read(async (tx) => {
      const positions = await positionsOf(tx, trail);
      const chains = await sealedScopes(tx, trail.account);
      return chains.flatMap(({ scope, sealedSequence, cutSequence }) => {
        const position = positions.get(scope.region) ?? 0;
        const theirs = trail.multi_region === 1 || scope.region === trail.region;
        const lost = Math.max(0, cutSequence - position);
        return theirs && sealedSequence > position ? [{ scope, after: position + lost, through: sealedSequence, lost }] : [];
      });
    });
  }

  async function deliverFile(trail: TrailRow, { scope, through }: Backlog, after: number, now: Date): Promise<number> {
    const records = await database.read((tx) => readSealed(tx, scope, after, through, FILE_RECORDS_MAX));
    const last = records.length < FILE_RECORDS_MAX ? through : (records.at(-1)?.sequence ?? through);
    const body = fileOf(trail, records);
    if (body !== undefined) await buckets.put(trail.bucket, body.key, body.content);
    await database.write('audit.delivered', async (tx) => {
      await putPosition(tx, trail, scope.region, last);
      const at = now.getTime();
      await changeTrail(tx, trail, { attempted_at: at, failure: null, ...(body === undefined ? {} : { delivered_at: at }) });
    });
    return last;
  }

  return {
    name: 'trail-delivery',
    periodMs: LOOK_MS,
    async due(_now, limit) {
      const keys: string[] = [];
      for (const trail of await database.read((tx) => loggingTrails(tx, Math.min(limit, TRAILS_MAX))))
        if ((await backlogsOf(trail)).length > 0) keys.push(keyOf(trail));
      return keys;
    },
    async reconcile(key, now) {
      const trail = await database.read((tx) => findTrail(tx, trailOf(key)));
      if (trail === undefined || trail.logging === 0) return undefined;
      let more = false;
      for (const backlog of await backlogsOf(trail)) {
        if (backlog.lost > 0)
          log.warn('audit: records were dropped by retention before a trail delivered them', {
            trail: trail.name,
            lost: backlog.lost,
          });
        let { after } = backlog;
        try {
          for (let files = 0; files < FILES_PER_PASS_MAX && after < backlog.through; files++)
            after = await deliverFile(trail, backlog, after, now);
        } catch (cause) {
          const failure = (cause instanceof Error ? cause.message : String(cause)).slice(0, FAILURE_CHARACTERS_MAX);
          await database.write('audit.undelivered', (tx) => changeTrail(tx, trail, { attempted_at: now.getTime(), failure }));
          throw new Error(`trail ${trail.name} could not deliver to ${trail.bucket}`, { cause });
        }
        more ||= after < backlog.through;
      }
      return more ? now : undefined;
    },
  };
}

/** Undefined when nothing of it is selected. */
function fileOf(trail: TrailRow, records: readonly JournalRecord[]): { key: string; content: Buffer } | undefined {
  const selectors = selectorsOf(trail);
  const selected = records.filter((record) => isSelected(selectors, record) && (trail.global_events === 1 || !isGlobal(record)));
  const [first] = selected;
  if (first === undefined) return undefined;
  const content = gzipSync(JSON.stringify({ Records: selected.map(cloudTrailEvent) }));
  return { key: fileKey(trail.prefix, first), content };
}

const keyOf = ({ account, region, name }: TrailKey): string => `${account}/${region}/${name}`;

function trailOf(key: string): TrailKey {
  const [account = '', region = '', name = ''] = key.split('/');
  return { account: account as TrailKey['account'], region: region as Region, name };
}
