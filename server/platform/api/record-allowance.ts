// How many refused calls of one caller go on record in a minute. Operators' calls all do. A stranger and a node may call as often as they
// like, and must not fill the disk with it: what is above is counted, and stands in the access metrics as every call does.
import type { Principal } from '../access/principal.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';

/** Enough to see who tried what; strangers share one. */
export const RECORDED_FAILURES_MAX = 60;
const WINDOW_MS = 60_000;

/** True when a refused call of this caller is to be recorded. */
export type RecordAllowance = (principal: Principal) => boolean;

export function createRecordAllowance(clock: Pick<Clock, 'monotonicMs'>, metrics: Metrics): RecordAllowance {
  const withheld = metrics.counter('muster_journal_withheld_total', 'Refused calls not recorded: their caller has too many.');
  const taken = new Map<string, number>();
  let windowEndsMs = 0;
  return (principal) => {
    if (principal.kind === 'administrator') return true;
    if (clock.monotonicMs() >= windowEndsMs) {
      windowEndsMs = clock.monotonicMs() + WINDOW_MS;
      taken.clear();
    }
    const before = taken.get(principal.arn) ?? 0;
    if (before >= RECORDED_FAILURES_MAX) {
      withheld.inc({ caller: principal.kind });
      return false;
    }
    taken.set(principal.arn, before + 1);
    return true;
  };
}
