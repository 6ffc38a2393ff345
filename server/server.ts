// The composition root of a real server: opens what lies in the data directory, composes the domains, listens. `startServer` resolves when
// /readyz would answer 200; `stop` drains in the reverse order.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { keepCertificate } from './certificate-renewal.ts';
import { folderBuckets, folderLogGroups } from './cloud/audit/index.ts';
import { writeCredentialsFile } from './cloud/identity/index.ts';
import { compose, type Composition, MIGRATIONS, type Platform } from './compose.ts';
import type { Config, Secrets } from './config.ts';
import { createHttpHandlers, type HttpHandlers } from './http.ts';
import { withFormer } from './master-key/index.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { listen } from './platform/api/index.ts';
import { createBlobs } from './platform/blobs/blobs.ts';
import { createInProcessBus } from './platform/bus/in-process-bus.ts';
import { systemIds } from './platform/ids.ts';
import {
  loadWrappedMasterKey,
  type MasterKeySource,
  openSeal,
  type Seal,
  sealWith,
  vaultTransit,
} from './platform/seal/index.ts';
import { DATABASE_FILE, type DirectoryLock, emptyDatabase, openDatabase, probePostgres } from './platform/store/index.ts';
import {
  collectWhenIdle,
  createHealth,
  createLogger,
  createMetrics,
  type Health,
  type Logger,
  standardErrorWriter,
} from './platform/telemetry/index.ts';
import { systemClock } from './platform/time/clock.ts';
import { openServerTls, type ServerTls } from './platform/tls/index.ts';
import { reservedPaths } from './reserved-paths.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';

export interface MusterServer {
  /** Where clients on this machine reach it. */
  readonly endpoint: string;
  readonly dataDir: string;
  readonly caFile: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly log: Logger;
  stop(): Promise<void>;
}

/** Answers that are under way when the server stops get this long. */
const CLOSE_GRACE_MS = 5_000;
/** The holder of leases where there can be only one process: after a crash it takes its own leases over at once. */
const EMBEDDED_REPLICA = 'embedded';

export async function startServer(config: Config, secrets: Secrets, lock: DirectoryLock): Promise<MusterServer> {
  const platform = await openPlatform(config, secrets, lock);
  const { database, clock, log, metrics, bus } = platform;
  const tls = config.tls ? openTls(config) : undefined;
  const health = createHealth({ clock, log });
  health.addCheck('database', async () => {
    await database.read(() => Promise.resolve());
  });
  const site = openSite(config, platform, secrets.databaseUrl === undefined ? EMBEDDED_REPLICA : platform.ids.uuid(), health);
  const administrator = await site.composition.identity.ensureAdministrator(config.account).catch(async (error: unknown) => {
    // Sealed under another master key: nothing may keep the process alive that is about to say so.
    await site.composition.stop();
    await database.close();
    throw error;
  });
  const endpoint = config.localUrl;
  const region = config.regions[0] ?? 'us-east-1';
  writeCredentialsFile(config.dataDir, { ...administrator, region, endpointUrl: endpoint });

  const listener = await listen({
    tls: tls?.current(),
    host: config.host,
    port: config.port,
    onRequest: (request, response) => site.handlers.onRequest(request, response),
    onUpgrade: (request, socket, head) => site.handlers.onUpgrade(request, socket, head),
    clock,
    log: log.child({ area: 'http' }),
    metrics,
  });
  const renewal = tls === undefined ? undefined : keepCertificate(tls, listener, clock, log);
  const collection = collectWhenIdle(clock);
  site.composition.driver.start();

  return {
    endpoint,
    dataDir: config.dataDir,
    caFile: tls?.caFile ?? '',
    region,
    credentials: { accessKeyId: administrator.accessKeyId, secretAccessKey: administrator.secretAccessKey },
    log,
    async stop() {
      health.drain();
      renewal?.cancel();
      collection.stop();
      await site.handlers.frontDoor.drain();
      await site.composition.stop();
      await listener.close(CLOSE_GRACE_MS);
      await bus.close();
      await database.close();
    },
  };
}

