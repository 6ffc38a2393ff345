// The running agent, composed: everything external is made here or handed in, and handed on. It runs until its signal aborts.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Endpoint } from './access/endpoint.ts';
import { createHttpClient } from './access/http-client.ts';
import { createNodeApi } from './access/node-api.ts';
import { createSsmClient } from './access/ssm-client.ts';
import { keepControlChannel } from './channels/control-channel.ts';
import type { ControlChannel } from './channels/control-channel.ts';
import { startHeartbeat } from './channels/heartbeat.ts';
import { createContentAccess } from './content/content-access.ts';
import { startOrchestrationCleanup } from './documents/cleanup.ts';
import type { NodePolicy } from './documents/node-policy.ts';
import { baseEnvironment } from './documents/environment.ts';
import { openNodeKeys } from './identity/key-pair.ts';
import { findRegistration, register } from './identity/registration.ts';
import type { Activation, Registration } from './identity/registration.ts';
import { startRoleCredentials } from './identity/role-credentials.ts';
import { createJobs } from './jobs/jobs.ts';
import { openJournal } from './journal/journal.ts';
import type { Clock } from './machine/clock.ts';
import { systemFactSources } from './machine/facts.ts';
import type { MachineFacts } from './machine/facts.ts';
import type { Ids } from './machine/ids.ts';
import type { Log } from './machine/log.ts';
import type { Rebooter } from './machine/reboot.ts';
import { createOutbox } from './outbox/outbox.ts';
import { createPackageAccess } from './packages/package-access.ts';
import { createOutputStreams } from './output-stream/output-streams.ts';
import { openPendingSteps } from './output-stream/pending-steps.ts';
import { plugins } from './plugins/index.ts';
import type { StepSupervisor } from './supervision/step-supervisor.ts';

export interface AgentContext {
  readonly endpoint: Endpoint;
  readonly region: string;
  readonly dataDir: string;
  readonly activation: Activation | undefined;
  readonly facts: MachineFacts;
  readonly supervisor: StepSupervisor;
  readonly rebooter: Rebooter;
  readonly policy: NodePolicy;
  /** Where scripts start that do not say where. */
  readonly workingDirectory: string;
  /** Of the agent: a few variables are passed on to scripts. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Resolves when the agent has stopped; rejects with RegistrationRefused, or with why it cannot go on. */
export async function runAgent(given: AgentContext): Promise<void> {
  // Everything ends with the agent, also when it is not the caller who ends it.
  const end = new AbortController();
  const context = { ...given, signal: AbortSignal.any([given.signal, end.signal]) };
  const { endpoint, clock } = context;
  const http = createHttpClient(endpoint);
  try {
    const ssm = createSsmClient({ endpoint, region: context.region, http, clock });
    const keys = openNodeKeys(context.dataDir);
    const known = findRegistration(context.dataDir);
    if (known !== undefined && context.activation !== undefined) {
      context.log.info('this node is registered: the activation is not used', { instanceId: known.instanceId });
    }
    const registration = known ?? (await registerNode(context, ssm, keys));
    if (registration === undefined) return;
    const credentials = startRoleCredentials({ ...context, registration, ssm, keys });
    await serve(context, registration, http, ssm, credentials);
  } finally {
    end.abort();
    http.close();
  }
}

async function registerNode(
  context: AgentContext,
  ssm: ReturnType<typeof createSsmClient>,
  keys: ReturnType<typeof openNodeKeys>,
): Promise<Registration | undefined> {
  const { activation } = context;
  if (activation === undefined) throw new Error('not registered, and no activation given');
  return register({ ...context, activation, ssm, keys });
}

/** Opens the journal and everything that stands on it; returns when the agent stops. */
async function serve(
  context: AgentContext,
  registration: Registration,
  http: ReturnType<typeof createHttpClient>,
  ssm: ReturnType<typeof createSsmClient>,
  credentials: ReturnType<typeof startRoleCredentials>,
): Promise<void> {
  const { dataDir, facts, clock, ids, log, signal, endpoint, region } = context;
  const { instanceId } = registration;
  const orchestrationDir = join(dataDir, 'document', 'orchestration');
  mkdirSync(orchestrationDir, { recursive: true, mode: 0o700 });
  const journal = await openJournal({ path: join(dataDir, 'journal.log'), clock, log });
  const outbox = createOutbox({ journal, clock, log });
  const output = createOutputStreams({
    pending: openPendingSteps(join(dataDir, 'output')),
    isLive: (jobId) => journal.state.jobs.has(jobId),
    clock,
    log,
  });
  let channel: ControlChannel | undefined;
  const stopped = new Promise<void>((resolve, reject) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
    const api = createNodeApi({ ssm, credentials, clock, signal });
    const jobs = createJobs({
      instanceId,
      runner: {
        ...context,
        journal,
        outbox,
        output,
        plugins,
        api,
        content: createContentAccess({ ca: endpoint.ca, api }),
        packages: createPackageAccess({ dataDir, facts, endpointIsSecure: endpoint.secure, sources: systemFactSources }),
        orchestrationDir,
        environment: baseEnvironment(context.environment, facts, instanceId, registration.region),
      },
      acknowledge: (ack) => channel?.acknowledge(ack),
      fatal: reject,
    });
    jobs.resume();
    const receiveJob = (payload: Buffer, messageId: string): void => {
      jobs.accept(payload, messageId).catch(reject);
    };
    const shared = { endpoint, region, instanceId, http, ssm, credentials, outbox, output, facts, clock, ids, log, signal };
    channel = keepControlChannel({ ...shared, receiveJob });
    startHeartbeat({ ...shared, isChannelOpen: () => channel?.isOpen ?? false });
    startOrchestrationCleanup({ orchestrationDir, journal, clock, log, signal });
  });
  try {
    await stopped;
  } finally {
    outbox.close();
    output.close();
    await journal.close();
  }
}
