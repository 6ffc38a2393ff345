// Who this node is: made once with an activation, kept in `registration.json`. The key is on disk before the call, so a crash after the
// server's answer costs at most one registration of the activation, never a key.
import { join } from 'node:path';
import { ApiError } from '../access/ssm-client.ts';
import type { SsmClient } from '../access/ssm-client.ts';
import { pause } from '../machine/clock.ts';
import type { Clock } from '../machine/clock.ts';
import { findText, writeDurably } from '../machine/files.ts';
import type { Ids } from '../machine/ids.ts';
import { describeError } from '../machine/log.ts';
import type { Log } from '../machine/log.ts';
import { exponentialDelayMs } from '../machine/backoff.ts';
import { publicKeyText } from './key-pair.ts';
import type { NodeKeys } from './key-pair.ts';

export interface Registration {
  readonly instanceId: string;
  readonly region: string;
  readonly fingerprint: string;
}

export interface Activation {
  readonly id: string;
  readonly code: string;
}

/** The server said no, and would say so again: a sentence for the person who started the agent. */
export class RegistrationRefused extends Error {}

const INSTANCE_ID = /^(?:mi-[0-9a-f]{17}|i-[0-9a-f]{8,17})$/;

export function findRegistration(dataDir: string): Registration | undefined {
  const path = join(dataDir, 'registration.json');
  const text = findText(path);
  if (text === undefined) return undefined;
  const value = JSON.parse(text) as Partial<Registration>;
  const { instanceId, region, fingerprint } = value;
  if (instanceId === undefined || !INSTANCE_ID.test(instanceId) || region === undefined || fingerprint === undefined) {
    throw new Error(`${path} is damaged: restore it, or remove the directory and register again`);
  }
  return { instanceId, region, fingerprint };
}

export interface RegisterOptions {
  readonly dataDir: string;
  readonly region: string;
  readonly activation: Activation;
  readonly ssm: SsmClient;
  readonly keys: NodeKeys;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Undefined when stopped before the server answered. */
export async function register(options: RegisterOptions): Promise<Registration | undefined> {
  const { activation, keys, ids, clock, log, signal } = options;
  const fingerprint = ids.uuid();
  const key = keys.find('current') ?? (await keys.make('current'));
  const input = {
    ActivationCode: activation.code,
    ActivationId: activation.id,
    Fingerprint: fingerprint,
    PublicKey: publicKeyText(key),
    PublicKeyType: 'Rsa',
  };
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      const answer = await options.ssm.call('RegisterManagedInstance', input, { kind: 'none' });
      const instanceId = answer['InstanceId'];
      if (typeof instanceId !== 'string' || !INSTANCE_ID.test(instanceId)) throw new Error('the answer names no node');
      const registration = { instanceId, region: options.region, fingerprint };
      writeDurably(join(options.dataDir, 'registration.json'), `${JSON.stringify(registration)}\n`);
      log.info('registered', { instanceId, region: options.region });
      return registration;
    } catch (error) {
      if (isDefinitive(error))
        throw new RegistrationRefused(`the server refused the registration: ${describeError(error)}`, { cause: error });
      const delayMs = exponentialDelayMs(attempt, { firstMs: 1000, capMs: 60_000 }, ids);
      log.warn('registration failed; trying again', { delayMs: Math.round(delayMs), cause: describeError(error) });
      await pause(clock, delayMs, signal);
    }
  }
  return undefined;
}

/** Everything that the API says in its own words, except for being busy or broken. */
function isDefinitive(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  if (error.code === 'TooManyUpdates' || error.code === 'ThrottlingException') return false;
  return error.httpStatus >= 400 && error.httpStatus < 500 && error.httpStatus !== 429;
}
