// The node's temporary credentials: asked for with the node's key, kept in `credentials.json` (0600) for the next start, renewed at half of
// their life. The node's key is rotated when the server asks for it.
//
//   rotation: make key.next -> UpdateManagedInstancePublicKey (signed with the old key) -> key.next becomes key -> ask again.
//   After a crash in between both keys exist and the server may know either: the old one is tried first, then the next.
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { ApiError } from '../access/ssm-client.ts';
import type { SsmClient } from '../access/ssm-client.ts';
import type { AccessCredentials } from '../access/sign-v4.ts';
import { pause } from '../machine/clock.ts';
import type { Clock } from '../machine/clock.ts';
import { findText, writeDurably } from '../machine/files.ts';
import type { Ids } from '../machine/ids.ts';
import { describeError } from '../machine/log.ts';
import type { Log } from '../machine/log.ts';
import { publicKeyText } from './key-pair.ts';
import type { NodeKeys } from './key-pair.ts';
import type { Registration } from './registration.ts';

/** As the stock agent: the server knows this node no more, or takes it for a copy of another. Asking often does not help. */
const REFUSED_DELAY_MS = { from: 25 * 60_000, to: 30 * 60_000 };
const REFUSED_CODES = new Set(['AccessDeniedException', 'MachineFingerprintDoesNotMatch']);
/** Another AWS code waits this much on top of the exponential delay. */
const ANSWERED_EXTRA_MS = { from: 10_000, to: 20_000 };
/** 2^n seconds: n counts up to 16, the cap is reached before. */
const ATTEMPTS_MAX = 16;
/** Nobody is told to use credentials that end within this time. */
const USABLE_MARGIN_MS = 30_000;
/** A caller whose credentials were refused may ask for new ones this often. */
const FORCED_REFRESH_MS = 60_000;

export interface RoleCredentials extends AccessCredentials {
  readonly sessionToken: string;
  readonly retrievedAtMs: number;
  readonly expiresAtMs: number;
}

export interface CredentialSource {
  /** Waits until there are usable credentials; rejects when the agent stops. */
  get(): Promise<RoleCredentials>;
  /** The server did not take them: new ones are asked for soon, at most once a minute. */
  refused(): void;
}

export interface RoleCredentialOptions {
  readonly dataDir: string;
  readonly registration: Registration;
  readonly ssm: SsmClient;
  readonly keys: NodeKeys;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Starts the renewing loop; it ends with `signal`. */
export function startRoleCredentials(options: RoleCredentialOptions): CredentialSource {
  const { clock, signal } = options;
  let current = findCached(options.dataDir);
  let waiters: ((credentials: RoleCredentials) => void)[] = [];
  let wake = new AbortController();
  let forcedAtMs = -Infinity;
  const usable = (): RoleCredentials | undefined =>
    current !== undefined && current.expiresAtMs - USABLE_MARGIN_MS > clock.nowMs() ? current : undefined;

  const loop = async (): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      const delayMs = current === undefined ? 0 : halfLifeAtMs(current) - clock.nowMs();
      if (delayMs > 0) {
        await pause(clock, delayMs, AbortSignal.any([signal, wake.signal]));
        if (signal.aborted) return;
        if (!wake.signal.aborted && current !== undefined && halfLifeAtMs(current) > clock.nowMs()) continue;
      }
      wake = new AbortController();
      try {
        current = await renew(options);
        failures = 0;
        const ready = waiters;
        waiters = [];
        for (const tell of ready) tell(current);
      } catch (error) {
        failures = Math.min(failures + 1, ATTEMPTS_MAX);
        const waitMs = retryDelayMs(error, failures, options.ids);
        options.log.warn('no role credentials; trying again', { delayMs: Math.round(waitMs), cause: describeError(error) });
        await pause(clock, waitMs, signal);
      }
    }
  };
  void loop();

  return {
    get() {
      const now = usable();
      if (now !== undefined) return Promise.resolve(now);
      return new Promise((resolve, reject) => {
        waiters.push(resolve);
        signal.addEventListener('abort', () => reject(new Error('the agent is stopping')), { once: true });
      });
    },
    refused() {
      if (clock.nowMs() - forcedAtMs < FORCED_REFRESH_MS) return;
      forcedAtMs = clock.nowMs();
      wake.abort();
    },
  };
}

