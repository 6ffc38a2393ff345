// The graph of the server: which domain gets which collaborator. Ports are filled here and nowhere else. Opens nothing and listens nowhere, so
// that a simulation composes exactly what production does.
import { createAccount, migrations as accountMigrations, type ServiceSettings } from './account/index.ts';
import {
  createAudit,
  type AuditFace,
  folderBuckets,
  folderLogGroups,
  migrations as auditMigrations,
  type TrailBuckets,
  type TrailLogGroups,
} from './cloud/audit/index.ts';
import {
  createIdentity,
  type Identity,
  type IdentityOptions,
  migrations as identityMigrations,
  whyNotResourcePolicy,
} from './cloud/identity/index.ts';
import { createKeys, type KeysFace, migrations as keyMigrations } from './cloud/keys/index.ts';
import { type AttachmentDownloads, createDocuments, migrations as documentMigrations } from './documents/index.ts';
import { migrations as masterKeyMigrations } from './master-key/index.ts';
import { createNodes, migrations as nodeMigrations, type NodePorts, type NodesFace } from './nodes/index.ts';
import {
  createParameters,
  migrations as parameterMigrations,
  type ParameterLimits,
  type ParametersFace,
  type Rates,
} from './parameters/index.ts';
import { type Authenticator, createAuthenticators } from './platform/access/index.ts';
import type { Blobs } from './platform/blobs/blobs.ts';
import { createBlobSweep } from './platform/blobs/sweep.ts';
import type { BoundOperation } from './platform/api/operation.ts';
import type { Bus } from './platform/bus/bus.ts';
import { type Channels, createChannels, migrations as channelMigrations } from './platform/channels/index.ts';
import type { AccountId, Ids, Region } from './platform/ids.ts';
import {
  createJournal,
  type Journal,
  migrations as journalMigrations,
  type OpenJournal,
  type RetentionSettings,
} from './platform/journal/index.ts';
import {
  createOutbox,
  createOutboxRelay,
  migrations as outboxMigrations,
  type Outbox,
  type OutboxSink,
} from './platform/outbox/index.ts';
import {
  createReconcileDriver,
  type ReconcileDriver,
  type Reconciler,
  migrations as reconcileMigrations,
  type Wakeups,
} from './platform/reconcile/index.ts';
import type { Seal } from './platform/seal/index.ts';
import { createResourceKeys, createResourceTags, type ResourceFacts } from './resource-tags.ts';
import {
  createResourceGroups,
  type GroupDirectory,
  migrations as resourceGroupMigrations,
  type ResourceExistence,
  type ResourceGroupsFace,
} from './resource-groups/index.ts';
import { createPageTokens, type Database, type MigrationList, type PageTokens } from './platform/store/index.ts';
import { createTags, migrations as tagMigrations, type Tags } from './platform/tags/index.ts';
import type { Logger, Metrics } from './platform/telemetry/index.ts';
import type { Clock } from './platform/time/clock.ts';
import {
  type AlarmStates,
  type ParameterSource,
  createJobHandler,
  createRetention,
  createRunCommand,
  migrations as runCommandMigrations,
  type RunCommand,
} from './run-command/index.ts';

/** In order: the platform's tables first. */
export const MIGRATIONS: readonly MigrationList[] = [
  reconcileMigrations,
  journalMigrations,
  outboxMigrations,
  tagMigrations,
  accountMigrations,
  channelMigrations,
  identityMigrations,
  auditMigrations,
  keyMigrations,
  masterKeyMigrations,
  resourceGroupMigrations,
  parameterMigrations,
  documentMigrations,
  nodeMigrations,
  runCommandMigrations,
];

/** Who is told what happens: nobody, until there is an event bus. */
const EVENT_SINKS: readonly OutboxSink[] = [];

export interface Platform {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly bus: Bus;
  readonly seal: Seal;
  readonly blobs: Blobs;
}

export interface ComposeSettings {
  /** Names this process among replicas; holds leases. */
  readonly replica: string;
  readonly account: AccountId;
  readonly regions: readonly Region[];
  readonly publicUrl: string;
  readonly insecureDevAuth: boolean;
  readonly slowStart: boolean;
  readonly commandRetentionDays: number;
  /** Default: none. */
  readonly parameterLimits?: ParameterLimits;
  /** Default: none. */
  readonly parameterRates?: Rates | undefined;
  /** Default: 90 days, 10 GB. */
  readonly audit?: RetentionSettings & { readonly trailIntervalSeconds?: number };
}