async function openPlatform(config: Config, secrets: Secrets, lock: DirectoryLock): Promise<Platform> {
  const clock = systemClock;
  const ids = systemIds;
  const format = process.stderr.isTTY ? 'text' : 'json';
  const log = createLogger({ write: standardErrorWriter(), clock, level: config.logLevel, format });
  const metrics = createMetrics();
  // Over data that is there already, a new master key could open nothing: a lost one is told, not replaced.
  const holdsData =
    secrets.databaseUrl === undefined
      ? existsSync(join(config.dataDir, DATABASE_FILE))
      : (await probePostgres(secrets.databaseUrl)).holdsData;
  const opened = await openMasterKey(config, secrets, !holdsData);
  const database = await openDatabase({
    dataDir: config.dataDir,
    lock,
    ...(secrets.databaseUrl === undefined ? {} : { url: secrets.databaseUrl }),
    clock,
    log: log.child({ area: 'store' }),
    metrics,
    migrations: MIGRATIONS,
  });
  const seal = await withFormer(opened, database, SEALED_COLUMNS).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  const blobs = createBlobs({ dataDir: config.dataDir, ids, clock });
  return { database, clock, ids, log, metrics, bus: createInProcessBus({ log }), seal, blobs };
}

/** The composition that serves now, with its handlers; the reset of development mode replaces both. */
interface Site {
  readonly composition: Composition;
  readonly handlers: HttpHandlers;
}

function openSite(config: Config, platform: Platform, replica: string, health: Health): Site {
  const { clock, ids, log, metrics } = platform;
  const { account, regions, publicUrl, insecureDevAuth, slowStart, commandRetentionDays, audit } = config;
  const { counts: parameterLimits, rates: parameterRates } = config.parameterLimits;
  const build = (): Site => {
    const limits = { commandRetentionDays, audit, parameterLimits, parameterRates };
    const settings = { replica, account, regions, publicUrl, insecureDevAuth, slowStart, ...limits };
    const composition = compose(platform, settings, {
      trailBuckets: folderBuckets(audit.trailFolders),
      trailLogGroups: folderLogGroups(audit.trailLogGroups),
    });
    const handlers = createHttpHandlers(composition, { clock, ids, log, metrics, regions, account, reserved });
    return { composition, handlers };
  };
  /** Everything in memory goes with the old composition; what is on disk is emptied between the two. */
  const reset = oneAtATime(async () => {
    await current.composition.stop();
    await emptyDatabase(platform.database);
    current = build();
    current.composition.driver.start();
  });
  const reserved = reservedPaths({ health, metrics, reset: insecureDevAuth ? reset : undefined });
  let current = build();
  return {
    get composition() {
      return current.composition;
    },
    get handlers() {
      return current.handlers;
    },
  };
}

/** A named key, one that Vault wraps, or the data directory's own. */
async function openMasterKey(config: Config, secrets: Secrets, mayCreate: boolean): Promise<Seal> {
  const { dataDir, vault } = config;
  const ids = systemIds;
  if (vault === undefined) return openSeal({ dataDir, ids, mayCreate, ...masterKeySource(config, secrets) });
  return sealWith(
    await loadWrappedMasterKey({ dataDir, wrapper: vaultTransit(vault, { clock: systemClock }), ids, mayCreate }),
    ids,
  );
}

function masterKeySource(config: Config, secrets: Secrets): { source?: MasterKeySource } {
  if (secrets.masterKey !== undefined) return { source: { env: secrets.masterKey } };
  return config.masterKeyFile === undefined ? {} : { source: { file: config.masterKeyFile } };
}

function openTls(config: Config): ServerTls {
  const tls = openServerTls({
    dataDir: config.dataDir,
    tlsNames: config.tlsNames,
    clock: systemClock,
    ids: systemIds,
    ...(config.tlsCertificate === undefined
      ? {}
      : { operator: { certificateFile: config.tlsCertificate.certFile, keyFile: config.tlsCertificate.keyFile } }),
  });
  tls.caBundle();
  return tls;
}