function halfLifeAtMs(credentials: RoleCredentials): number {
  return (credentials.retrievedAtMs + credentials.expiresAtMs) / 2;
}

export function retryDelayMs(error: unknown, failures: number, ids: Ids): number {
  const between = (range: { from: number; to: number }): number => range.from + (range.to - range.from) * ids.fraction();
  const cap = between(REFUSED_DELAY_MS);
  if (error instanceof ApiError && REFUSED_CODES.has(error.code)) return cap;
  const exponential = 2 ** failures * 1000 * (1 + 0.2 * ids.fraction());
  return Math.min(cap, error instanceof ApiError ? exponential + between(ANSWERED_EXTRA_MS) : exponential);
}

async function renew(options: RoleCredentialOptions): Promise<RoleCredentials> {
  const first = await requestToken(options);
  if (!first.updateKeyPair) return keep(options.dataDir, first.credentials);
  options.log.info('the server asks for a new key');
  try {
    await rotateKey(options);
    return keep(options.dataDir, (await requestToken(options)).credentials);
  } catch (error) {
    // The credentials in hand are good: the rotation is tried again with the next renewal.
    options.log.warn('the key was not rotated', { cause: describeError(error) });
    return keep(options.dataDir, first.credentials);
  }
}

async function rotateKey(options: RoleCredentialOptions): Promise<void> {
  const { keys, registration } = options;
  const current = keys.find('current');
  if (current === undefined) throw new Error('the private key is gone from the data directory');
  const next = keys.find('next') ?? (await keys.make('next'));
  const input = { NewPublicKey: publicKeyText(next), NewPublicKeyType: 'Rsa' };
  const signature = { kind: 'node-key', nodeId: registration.instanceId, privateKey: current } as const;
  await options.ssm.call('UpdateManagedInstancePublicKey', input, signature);
  keys.promote();
}

interface TokenAnswer {
  readonly credentials: RoleCredentials;
  readonly updateKeyPair: boolean;
}

async function requestToken(options: RoleCredentialOptions): Promise<TokenAnswer> {
  const { keys } = options;
  const current = keys.find('current');
  const next = keys.find('next');
  if (current === undefined) throw new Error('the private key is gone from the data directory');
  try {
    return await requestTokenWith(options, current);
  } catch (error) {
    if (next === undefined || !(error instanceof ApiError)) throw error;
    const answer = await requestTokenWith(options, next);
    keys.promote();
    return answer;
  }
}

async function requestTokenWith(options: RoleCredentialOptions, privateKey: KeyObject): Promise<TokenAnswer> {
  const { registration, clock } = options;
  const signature = { kind: 'node-key', nodeId: registration.instanceId, privateKey } as const;
  const answer = await options.ssm.call('RequestManagedInstanceRoleToken', { Fingerprint: registration.fingerprint }, signature);
  const { AccessKeyId, SecretAccessKey, SessionToken, TokenExpirationDate, UpdateKeyPair } = answer;
  if (
    typeof AccessKeyId !== 'string' ||
    typeof SecretAccessKey !== 'string' ||
    typeof SessionToken !== 'string' ||
    typeof TokenExpirationDate !== 'number'
  ) {
    throw new Error('the role token answer is incomplete');
  }
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    retrievedAtMs: clock.nowMs(),
    expiresAtMs: TokenExpirationDate * 1000,
  };
  return { credentials, updateKeyPair: UpdateKeyPair === true };
}

function keep(dataDir: string, credentials: RoleCredentials): RoleCredentials {
  writeDurably(join(dataDir, 'credentials.json'), `${JSON.stringify(credentials)}\n`);
  return credentials;
}

/** What an earlier run of the agent kept; anything odd is simply asked for again. */
function findCached(dataDir: string): RoleCredentials | undefined {
  const text = findText(join(dataDir, 'credentials.json'));
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<RoleCredentials>;
    const { accessKeyId, secretAccessKey, sessionToken, retrievedAtMs, expiresAtMs } = value;
    const strings = [accessKeyId, secretAccessKey, sessionToken].every((part) => typeof part === 'string' && part !== '');
    const times = [retrievedAtMs, expiresAtMs].every((part) => typeof part === 'number');
    return strings && times ? (value as RoleCredentials) : undefined;
  } catch {
    return undefined;
  }
}
