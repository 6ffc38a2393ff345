// What the commit queue counts: units by name and outcome, how many share a commit, how long commits take.
import type { Metrics } from '../telemetry/metrics.ts';

/** A unit that ended, well or with an error. */
type Settled = { readonly unit: { readonly name: string } } & ({ readonly value: unknown } | { readonly error: unknown });

export interface CommitMetrics {
  /** All of one commit. */
  batch(batch: readonly Settled[], commitMs: number): void;
  failed(rejected: number, again: number): void;
  refused(unit: string): void;
}

export function createCommitMetrics(metrics: Metrics, queued: () => number): CommitMetrics {
  const units = metrics.counter('muster_store_units_total', 'Units of work by name and outcome.');
  const batchUnits = metrics.histogram(
    'muster_store_batch_units',
    'Units of work in one commit.',
    [1, 2, 4, 8, 16, 32, 64, 128, 256],
  );
  const commitSeconds = metrics.histogram('muster_store_commit_seconds', 'Duration of COMMIT, fsync included.');
  metrics.gauge('muster_store_queue_units', 'Units of work that wait for their turn.', queued);
  return {
    batch(batch: readonly Settled[], commitMs: number): void {
      batchUnits.observe(batch.length);
      commitSeconds.observe(commitMs / 1000);
      const counts = new Map<string, number>();
      const failures = new Map<string, number>();
      for (const outcome of batch) {
        const map = 'error' in outcome ? failures : counts;
        map.set(outcome.unit.name, (map.get(outcome.unit.name) ?? 0) + 1);
      }
      for (const [unit, count] of counts) units.inc({ unit, outcome: 'committed' }, count);
      for (const [unit, count] of failures) units.inc({ unit, outcome: 'failed' }, count);
    },
    failed(rejected: number, again: number): void {
      if (rejected > 0) units.inc({ unit: 'any', outcome: 'rolled back' }, rejected);
      if (again > 0) units.inc({ unit: 'any', outcome: 'run again' }, again);
    },
    refused(unit: string): void {
      units.inc({ unit, outcome: 'refused' });
    },
  };
}
