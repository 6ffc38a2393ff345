// How many calls a second an account makes to Parameter Store, where the operator limits them: AWS's two rates, of which the service setting
// `high-throughput-enabled` chooses. Counted in memory by each process, as bursts of a second at most. Without limits nothing is counted.
import type { BoundOperation } from '../platform/api/operation.ts';
import { fail } from '../platform/api/errors.ts';
import type { Scope } from '../platform/ids.ts';
import type { Clock } from '../platform/time/clock.ts';

export interface Rates {
  /** Calls a second. */
  readonly standard: number;
  readonly high: number;
}

/** What AWS counts together. */
const COUNTED: ReadonlySet<string> = new Set(['GetParameter', 'GetParameters', 'GetParametersByPath', 'PutParameter']);
/** A change of the setting counts so much later at most; the setting is not read for every call that is refused. */
const SETTING_MS = 1_000;
/** Accounts and regions; the one that called longest ago is forgotten, which gives it a second's calls at most. */
const SCOPES_MAX = 10_000;

interface Bucket {
  left: number;
  filledAtMs: number;
  rate: number;
  /** When `rate` was asked for. */
  ratedAtMs: number;
}

export function limited(
  operations: readonly BoundOperation[],
  rates: Rates,
  isHigh: (scope: Scope) => Promise<boolean>,
  clock: Pick<Clock, 'nowMs'>,
): BoundOperation[] {
  const buckets = new Map<string, Bucket>();
  async function take(scope: Scope): Promise<boolean> {
    const place = `${scope.account} ${scope.region}`;
    const nowMs = clock.nowMs();
    const bucket = buckets.get(place) ?? {
      left: rates.standard,
      filledAtMs: nowMs,
      rate: rates.standard,
      ratedAtMs: -SETTING_MS,
    };
    buckets.delete(place);
    buckets.set(place, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > SCOPES_MAX && oldest !== undefined) buckets.delete(oldest);
    // Only who needs more than is left needs the setting.
    const isStale = nowMs - bucket.ratedAtMs >= SETTING_MS;
    if (isStale && (bucket.rate === rates.high || refill(bucket, nowMs) < 1)) {
      bucket.ratedAtMs = nowMs;
      const rate = (await isHigh(scope)) ? rates.high : rates.standard;
      bucket.left += Math.max(0, rate - bucket.rate);
      bucket.rate = rate;
    }
    if (refill(bucket, nowMs) < 1) return false;
    bucket.left -= 1;
    return true;
  }
  return operations.map((operation): BoundOperation => {
    if (!COUNTED.has(operation.name)) return operation;
    return {
      ...operation,
      async handle(ctx, input) {
        if (!(await take(ctx))) fail('ThrottlingException', 'Rate exceeded');
        return operation.handle(ctx, input);
      },
    };
  });
}

/** How many calls are left at `nowMs`. */
function refill(bucket: Bucket, nowMs: number): number {
  const grown = bucket.left + (Math.max(0, nowMs - bucket.filledAtMs) * bucket.rate) / 1_000;
  bucket.left = Math.min(bucket.rate, grown);
  bucket.filledAtMs = nowMs;
  return bucket.left;
}
