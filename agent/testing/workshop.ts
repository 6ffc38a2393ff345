// The job side of an agent in this process, without a network: real journal, real supervisors, replies gathered instead of sent. For
// tests that need a boot of their own or a journal as a crash left it.
import { randomUUID } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { agentJobTail, agentJobText, cancelPayload, jobIdOf, parseAgentReply } from '@muster/protocol/channel.ts';
import type { NodeApi } from '../access/node-api.ts';
import type { ContentAccess } from '../content/content-access.ts';
import { ALLOW_ALL } from '../documents/node-policy.ts';
import type { NodePolicy } from '../documents/node-policy.ts';
import { createJobs } from '../jobs/jobs.ts';
import type { JobAcknowledgement } from '../jobs/jobs.ts';
import { openJournal } from '../journal/journal.ts';
import type { Journal } from '../journal/journal.ts';
import { systemClock } from '../machine/clock.ts';
import { writeDurably } from '../machine/files.ts';
import { systemIds } from '../machine/ids.ts';
import { createLog } from '../machine/log.ts';
import type { PlatformType } from '../machine/facts.ts';
import { createRebooter } from '../machine/reboot.ts';
import { createOutbox } from '../outbox/outbox.ts';
import type { PackageMachine } from '../packages/machine.ts';
import { plugins } from '../plugins/index.ts';
import { systemProcessTable } from '../supervision/process-table.ts';
import { createStepSupervisor } from '../supervision/step-supervisor.ts';
import type { SupervisorProgram } from '../supervision/step-supervisor.ts';
import { superviseScript } from '../supervision/supervise-script.ts';
import { INSTANCE_ID } from './fake-server.ts';
import type { ReceivedReply } from './fake-server.ts';

export interface WorkshopOptions {
  readonly directory: string;
  readonly bootId?: string;
  readonly rebootCommand?: readonly string[];
  readonly userId?: number;
  readonly program?: SupervisorProgram;
  /** The server's part: acknowledges each reply. Default: no. */
  readonly acknowledgeReplies?: boolean;
  /** Of scripts and downloads, besides PATH. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The server's documents. Default: it has none. */
  readonly content?: ContentAccess;
  /** The server's API. Default: it refuses all calls. */
  readonly api?: NodeApi;
  /** What the machine is taken for. Default: Linux. */
  readonly platformType?: PlatformType;
  /** Of the node's owner. Default: everything is allowed. */
  readonly policy?: NodePolicy;
}

export interface Workshop extends AsyncDisposable {
  readonly journal: Journal;
  readonly replies: readonly ReceivedReply[];
  readonly acks: readonly JobAcknowledgement[];
  /** Everything that went wrong for good. */
  readonly fatal: readonly unknown[];
  resume(): void;
  send(document: unknown, parameters?: Record<string, unknown>, commandId?: string): Promise<string>;
  cancel(target: string): Promise<string>;
  reply(jobId: string, status?: string): Promise<ReceivedReply>;
  /** As the end of the process: scripts go on. */
  stop(): Promise<void>;
}

const FACTS = {
  platformType: 'Linux',
  platformName: 'Test Linux',
  platformVersion: '1',
  computerName: 'test',
  ipAddress: '127.0.0.1',
} as const;

const log = createLog(
  () => undefined,
  () => systemClock.now(),
);

const NO_CONTENT: ContentAccess = {
  ca: undefined,
  getDocument: (name) => Promise.reject(new Error(`InvalidDocument: no document ${name}`)),
};

const NO_API: NodeApi = { call: (operation) => Promise.reject(new Error(`AccessDeniedException: no ${operation}`)) };

const MACHINE: PackageMachine = {
  platform: 'debian',
  platformVersion: '12',
  platformFamily: 'debian',
  architecture: 'x86_64',
  initSystem: 'systemd',
  packageManager: 'apt',
};

const FINAL = new Set(['Success', 'Failed', 'TimedOut', 'Cancelled']);

