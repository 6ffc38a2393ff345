// The composition root of a real server: opens what lies in the data directory, composes the domains, listens. `startServer` resolves when
// /readyz would answer 200; `stop` drains in the reverse order.
import { openServerTls, type ServerTls } from './platform/tls/index.ts';
import { writeCredentialsFile } from './cloud/identity/index.ts';
import { compose, MIGRATIONS } from './compose.ts';
import type { Config, Secrets } from './config.ts';
import { createHttpHandlers } from './http.ts';
import { type Listener, listen } from './platform/api/index.ts';
import { createInProcessBus } from './platform/bus/in-process-bus.ts';
import { systemIds } from './platform/ids.ts';
import { type MasterKeySource, openSeal } from './platform/seal/index.ts';
import { type DirectoryLock, emptyDatabase, openDatabase } from './platform/store/index.ts';
import { createHealth, createLogger, createMetrics, type Logger, standardErrorWriter } from './platform/telemetry/index.ts';
import { type Clock, systemClock, type Timer } from './platform/time/clock.ts';
import { reservedPaths } from './reserved-paths.ts';

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
  const clock = systemClock;
  const ids = systemIds;
  const log = createLogger({
    write: standardErrorWriter(),
    clock,
    level: config.logLevel,
    format: process.stderr.isTTY ? 'text' : 'json',
  });
  const metrics = createMetrics();
  const health = createHealth({ clock, log });
  const seal = openSeal({ dataDir: config.dataDir, ids, ...masterKeySource(config, secrets) });
  const tls = config.tls ? openTls(config) : undefined;
  const database = await openDatabase({
    dataDir: config.dataDir,
    lock,
    ...(secrets.databaseUrl === undefined ? {} : { url: secrets.databaseUrl }),
    clock,
    log: log.child({ area: 'store' }),
    metrics,
    migrations: MIGRATIONS,
  });
  const bus = createInProcessBus({ log });
  const settings = {
    replica: secrets.databaseUrl === undefined ? EMBEDDED_REPLICA : ids.uuid(),
    account: config.account,
    regions: config.regions,
    insecureDevAuth: config.insecureDevAuth,
    slowStart: config.slowStart,
  };
  const composeAnew = () => compose({ database, clock, ids, log, metrics, bus, seal }, settings);
  let composition = composeAnew();
  const administrator = await composition.identity.ensureAdministrator(config.account);
  const endpoint = config.localUrl;
  const region = config.regions[0] ?? 'us-east-1';
  writeCredentialsFile(config.dataDir, { ...administrator, region, endpointUrl: endpoint });

  health.addCheck('database', async () => {
    await database.read(() => Promise.resolve());
  });
  const serve = () =>
    createHttpHandlers(composition, { clock, ids, log, metrics, regions: config.regions, account: config.account, reserved });
  /** Everything in memory goes with the old composition; what is on disk is emptied between the two. */
  const reset = async () => {
    await composition.stop();
    await emptyDatabase(database);
    composition = composeAnew();
    handlers = serve();
    composition.driver.start();
  };
  const reserved = reservedPaths({ health, metrics, reset: config.insecureDevAuth ? reset : undefined });
  let handlers = serve();
  const listener = await listen({
    tls: tls?.current(),
    host: config.host,
    port: config.port,
    onRequest: (request, response) => handlers.onRequest(request, response),
    onUpgrade: (request, socket, head) => handlers.onUpgrade(request, socket, head),
    clock,
    log: log.child({ area: 'http' }),
    metrics,
  });
  const renewal = tls === undefined ? undefined : keepCertificate(tls, listener, clock, log);
  composition.driver.start();

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
      await handlers.frontDoor.drain();
      await composition.stop();
      await listener.close(CLOSE_GRACE_MS);
      await bus.close();
      await database.close();
    },
  };
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

/** Renews the certificate while running: new connections get the new one. */
function keepCertificate(tls: ServerTls, listener: Listener, clock: Clock, log: Logger): Timer {
  let timer: Timer = { cancel: () => undefined };
  const plan = (): void => {
    timer = clock.setTimer(tls.renewAt().getTime() - clock.nowMs(), () => {
      try {
        if (tls.renewAt() <= clock.now()) listener.setSecureContext(tls.renew());
      } catch (error) {
        log.error('the certificate could not be renewed; the old one stays in use', {}, error);
      }
      plan();
    });
  };
  plan();
  return { cancel: () => timer.cancel() };
}
