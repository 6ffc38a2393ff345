// What a destination of a trail has not got yet, for each region whose records the trail delivers. Pure.
import type { Region, Scope } from '../../platform/ids.ts';
import type { JournalRecord } from '../../platform/journal/index.ts';
import type { TrailRow } from './tables.ts';
import { isGlobal, isSelected, selectorsOf } from './trail.ts';

export interface Backlog {
  readonly scope: Scope;
  readonly after: number;
  readonly through: number;
  /** Dropped by retention before they were delivered. */
  readonly lost: number;
}

interface Chain {
  readonly scope: Scope;
  readonly sealedSequence: number;
  readonly cutSequence: number;
}

/** `position`: the last record of a region that the destination has. */
export function backlogsOf(
  trail: TrailRow,
  chains: readonly Chain[],
  position: (region: Region) => number | undefined,
): readonly Backlog[] {
  return chains.flatMap(({ scope, sealedSequence, cutSequence }) => {
    const delivered = position(scope.region) ?? 0;
    const theirs = trail.multi_region === 1 || scope.region === trail.region;
    const lost = Math.max(0, cutSequence - delivered);
    return theirs && sealedSequence > delivered ? [{ scope, after: delivered + lost, through: sealedSequence, lost }] : [];
  });
}

export function selectedOf(trail: TrailRow, records: readonly JournalRecord[]): readonly JournalRecord[] {
  const selectors = selectorsOf(trail);
  return records.filter((record) => isSelected(selectors, record) && (trail.global_events === 1 || !isGlobal(record)));
}
