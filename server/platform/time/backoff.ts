// How long to wait before trying again: exponential with full jitter, so that a thousand clients which failed together do not
// come back together. Pure: the fraction comes in.

export interface Backoff {
  /** The longest wait after the first failure. */
  readonly baseMs: number;
  /** The longest wait of all. */
  readonly capMs: number;
}

/** Beyond this many doublings every cap is reached; keeps 2 ** n finite. */
const DOUBLINGS_MAX = 30;

/** `failures` counts from 1; `fraction` lies in [0, 1). Answers between 1 ms and the cap. */
export function backoffMs(failures: number, { baseMs, capMs }: Backoff, fraction: number): number {
  const ceilingMs = Math.min(capMs, baseMs * 2 ** Math.min(Math.max(0, failures - 1), DOUBLINGS_MAX));
  return Math.max(1, Math.floor(ceilingMs * fraction));
}
