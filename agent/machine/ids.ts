// The agent's randomness: identifiers and jitter. Never used for secrets; keys come from node:crypto where they are made.
import { randomUUID } from 'node:crypto';

export interface Ids {
  uuid(): string;
  /** In [0, 1). */
  fraction(): number;
}

export const systemIds: Ids = { uuid: () => randomUUID(), fraction: () => Math.random() };
