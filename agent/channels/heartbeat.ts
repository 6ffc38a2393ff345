// UpdateInstanceInformation: at start a short one and a full one, then every five minutes. A failed one is tried again soon and harms nothing
// else; the stock agent would sleep for up to an hour.
import type { SsmClient } from '../access/ssm-client.ts';
import { ApiError } from '../access/ssm-client.ts';
import type { CredentialSource } from '../identity/role-credentials.ts';
import { exponentialDelayMs } from '../machine/backoff.ts';
import { pause } from '../machine/clock.ts';
import type { Clock } from '../machine/clock.ts';
import type { MachineFacts } from '../machine/facts.ts';
import type { Ids } from '../machine/ids.ts';
import { describeError } from '../machine/log.ts';
import type { Log } from '../machine/log.ts';
import { AGENT_NAME, AGENT_VERSION } from '../version.ts';

const PERIOD_MS = 5 * 60_000;
/** Spreads the fleet's heartbeats, which a restarted server would otherwise get together for ever. */
const JITTER_MS = 15_000;
const RETRY = { firstMs: 10_000, capMs: PERIOD_MS };

export interface HeartbeatOptions {
  readonly instanceId: string;
  readonly facts: MachineFacts;
  readonly ssm: SsmClient;
  readonly credentials: CredentialSource;
  /** Which channel carries jobs now. */
  readonly isChannelOpen: () => boolean;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Starts the loop; it ends with `signal`. */
export function startHeartbeat(options: HeartbeatOptions): void {
  const { facts, instanceId, clock, ids, log, signal } = options;
  const short = {
    AgentName: AGENT_NAME,
    AgentVersion: AGENT_VERSION,
    InstanceId: instanceId,
    PlatformType: facts.platformType,
  };
  const full = (): Record<string, string> => ({
    ...short,
    AgentStatus: 'Active',
    AvailabilityZone: '',
    AvailabilityZoneId: '',
    ComputerName: facts.computerName,
    IPAddress: facts.ipAddress,
    PlatformName: facts.platformName,
    PlatformVersion: facts.platformVersion,
    SSMConnectionChannel: options.isChannelOpen() ? 'ssmmessages' : '',
  });
  const call = async (input: Readonly<Record<string, string>>): Promise<void> => {
    const credentials = await options.credentials.get();
    await options.ssm.call('UpdateInstanceInformation', input, { kind: 'role', credentials });
  };
  const loop = async (): Promise<void> => {
    let isFirst = true;
    for (let failures = 0; !signal.aborted;) {
      let delayMs: number;
      try {
        if (isFirst) await call(short);
        await call(full());
        // The first one after a start comes at a random time of the period.
        delayMs = isFirst ? PERIOD_MS * ids.fraction() : PERIOD_MS + JITTER_MS * (2 * ids.fraction() - 1);
        isFirst = false;
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiError && REFUSED.has(error.code)) options.credentials.refused();
        delayMs = exponentialDelayMs(failures, RETRY, ids);
        failures += 1;
        log.warn('heartbeat failed', { delayMs: Math.round(delayMs), cause: describeError(error) });
      }
      await pause(clock, delayMs, signal);
    }
  };
  void loop();
}

/** The credentials are the trouble, not the call. */
const REFUSED = new Set([
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
]);
