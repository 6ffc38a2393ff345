// Identifiers and randomness. Everything random in the server comes through `Ids`, so that a simulation can replay a run
// from its seed. Ids are branded strings: a NodeId cannot be passed where a CommandId is due.
import { randomBytes, randomUUID } from 'node:crypto';

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

export const systemIds: Ids = {
  uuid: () => randomUUID(),
  hex: (count) =>
    randomBytes(Math.ceil(count / 2))
      .toString('hex')
      .slice(0, count),
  bytes: (count) => randomBytes(count),
  fraction: () => Math.random(),
};
