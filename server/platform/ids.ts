// Identifiers and randomness. Everything random in the server comes through `Ids`, so that a simulation can replay a run
// from its seed. Ids are branded strings: a NodeId cannot be passed where a CommandId is due.
import { randomBytes, randomFillSync } from 'node:crypto';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Twelve digits. */
export type AccountId = Branded<'AccountId'>;
/** `us-east-1` and the like; `-` for global things. */
export type Region = Branded<'Region'>;
/** `mi-` + 17 hex digits (or `i-` for cloud instances). */
export type NodeId = Branded<'NodeId'>;
/** UUID. */
export type CommandId = Branded<'CommandId'>;
/** UUID. */
export type ActivationId = Branded<'ActivationId'>;

/** Everything belongs to an (account, region): the first columns of every table and key. */
export interface Scope {
  readonly account: AccountId;
  readonly region: Region;
}

export interface Ids {
  uuid(): string;
  /** `count` lower-case hex digits. */
  hex(count: number): string;
  bytes(count: number): Buffer;
  /** In [0, 1): for jitter only, never for secrets. */
  fraction(): number;
}

/** Asking the kernel costs more than what is asked for: small wishes are served from a store of this size, which forgets what it gave. */
const POOL_BYTES = 4_096;
const pool = Buffer.alloc(POOL_BYTES);
let poolUsed = POOL_BYTES;

/** Sees to it that so many bytes, at most all of the store, lie unused behind `poolUsed`. */
function fillPool(count: number): void {
  if (poolUsed + count <= POOL_BYTES) return;
  randomFillSync(pool);
  poolUsed = 0;
}

function pooledBytes(count: number): Buffer {
  if (count > POOL_BYTES / 16) return randomBytes(count);
  fillPool(count);
  const given = Buffer.from(pool.subarray(poolUsed, poolUsed + count));
  pool.fill(0, poolUsed, poolUsed + count);
  poolUsed += count;
  return given;
}

const UUID_BYTES = 16;
/** Hyphens where hyphens are; the digits of each are written over those of the one before. */
const uuidText = Buffer.alloc(36, '-');
/** Where the two digits of each byte go. */
const UUID_PLACES = Buffer.from([0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]);
const DIGITS = Buffer.from('0123456789abcdef');

/** Version 4 (RFC 9562). Every call has one, and Node's own is put together from twenty strings: ten times the memory. */
function randomUuid(): string {
  fillPool(UUID_BYTES);
  for (let index = 0; index < UUID_BYTES; index += 1) {
    const random = pool[poolUsed]!;
    pool[poolUsed] = 0;
    poolUsed += 1;
    const byte = index === 6 ? (random & 0x0f) | 0x40 : index === 8 ? (random & 0x3f) | 0x80 : random;
    const place = UUID_PLACES[index]!;
    uuidText[place] = DIGITS[byte >> 4]!;
    uuidText[place + 1] = DIGITS[byte & 0x0f]!;
  }
  return uuidText.toString('latin1');
}

export const systemIds: Ids = {
  uuid: randomUuid,
  hex: (count) =>
    pooledBytes(Math.ceil(count / 2))
      .toString('hex')
      .slice(0, count),
  bytes: pooledBytes,
  fraction: () => Math.random(),
};