/** What is not composed here: alarms, which nothing fills yet but tests; a source of parameters in place of Parameter Store, for tests; buckets. */
export interface ComposePorts {
  readonly alarms?: AlarmStates;
  readonly parameters?: ParameterSource;
  /** Where trails deliver; without it there is no bucket. */
  readonly trailBuckets?: TrailBuckets;
  /** The same for log groups. */
  readonly trailLogGroups?: TrailLogGroups;
}

/** As AWS keeps events for lookups; more text than a busy fleet writes in that time. */
const AUDIT_DEFAULTS: RetentionSettings = { retentionDays: 90, bytesMax: 10 * 1024 ** 3 };

/** A page may end with the name of a parameter; the tagging API takes tokens of 2,048 characters. */
const RESOURCE_TOKEN_CHARACTERS_MAX = 2_000;

export interface Composition {
  readonly operations: readonly BoundOperation[];
  readonly authenticators: readonly Authenticator[];
  readonly identity: Identity;
  readonly journal: Journal;
  readonly channels: Channels;
  /** For the reserved path /downloads/. */
  readonly downloads: AttachmentDownloads;
  readonly driver: ReconcileDriver;
  /** Ends what runs in the background and writes what is held in memory; the database stays open. */
  stop(): Promise<void>;
}

/** What every domain stands on. */
interface Foundation extends Platform {
  readonly tags: Tags;
  readonly outbox: Outbox;
  readonly journal: OpenJournal;
  readonly pageTokens: PageTokens;
}

export function compose(platform: Platform, settings: ComposeSettings, ports: ComposePorts = {}): Composition {
  const wakeups: Wakeups = { wake: (name, key) => driver.wake(name, key) };
  const foundation = { ...layFoundation(platform), ...ports };
  const identity = composeIdentity(foundation, {
    documentType: (tx, arn) => documents.typeOf(tx, arn),
    isInGroup: async (tx, scope, group, nodeId) =>
      (await resourceGroups.groups.keep(tx, scope, group, undefined, [nodeId])).length > 0,
    isRegistered: (scope, nodeId) => nodes.isRegistered(scope, nodeId),
    explainResource: (...asked) => keys.explain(...asked),
  });
  const audit = composeAudit(foundation, settings, ports, identity);
  const keys = createKeys({ ...foundation, log: foundation.log.child({ area: 'keys' }), whyNotPolicy: whyNotResourcePolicy });
  const parameters = composeParameters({ ...foundation, wakeups }, settings, identity, keys.keys, {
    defaultParameterTier: (tx, scope) => account.settings.defaultParameterTier(tx, scope),
    hasHighThroughput: (tx, scope) => account.settings.hasHighThroughput(tx, scope),
  });
  const documents = createDocuments({ ...foundation, publicUrl: settings.publicUrl });
  const resourceGroups = composeResourceGroups(foundation, keys, {
    Document: documents.exists,
    ManagedInstance: (tx, scope, nodeId) => nodes.exists(tx, scope, nodeId),
    Parameter: parameters.exists,
  });
  const nodes = composeNodes(foundation, identity, resourceGroups.groups, (tx, scope, nodeId) =>
    channels.mailbox.forget(tx, scope, nodeId),
  );
  const taggable = { Document: documents.exists, ManagedInstance: nodes.exists, Parameter: parameters.exists };
  const account = createAccount({ ...foundation, resources: taggable });
  const channels = composeChannels(
    foundation,
    settings,
    createJobHandler(() => run),
    nodes.presenceListener,
  );
  nodes.directory.onDeregistered((scope, nodeId) => channels.disconnect(scope, nodeId));
  const run: RunCommand = {
    ...foundation,
    log: foundation.log.child({ area: 'run-command' }),
    documents: documents.library,
    parameters: ports.parameters ?? parameters.values,
    nodes: nodes.directory,
    authorizer: identity.authorizer,
    mailbox: channels.mailbox,
    presence: channels.presence,
    wakeups,
    settings: { slowStart: settings.slowStart },
  };
  const runCommand = createRunCommand(run);
  const driver = composeDriver(
    platform,
    settings,
    [runCommand, nodes, channels, documents, parameters, audit, keys].flatMap((domain) => domain.reconcilers),
  );
  return {
    operations: [identity, audit, keys, account, resourceGroups, parameters, documents, nodes, channels, runCommand].flatMap(
      (domain) => domain.operations,
    ),
    authenticators: composeAuthenticators(identity, nodes, settings),
    identity,
    journal: foundation.journal,
    channels,
    downloads: documents.downloads,
    driver,
    async stop() {
      await channels.stop();
      await driver.stop();
      await nodes[Symbol.asyncDispose]();
      await foundation.journal.close();
    },
  };
}

