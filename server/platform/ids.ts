// Identifiers and randomness. Everything random in the server comes through `Ids`, so that a simulation can replay a run
// from its seed. Ids are branded strings: a NodeId cannot be passed where a CommandId is due.
import { randomBytes, randomFillSync, randomUUID } from 'node:crypto';

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

function pooledBytes(count: number): Buffer {
  if (count > POOL_BYTES / 16) return randomBytes(count);
  if (poolUsed + count > POOL_BYTES) {
    randomFillSync(pool);
    poolUsed = 0;
  }
  const given = Buffer.from(pool.subarray(poolUsed, poolUsed + count));
  pool.fill(0, poolUsed, poolUsed + count);
  poolUsed += count;
  return given;
}

export const systemIds: Ids = {
  uuid: () => randomUUID(),
  hex: (count) =>
    pooledBytes(Math.ceil(count / 2))
      .toString('hex')
      .slice(0, count),
  bytes: pooledBytes,
  fraction: () => Math.random(),
};
