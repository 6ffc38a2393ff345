// The paths that are no API: health, metrics, and (for test suites, in development mode only) the reset.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isLoopbackHost } from './platform/access/index.ts';
import type { ReservedHandler } from './platform/api/index.ts';
import type { Health, Metrics } from './platform/telemetry/index.ts';

export interface ReservedOptions {
  readonly health: Health;
  readonly metrics: Metrics;
  /** Present only with --insecure-dev-auth. */
  readonly reset: (() => Promise<void>) | undefined;
}

export function reservedPaths(options: ReservedOptions): ReadonlyMap<string, ReservedHandler> {
  const { health, metrics, reset } = options;
  const paths = new Map<string, ReservedHandler>([
    ['/healthz', (_request, response) => answer(response, 200, JSON.stringify(health.live()), 'application/json')],
    [
      '/readyz',
      async (_request, response) => {
        const readiness = await health.ready();
        answer(response, readiness.ok ? 200 : 503, JSON.stringify(readiness), 'application/json');
      },
    ],
    ['/metrics', (_request, response) => answer(response, 200, metrics.render(), 'text/plain; version=0.0.4; charset=utf-8')],
  ]);
  if (reset !== undefined) {
    paths.set('/_muster/reset', async (request, response) => {
      const refusal = resetRefusal(request);
      if (refusal !== undefined) return answer(response, 403, refusal, 'text/plain');
      await reset();
      answer(response, 200, '{}', 'application/json');
    });
  }
  return paths;
}

/** A web page in a browser on this machine must not be able to do it: it can neither set the header nor choose the Host. */
function resetRefusal(request: IncomingMessage): string | undefined {
  if (request.method !== 'POST') return 'Use POST.\n';
  if (request.headers['x-muster-reset'] !== '1') return 'The header x-muster-reset: 1 is missing.\n';
  return isLoopbackHost(request.headers.host) ? undefined : 'The Host is not this machine.\n';
}

function answer(response: ServerResponse, status: number, body: string, contentType: string): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}
