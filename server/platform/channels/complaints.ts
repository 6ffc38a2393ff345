// What agents do wrong: all of it counted, some of it logged. A malicious or broken agent must not be able to fill the log.
import type { LogFields, Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';

/** Lines in a window; the next window says how many were left out. */
const LINES_MAX = 20;
const WINDOW_MS = 10_000;

/** A small fixed set: they are labels of a metric. */
export type Complaint =
  | 'bad-frame'
  | 'bad-payload'
  | 'bad-output'
  | 'foreign-node'
  | 'unknown-type'
  | 'text-frame'
  | 'bad-opening'
  | 'opening-too-late'
  | 'slow-reader'
  | 'silent'
  | 'poison-reply';

export type Complain = (complaint: Complaint, fields: LogFields) => void;

export function createComplaints(options: { readonly clock: Clock; readonly log: Logger; readonly metrics: Metrics }): Complain {
  const { clock, log } = options;
  const counter = options.metrics.counter('muster_channels_complaints_total', 'Misbehaviour of agents on their channels.');
  let windowEndsMs = 0;
  let lines = 0;
  return (complaint, fields) => {
    counter.inc({ complaint });
    if (clock.nowMs() >= windowEndsMs) {
      if (lines > LINES_MAX) log.warn('more misbehaviour of agents was not logged', { lines: lines - LINES_MAX });
      windowEndsMs = clock.nowMs() + WINDOW_MS;
      lines = 0;
    }
    lines++;
    if (lines <= LINES_MAX) log.warn('an agent misbehaves', { complaint, ...fields });
  };
}
