// What the keys domain works with.
import type { Ids } from '../../platform/ids.ts';
import type { Journal } from '../../platform/journal/index.ts';
import type { Seal } from '../../platform/seal/index.ts';
import type { Database, PageTokens } from '../../platform/store/index.ts';
import type { Tags } from '../../platform/tags/tags.ts';
import type { Logger } from '../../platform/telemetry/index.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { KeyRing } from './key-ring.ts';

export interface KeysOptions {
  readonly database: Database;
  readonly tags: Tags;
  readonly pageTokens: PageTokens;
  readonly seal: Pick<Seal, 'seal' | 'unseal'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  /** For what the server does to keys of its own accord. */
  readonly journal: Pick<Journal, 'write'>;
  /** Why this text is no policy of a resource; undefined when it is one. Filled from the identity domain. */
  readonly whyNotPolicy: (text: string) => string | undefined;
}

export interface Keys extends KeysOptions {
  readonly ring: KeyRing;
}

/** What rows of tags call a key. */
export const TAGGED_AS = 'Key';
