// The SSM API as the node itself, for steps: with its role credentials, which a step waits for only so long.
import type { CredentialSource } from '../identity/role-credentials.ts';
import { pause } from '../machine/clock.ts';
import type { Clock } from '../machine/clock.ts';
import type { SsmClient } from './ssm-client.ts';

/** A node without credentials waits for them without end; a step does not. */
const CREDENTIALS_WAIT_MS = 30_000;

export interface NodeApi {
  /** One call, one try. Rejects with ApiError, or with why nothing could be asked. */
  call(operation: string, input: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
}

export interface NodeApiOptions {
  readonly ssm: SsmClient;
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export function createNodeApi(options: NodeApiOptions): NodeApi {
  const { ssm, clock, signal } = options;
  return {
    async call(operation, input) {
      const waited = pause(clock, CREDENTIALS_WAIT_MS, signal).then(() => undefined);
      const credentials = await Promise.race([options.credentials.get(), waited]);
      if (credentials === undefined) throw new Error(`the node has no role credentials to call ${operation} with`);
      return ssm.call(operation, input, { kind: 'role', credentials });
    },
  };
}
