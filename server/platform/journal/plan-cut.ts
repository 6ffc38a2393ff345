// How many of the oldest records go. Pure. A record goes when it is older than the retention, or when the journal is larger than its cap; only
// sealed ones go, oldest first, and never one without those before it.

export interface CutCandidate {
  readonly at: number;
  readonly sizeBytes: number;
}

export type CutReason = 'retention' | 'size';

/** `candidates` in the order of their numbers. */
export function planCut(
  candidates: readonly CutCandidate[],
  cutoffMs: number,
  excessBytes: number,
): { count: number; sizeBytes: number; reason: CutReason } {
  let count = 0;
  let sizeBytes = 0;
  let reason: CutReason = 'retention';
  for (const candidate of candidates) {
    const tooOld = candidate.at < cutoffMs;
    if (!tooOld && sizeBytes >= excessBytes) break;
    if (!tooOld) reason = 'size';
    count++;
    sizeBytes += candidate.sizeBytes;
  }
  return { count, sizeBytes, reason };
}
