// What the nodes domain works with.
import type { Database, PageTokens } from '../platform/store/index.ts';
import type { Ids } from '../platform/ids.ts';
import type { Outbox } from '../platform/outbox/outbox.ts';
import type { Tags } from '../platform/tags/tags.ts';
import type { Logger } from '../platform/telemetry/log.ts';
import type { Clock } from '../platform/time/clock.ts';
import type { GroupDirectory } from '../resource-groups/index.ts';
import type { NodePorts } from './ports.ts';
import type { NodePresence } from './presence.ts';
import type { NodeRegistry } from './registry.ts';

export interface NodeSettings {
  /** How long a node's role credentials live: agents renew them at half of it, and misbehave below 20 minutes. */
  readonly credentialLifetimeSeconds: number;
  /** A node is asked for a new key when its key is older than this. */
  readonly keyAgeMaxMs: number;
}

export const DEFAULT_SETTINGS: NodeSettings = {
  credentialLifetimeSeconds: 3600,
  keyAgeMaxMs: 30 * 24 * 60 * 60 * 1000,
};

export interface Nodes {
  readonly database: Database;
  readonly tags: Tags;
  readonly groups: GroupDirectory;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly pageTokens: PageTokens;
  readonly ports: NodePorts;
  readonly settings: NodeSettings;
  readonly presence: NodePresence;
  readonly registry: NodeRegistry;
}