/** The reconcilers of the domains, and those that clean up behind all of them. */
function composeDriver(platform: Platform, settings: ComposeSettings, ofDomains: readonly Reconciler[]): ReconcileDriver {
  const { database, clock, metrics, log, blobs } = platform;
  return createReconcileDriver({
    ...platform,
    log: log.child({ area: 'reconcile' }),
    replica: settings.replica,
    reconcilers: [
      ...ofDomains,
      createRetention({ database, clock, metrics, days: settings.commandRetentionDays }),
      createBlobSweep(blobs),
      createOutboxRelay({ database, clock, metrics, sinks: EVENT_SINKS }),
    ],
  });
}

function composeIdentity(
  { database, seal, clock, ids, log, tags }: Foundation,
  ports: Required<Pick<IdentityOptions, 'isRegistered' | 'explainResource'>> & ResourceFacts,
): Identity {
  return createIdentity({
    database,
    seal,
    clock,
    ids,
    log: log.child({ area: 'identity' }),
    resourceTags: createResourceTags(database, tags),
    resourceKeys: createResourceKeys(database, ports),
    isRegistered: ports.isRegistered,
    explainResource: ports.explainResource,
  });
}

function composeParameters(
  foundation: Foundation & { readonly wakeups: Wakeups },
  { regions, parameterLimits: limits = {}, parameterRates: rates }: ComposeSettings,
  { authorizer }: Identity,
  keys: KeysFace['keys'],
  { defaultParameterTier: defaultTier, hasHighThroughput }: ServiceSettings,
): ParametersFace {
  return createParameters({ ...foundation, keys, authorizer, regions, limits, rates, defaultTier, hasHighThroughput });
}

function composeResourceGroups(
  foundation: Foundation,
  { findResource }: KeysFace,
  others: Omit<ResourceExistence, 'Key'>,
): ResourceGroupsFace {
  return createResourceGroups({
    ...foundation,
    pageTokens: createPageTokens(foundation.seal.derive('resource-groups/page-tokens/1'), RESOURCE_TOKEN_CHARACTERS_MAX),
    resources: { ...others, Key: async (tx, scope, keyId) => (await findResource(tx, scope, keyId)) !== undefined },
    taggingRules: { Key: findResource },
  });
}

function composeChannels(
  { database, clock, ids, log, metrics, bus }: Foundation,
  settings: ComposeSettings,
  handler: ReturnType<typeof createJobHandler>,
  presenceListener: NodesFace['presenceListener'],
): Channels {
  return createChannels({
    database,
    clock,
    ids,
    log: log.child({ area: 'channels' }),
    metrics,
    bus,
    handler,
    presenceListener,
    settings: { publicUrl: settings.publicUrl },
  });
}

function composeAudit(
  foundation: Foundation,
  settings: ComposeSettings,
  ports: ComposePorts,
  { mayAssume }: Identity,
): AuditFace {
  return createAudit({
    ...foundation,
    ...(settings.audit ?? AUDIT_DEFAULTS),
    log: foundation.log.child({ area: 'audit' }),
    buckets: ports.trailBuckets ?? folderBuckets(new Map()),
    logGroups: ports.trailLogGroups ?? folderLogGroups(new Map()),
    mayAssume,
  });
}

function composeAuthenticators(identity: Identity, nodes: NodesFace, settings: ComposeSettings): readonly Authenticator[] {
  return createAuthenticators({
    credentials: identity.credentials,
    nodeKeys: nodes.keySource,
    regions: settings.regions,
    ...(settings.insecureDevAuth ? { insecureDevAccount: settings.account } : {}),
  });
}

function layFoundation(platform: Platform): Foundation {
  const { database, clock, ids, log, metrics, seal } = platform;
  return {
    ...platform,
    tags: createTags(),
    outbox: createOutbox({ clock, ids, sinks: EVENT_SINKS }),
    journal: createJournal({ database, clock, log: log.child({ area: 'journal' }), metrics }),
    pageTokens: createPageTokens(seal.derive('page-tokens')),
  };
}

function composeNodes(
  foundation: Foundation,
  identity: Identity,
  groups: GroupDirectory,
  forgetMail: NodePorts['forgetMail'],
): NodesFace {
  return createNodes({
    ...foundation,
    groups,
    log: foundation.log.child({ area: 'nodes' }),
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
      roleExists: (scope, name) => identity.mayAssume(scope.account, name, 'ssm.amazonaws.com'),
      forgetMail,
    },
  });
}
