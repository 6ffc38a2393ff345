// Counts and latencies of requests by operation and outcome. Labels come from the operation table and from error codes that the server
// itself gave.
import type { Metrics } from '../telemetry/metrics.ts';
import type { Gate } from './gate.ts';
import type { Pace } from './pace.ts';

export interface RequestMetrics {
  answered(labels: { readonly service: string; readonly operation: string }, code: string, latencyMs: number): void;
}

const LATENCY_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

export function createRequestMetrics(metrics: Metrics, gate: Gate, pace: Pace): RequestMetrics {
  const requests = metrics.counter('muster_api_requests_total', 'Requests answered, by operation and error code (OK: none).');
  const latency = metrics.histogram('muster_api_request_seconds', 'From the head of a request to its answer.', LATENCY_SECONDS);
  metrics.gauge('muster_api_requests_in_flight', 'Requests whose handler is at work, long polls included.', () => gate.inFlight);
  metrics.gauge('muster_api_reads_waiting', 'Reads that wait for their turn.', () => pace.waiting);
  return {
    answered({ service, operation }, code, latencyMs) {
      requests.inc({ service, operation, code });
      latency.observe(latencyMs / 1000, { service, operation });
    },
  };
}
