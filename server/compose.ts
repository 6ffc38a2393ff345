// The graph of the server: which domain gets which collaborator. Ports are filled here and nowhere else. Opens nothing and listens nowhere, so
// that a simulation composes exactly what production does.
import { createAccount } from './account/index.ts';
import { createIdentity, type Identity, migrations as identityMigrations } from './cloud/identity/index.ts';
import { createDocuments, migrations as documentMigrations } from './documents/index.ts';
import { createNodes, migrations as nodeMigrations } from './nodes/index.ts';
import { type Authenticator, createAuthenticators } from './platform/access/index.ts';
import type { BoundOperation } from './platform/api/operation.ts';
import type { Bus } from './platform/bus/bus.ts';
import { type Channels, createChannels, migrations as channelMigrations } from './platform/channels/index.ts';
import type { AccountId, Ids, Region } from './platform/ids.ts';
import { createJournal, type Journal, migrations as journalMigrations } from './platform/journal/index.ts';
import { createOutbox, createOutboxRelay, migrations as outboxMigrations } from './platform/outbox/index.ts';
import { createReconcileDriver, type ReconcileDriver, migrations as reconcileMigrations } from './platform/reconcile/index.ts';
import type { Seal } from './platform/seal/index.ts';
import { createPageTokens, type Database, type MigrationList } from './platform/store/index.ts';
import { createTags, migrations as tagMigrations } from './platform/tags/index.ts';
import type { Logger, Metrics } from './platform/telemetry/index.ts';
import type { Clock } from './platform/time/clock.ts';
import { createJobHandler, createRunCommand, migrations as runCommandMigrations, type RunCommand } from './run-command/index.ts';

/** In order: the platform's tables first. */
export const MIGRATIONS: readonly MigrationList[] = [
  reconcileMigrations,
  journalMigrations,
  outboxMigrations,
  tagMigrations,
  channelMigrations,
  identityMigrations,
  documentMigrations,
  nodeMigrations,
  runCommandMigrations,
];

export interface Platform {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly bus: Bus;
  readonly seal: Seal;
}

export interface ComposeSettings {
  /** Names this process among replicas; holds leases. */
  readonly replica: string;
  readonly account: AccountId;
  readonly regions: readonly Region[];
  readonly insecureDevAuth: boolean;
  readonly slowStart: boolean;
}

export interface Composition {
  readonly operations: readonly BoundOperation[];
  readonly authenticators: readonly Authenticator[];
  readonly identity: Identity;
  readonly journal: Journal;
  readonly channels: Channels;
  readonly driver: ReconcileDriver;
  /** Ends what runs in the background and writes what is held in memory; the database stays open. */
  stop(): Promise<void>;
}

export function compose(platform: Platform, settings: ComposeSettings): Composition {
  const { database, clock, ids, log, metrics, bus, seal } = platform;
  const tags = createTags();
  const outbox = createOutbox({ clock, ids });
  const journal = createJournal({ database, clock, log: log.child({ area: 'journal' }), metrics });
  const pageTokens = createPageTokens(seal.derive('page-tokens'));

  const identity = createIdentity({
    database,
    seal,
    clock,
    ids,
    log: log.child({ area: 'identity' }),
    isRegistered: (scope, nodeId) => nodes.isRegistered(scope, nodeId),
  });
  const documents = createDocuments({ database, tags, clock, pageTokens });
  const nodes = createNodes({
    database,
    tags,
    outbox,
    clock,
    ids,
    log: log.child({ area: 'nodes' }),
    pageTokens,
    bus,
    ports: {
      issueCredentials(request) {
        const issued = identity.issueNodeCredentials(request);
        return Promise.resolve({
          accessKeyId: issued.AccessKeyId,
          secretAccessKey: issued.SecretAccessKey,
          sessionToken: issued.SessionToken,
          expiresAt: issued.expiresAt,
        });
      },
      roleExists: (scope, name) => Promise.resolve(identity.roleExists(scope.account, name)),
      forgetMail: (tx, scope, nodeId) => channels.mailbox.forget(tx, scope, nodeId),
    },
  });
  const account = createAccount({
    database,
    tags,
    resources: { Document: documents.exists, ManagedInstance: nodes.exists },
  });
  const channels = createChannels({
    database,
    clock,
    ids,
    log: log.child({ area: 'channels' }),
    metrics,
    bus,
    handler: createJobHandler(() => run),
    presenceListener: nodes.presenceListener,
  });
  const run: RunCommand = {
    database,
    clock,
    ids,
    log: log.child({ area: 'run-command' }),
    documents: documents.library,
    nodes: nodes.directory,
    authorizer: identity.authorizer,
    mailbox: channels.mailbox,
    presence: channels.presence,
    outbox,
    wakeups: { wake: (name, key) => driver.wake(name, key) },
    pageTokens,
    settings: { slowStart: settings.slowStart },
  };
  const runCommand = createRunCommand(run);
  const driver = createReconcileDriver({
    database,
    clock,
    ids,
    bus,
    log: log.child({ area: 'reconcile' }),
    metrics,
    replica: settings.replica,
    reconcilers: [
      ...runCommand.reconcilers,
      ...nodes.reconcilers,
      ...channels.reconcilers,
      createOutboxRelay({ database, clock, metrics, sinks: [] }),
    ],
  });

  return {
    operations: [
      ...identity.operations,
      ...account.operations,
      ...documents.operations,
      ...nodes.operations,
      ...channels.operations,
      ...runCommand.operations,
    ],
    authenticators: createAuthenticators({
      credentials: identity.credentials,
      nodeKeys: nodes.keySource,
      regions: settings.regions,
      ...(settings.insecureDevAuth ? { insecureDevAccount: settings.account } : {}),
    }),
    identity,
    journal,
    channels,
    driver,
    async stop() {
      await channels.stop();
      await driver.stop();
      await nodes[Symbol.asyncDispose]();
      await journal.close();
    },
  };
}