export async function openWorkshop(options: WorkshopOptions): Promise<Workshop> {
  const { directory } = options;
  const orchestrationDir = join(directory, 'document', 'orchestration');
  mkdirSync(orchestrationDir, { recursive: true });
  const program = options.program ?? ['/bin/sh', join(directory, 'supervise.sh')];
  if (options.program === undefined) writeDurably(join(directory, 'supervise.sh'), superviseScript, 0o700);
  const stop = new AbortController();
  const events = new EventEmitter().setMaxListeners(0);
  const [replies, acks, fatal]: [ReceivedReply[], JobAcknowledgement[], unknown[]] = [[], [], []];
  const journal = await openJournal({ path: join(directory, 'journal.log'), clock: systemClock, log });
  const outbox = createOutbox({ journal, clock: systemClock, log });
  outbox.connect(({ jobId, messageId, topic, content }) => {
    replies.push({ jobId, messageId, topic, reply: parseAgentReply(content), contentBytes: Buffer.byteLength(content) });
    events.emit('event');
    if (options.acknowledgeReplies === true) setImmediate(() => outbox.acknowledged(messageId));
    return true;
  });
  const jobs = createJobs({
    instanceId: INSTANCE_ID,
    runner: {
      journal,
      outbox,
      plugins,
      content: options.content ?? NO_CONTENT,
      api: options.api ?? NO_API,
      packages: { directory: join(directory, 'packages'), allowInsecure: true, machine: () => MACHINE },
      supervisor: createStepSupervisor({ program, processes: systemProcessTable, clock: systemClock }),
      rebooter: createRebooter({ clock: systemClock, command: options.rebootCommand ?? ['true'], userId: options.userId ?? 0 }),
      policy: options.policy ?? ALLOW_ALL,
      facts: { ...FACTS, platformType: options.platformType ?? FACTS.platformType, bootId: options.bootId ?? 'boot-1' },
      clock: systemClock,
      ids: systemIds,
      log,
      orchestrationDir,
      workingDirectory: directory,
      environment: { PATH: process.env['PATH'] ?? '', ...options.environment },
      signal: stop.signal,
    },
    acknowledge: (ack) => acks.push(ack),
    fatal: (error) => fatal.push(error),
  });
  const accept = async (jobId: string, topic: string, content: string): Promise<string> => {
    await jobs.accept(Buffer.from(agentJobText(jobId, agentJobTail(topic, content))), randomUUID());
    return jobId;
  };
  const close = async (): Promise<void> => {
    if (stop.signal.aborted) return;
    stop.abort();
    outbox.close();
    await journal.close();
  };
  return {
    journal,
    replies,
    acks,
    fatal,
    resume: () => jobs.resume(),
    send: (document, parameters = {}, commandId = randomUUID()) =>
      accept(
        jobIdOf(commandId, INSTANCE_ID),
        'aws.ssm.sendCommand.us-east-1',
        JSON.stringify({ CommandId: commandId, DocumentName: 'Test', Parameters: parameters, DocumentContent: document }),
      ),
    cancel: (target) =>
      accept(jobIdOf(randomUUID(), INSTANCE_ID), 'aws.ssm.cancelCommand.us-east-1', cancelPayload({ cancelMessageId: target })),
    reply: (jobId, status) => awaitReply(replies, events, jobId, status),
    stop: close,
    [Symbol.asyncDispose]: close,
  };
}

async function awaitReply(
  replies: readonly ReceivedReply[],
  events: EventEmitter,
  jobId: string,
  status: string | undefined,
): Promise<ReceivedReply> {
  const find = (): ReceivedReply | undefined =>
    replies.find(
      ({ jobId: id, reply }) =>
        id === jobId && (status === undefined ? FINAL.has(reply.documentStatus) : reply.documentStatus === status),
    );
  const found = find();
  if (found !== undefined) return found;
  for await (const _event of on(events, 'event', { signal: AbortSignal.timeout(20_000) })) {
    const later = find();
    if (later !== undefined) return later;
  }
  throw new Error('unreachable');
}
