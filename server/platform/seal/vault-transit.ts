// Vault's Transit engine as the keeper of the master key: the data directory holds the key wrapped, and without Vault it cannot be unwrapped. Asked once
// at the start. The token is read from its file each time: whoever keeps it there may renew it.
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '../time/clock.ts';
import { MasterKeyUnusable } from './master-key.ts';
import { readPrivateFile } from './private-file.ts';

/** Keeps a key that the server itself does not hold. */
export interface KeyWrapper {
  wrap(key: Buffer): Promise<string>;
  unwrap(wrapped: string): Promise<Buffer>;
}

export interface VaultOptions {
  /** `https://vault.example.org:8200`; plain HTTP on loopback only. */
  readonly address: string;
  /** Name of the Transit key. */
  readonly key: string;
  /** Where the engine is mounted: `transit`. */
  readonly mount: string;
  readonly tokenFile: string;
  /** PEM; default: the system's. */
  readonly caFile?: string | undefined;
}

/** The server waits for it before it starts; long enough for a Vault that is being elected. */
const ANSWER_MS_MAX = 10_000;
/** An answer is a key of 32 bytes, wrapped, and some words. */
const ANSWER_BYTES_MAX = 64 * 1024;

export function vaultTransit(options: VaultOptions, { clock }: { readonly clock: Clock }): KeyWrapper {
  const call = async (verb: 'encrypt' | 'decrypt', body: object, member: string): Promise<string> => {
    const answer = await post(options, clock, `/v1/${options.mount}/${verb}/${options.key}`, JSON.stringify(body));
    const value = memberOf(answer, member);
    if (value === undefined) throw unusable(options, `answered ${verb} without ${member}`);
    return value;
  };
  return {
    wrap: (key) => call('encrypt', { plaintext: key.toString('base64') }, 'ciphertext'),
    unwrap: async (wrapped) => Buffer.from(await call('decrypt', { ciphertext: wrapped }, 'plaintext'), 'base64'),
  };
}

function post(options: VaultOptions, clock: Clock, path: string, body: string): Promise<string> {
  const url = new URL(path, options.address);
  const token = readPrivateFile(options.tokenFile)?.toString('utf8').trim();
  if (token === undefined || token === '') throw new MasterKeyUnusable(`${options.tokenFile} holds no token of Vault`);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'x-vault-token': token };
  const ca = readCa(options);
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const sent = send(url, { method: 'POST', headers, ...ca }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        answer += chunk;
        if (answer.length > ANSWER_BYTES_MAX) end(unusable(options, 'the answer is too long'));
      });
      response.on('end', () => {
        // Its words, never the request's: those hold the key.
        if (response.statusCode === 200) end(undefined, answer);
        else end(unusable(options, `answered ${response.statusCode}: ${errorsIn(answer)}`));
      });
      response.on('error', (error) => end(unusable(options, error.message)));
    });
    // For all of it: one that sends a byte now and then is never idle.
    const timer = clock.setTimer(ANSWER_MS_MAX, () =>
      end(unusable(options, `no whole answer within ${ANSWER_MS_MAX / 1_000} seconds`)),
    );
    const end = (error: MasterKeyUnusable | undefined, answer = ''): void => {
      timer.cancel();
      if (error === undefined) return resolve(answer);
      reject(error);
      sent.destroy();
    };
    sent.on('error', (error) => end(unusable(options, error.message)));
    sent.end(body);
  });
}

function readCa({ caFile }: VaultOptions): { readonly ca?: Buffer } {
  if (caFile === undefined) return {};
  try {
    return { ca: readFileSync(caFile) };
  } catch (error) {
    throw new MasterKeyUnusable(
      `${caFile}, which Vault's certificate is checked against, cannot be read: ${(error as Error).message}`,
    );
  }
}

function unusable({ address, mount, key }: VaultOptions, why: string): MasterKeyUnusable {
  return new MasterKeyUnusable(`the master key is wrapped by Vault's key ${mount}/${key} at ${address}: ${why}`);
}

function memberOf(answer: string, member: string): string | undefined {
  const data = recordOf(recordOf(parsed(answer))?.['data']);
  const value = data?.[member];
  return typeof value === 'string' ? value : undefined;
}

function errorsIn(answer: string): string {
  const errors = recordOf(parsed(answer))?.['errors'];
  return Array.isArray(errors) ? errors.map(String).join('; ').slice(0, 300) : 'no reason given';
}

function parsed(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return undefined;
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}
