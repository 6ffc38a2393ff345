// For tests: the stock agent's side of the wire, byte for byte as it was observed (agent-protocol d to f), and a small handler that
// stands for Run Command with a table of its own.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Kysely } from 'kysely';
import { WebSocket } from 'ws';
import { decodeAgentMessage, encodeAgentMessage } from '@muster/protocol/agent-message.ts';
import type { AgentMessage } from '@muster/protocol/agent-message.ts';
import { openTestDatabase, quietLog } from './database.ts';
import { createSimulatedClock } from './clock.ts';
import { createSeededIds } from './random.ts';
import { nodePrincipal, requestContext, testScope } from './request-context.ts';
import type { BoundOperation } from '@muster/server/platform/api/operation.ts';
import type { Bus } from '@muster/server/platform/bus/bus.ts';
import { createInProcessBus } from '@muster/server/platform/bus/in-process-bus.ts';
import { systemIds } from '@muster/server/platform/ids.ts';
import type { NodeId } from '@muster/server/platform/ids.ts';
import { tables } from '@muster/server/platform/store/index.ts';
import type { Database, MigrationList } from '@muster/server/platform/store/index.ts';
import { createMetrics } from '@muster/server/platform/telemetry/index.ts';
import type { Logger } from '@muster/server/platform/telemetry/index.ts';
import type { Clock } from '@muster/server/platform/time/clock.ts';
import { createChannels, migrations } from '@muster/server/platform/channels/index.ts';
import type {
  ChannelLimits,
  Channels,
  JobAck,
  JobHandler,
  JobOutput,
  JobReply,
  OutputVerdict,
  Letter,
} from '@muster/server/platform/channels/index.ts';

export const NODE = 'mi-000a93ebb5f1c28eb' as NodeId;
export const OTHER_NODE = 'mi-0123456789abcdef0' as NodeId;
export const COMMAND = 'ecf18122-5192-40cf-9ab5-a3c714db5f01';
export const jobOf = (node: NodeId, command = COMMAND): string => `aws.ssm.${command}.${node}`;

interface TestTables {
  test_event: { at: number; kind: string; job_id: string; detail: string };
}

const testMigrations: MigrationList = {
  prefix: 'test',
  migrations: {
    '001-init': {
      async up(db: Kysely<unknown>) {
        await db.schema
          .createTable('test_event')
          .addColumn('at', 'integer')
          .addColumn('kind', 'text')
          .addColumn('job_id', 'text')
          .addColumn('detail', 'text')
          .execute();
      },
    },
  },
};

/** Run Command's place: writes what it is told in the unit that tells it. */
export class TestHandler implements JobHandler {
  readonly acks: JobAck[][] = [];
  renders = 0;
  contentOf: (letter: Letter) => string | undefined = (letter) => JSON.stringify({ CommandId: letter.reference });
  /** Throws for the reports that this store cannot take. */
  refuses: (reply: JobReply) => boolean = () => false;

  async render(letter: Letter) {
    this.renders++;
    const content = this.contentOf(letter);
    if (content === undefined) return undefined;
    if (letter.kind === 'cancel')
      return {
        shared: false,
        topic: 'aws.ssm.cancelCommand.us-east-1',
        content: JSON.stringify({ CancelMessageId: jobOf(letter.nodeId, letter.reference) }),
      };
    return { shared: true, topic: 'aws.ssm.sendCommand.us-east-1', content };
  }

  async acknowledged(tx: Parameters<JobHandler['acknowledged']>[0], batch: readonly JobAck[]): Promise<void> {
    this.acks.push([...batch]);
    for (const ack of batch)
      await tables<TestTables>(tx)
        .insertInto('test_event')
        .values({
          at: 0,
          kind: `ack ${ack.kind} ${ack.verdict}`,
          job_id: ack.jobId,
          detail: `${ack.statusCode} ${ack.errorMessage}`,
        })
        .execute();
  }

  async replied(tx: Parameters<JobHandler['replied']>[0], batch: readonly JobReply[]): Promise<void> {
    for (const reply of batch) {
      if (this.refuses(reply)) throw new Error('a report that cannot be stored');
      await tables<TestTables>(tx)
        .insertInto('test_event')
        .values({ at: 1, kind: `reply ${reply.content.documentStatus}`, job_id: reply.jobId, detail: reply.replyId })
        .execute();
    }
  }

  async output(tx: Parameters<JobHandler['output']>[0], batch: readonly JobOutput[]): Promise<readonly OutputVerdict[]> {
    for (const { jobId, stepName, stream, bytes } of batch)
      await tables<TestTables>(tx)
        .insertInto('test_event')
        .values({ at: 2, kind: `output ${stepName} ${stream}`, job_id: jobId, detail: bytes.toString() })
        .execute();
    return batch.map((piece) => ({ nextOffset: piece.offset + piece.bytes.length, closed: piece.last }));
  }
}

export interface Frame {
  readonly type: string;
  readonly message: AgentMessage;
  readonly json: Record<string, unknown>;
}

/** One WebSocket of a stock agent. */
export class StockAgent {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  readonly #waiting: (() => void)[] = [];
  closeCode: number | undefined;

  constructor(url: string, node: NodeId) {
    this.socket = new WebSocket(`${url}/v1/control-channel/${node}?role=subscribe&stream=input`, {
      perMessageDeflate: false,
      headers: { 'user-agent': 'Go-http-client/1.1' },
    });
    this.socket.on('message', (data: Buffer) => {
      const message = decodeAgentMessage(data, { verifyDigest: true });
      this.frames.push({
        type: message.messageType,
        message,
        // An acknowledgement of output is not text.
        json: message.payload[0] === 0x7b ? (JSON.parse(message.payload.toString()) as Record<string, unknown>) : {},
      });
      this.#tell();
    });
    this.socket.on('close', (code) => {
      this.closeCode = code;
      this.#tell();
    });
    this.socket.on('error', () => undefined);
  }

  #tell(): void {
    for (const waiting of this.#waiting.splice(0)) waiting();
  }

  async until(predicate: () => boolean): Promise<void> {
    while (!predicate()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The n-th frame of this type, when it is there. */
  async frame(type: string, n = 1): Promise<Frame> {
    await this.until(() => this.count(type) >= n);
    const found = this.frames.filter((frame) => frame.type === type)[n - 1];
    if (found === undefined) throw new Error('unreachable: it was counted');
    return found;
  }

  count(type: string): number {
    return this.frames.filter((frame) => frame.type === type).length;
  }

  async closed(): Promise<number> {
    await this.until(() => this.closeCode !== undefined);
    return this.closeCode ?? 0;
  }

  /** A ping that comes back: everything sent before it has been received, and what the hub did at once has come here. */
  async roundTrip(): Promise<void> {
    this.socket.ping('keepalive');
    await once(this.socket, 'pong');
  }

  /** `more`: further members, as those of an agent with extensions. */
  open(token: string, more = ''): void {
    this.socket.send(
      `{"Cookie":null,"MessageSchemaVersion":"1.0","RequestId":"404343d0-7b2e-4b7a-8a9e-0d6a3a0f1c11","TokenValue":"${token}","AgentVersion":"3.3.0.0","PlatformType":"linux"${more}}`,
    );
  }

  send(messageType: string, payload: string | Buffer, messageId: string = systemIds.uuid()): string {
    this.socket.send(
      encodeAgentMessage({
        messageType,
        schemaVersion: 1,
        createdDate: 1795188307513,
        sequenceNumber: 0,
        flags: 0,
        messageId,
        payloadType: 0,
        payload,
      }),
    );
    return messageId;
  }

  acknowledge(job: Frame, statusCode = '200', errorMessage = 'Successful'): void {
    const jobId = String(job.json['JobId']);
    this.send(
      'agent_job_ack',
      `{"jobId":"${jobId}","acknowledgedMessageId":"${job.message.messageId}","createdDate":"2026-11-20T15:25:07.506Z","statusCode":"${statusCode}","errorMessage":"${errorMessage}"}`,
    );
  }

  reply(jobId: string, content: string, messageId?: string): string {
    return this.send(
      'agent_job_reply',
      JSON.stringify({ schemaVersion: 1, jobId, content, topic: 'aws.ssm.sendCommand' }),
      messageId,
    );
  }
}

export const IN_PROGRESS =
  '{"additionalInfo":{"agent":{"lang":"en-US","name":"amazon-ssm-agent","os":"","osver":"1","ver":"3.3.0.0"},"dateTime":"2026-11-20T15:36:07.410Z","runId":"","runtimeStatusCounts":null},"documentStatus":"InProgress","documentTraceOutput":"","runtimeStatus":null}';
export const SUCCESS =
  '{"additionalInfo":{"agent":{"lang":"en-US","name":"amazon-ssm-agent","os":"","osver":"1","ver":"3.3.0.0"},"dateTime":"2026-11-20T15:36:07.444Z","runId":"","runtimeStatusCounts":{"Success":1},"ableToOpenMGSConnection":false},"documentStatus":"Success","documentTraceOutput":"","runtimeStatus":{"aws:runShellScript":{"status":"Success","code":0,"name":"aws:runShellScript","output":"over-mds\\n","startDateTime":"2026-11-20T15:36:07.410Z","endDateTime":"2026-11-20T15:36:07.442Z","outputS3BucketName":"","outputS3KeyPrefix":"","stepName":"","standardOutput":"over-mds\\n","standardError":""}}}';

export interface HubOptions {
  readonly limits?: Partial<ChannelLimits>;
  readonly log?: Logger;
  /** Shared by hubs that stand for replicas. */
  readonly bus?: Bus;
}

/** The tables that a hub on these pages needs. */
export const hubMigrations: readonly MigrationList[] = [migrations, testMigrations];

/** The channels on a real listener and a real store; timers are the simulated clock's. */
export async function startHub(options: HubOptions = {}) {
  const clock = createSimulatedClock();
  // The store's own watchdogs run on another clock: what the tests advance are the channels' timers.
  const database = await openTestDatabase(hubMigrations);
  return startHubOn(clock, database, options, true);
}

export async function startHubOn<OwnClock extends Clock>(
  clock: OwnClock,
  database: Database,
  options: HubOptions = {},
  ownsDatabase = false,
) {
  const log = options.log ?? quietLog;
  const metrics = createMetrics();
  const handler = new TestHandler();
  const presence: string[] = [];
  const bus = options.bus ?? createInProcessBus({ log });
  const channels = createChannels({
    database,
    clock,
    ids: createSeededIds(7),
    log,
    metrics,
    bus,
    handler,
    presenceListener: {
      opened: (_, node, channel) => presence.push(`opened ${channel} ${node}`),
      closed: (_, node, channel) => presence.push(`closed ${channel} ${node}`),
    },
    settings: { publicUrl: 'https://muster.test', limits: options.limits ?? {} },
  });
  const server = createServer();
  server.on('upgrade', (request, socket, head) => {
    const node = /\/v1\/control-channel\/([^?]+)/.exec(request.url ?? '')?.[1] as NodeId;
    channels.upgrade(request, socket, head, testScope, node);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new Hub({ clock, database, ownsDatabase, metrics, handler, presence, channels, server, url, bus });
}

interface HubParts<OwnClock extends Clock> {
  readonly clock: OwnClock;
  readonly database: Database;
  readonly ownsDatabase: boolean;
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly handler: TestHandler;
  readonly presence: string[];
  readonly channels: Channels;
  readonly server: ReturnType<typeof createServer>;
  readonly url: string;
  readonly bus: Bus;
}

export class Hub<OwnClock extends Clock> implements AsyncDisposable {
  readonly parts: HubParts<OwnClock>;
  readonly #agents: StockAgent[] = [];

  constructor(parts: HubParts<OwnClock>) {
    this.parts = parts;
  }

  dial(node: NodeId = NODE): StockAgent {
    const agent = new StockAgent(this.parts.url, node);
    this.#agents.push(agent);
    return agent;
  }

  /** A node with an open control channel. */
  async connect(node: NodeId = NODE, more = ''): Promise<StockAgent> {
    const token = await this.token(node);
    const agent = this.dial(node);
    await once(agent.socket, 'open');
    agent.open(token, more);
    await agent.roundTrip();
    return agent;
  }

  async token(node: NodeId = NODE): Promise<string> {
    const answer = await this.call('CreateControlChannel', {
      InstanceId: node,
      MessageSchemaVersion: '1.0',
      RequestId: 'e135d6bc-0636-4812-99f2-5163350d3e46',
    });
    return (answer as { TokenValue: string }).TokenValue;
  }

  operation(name: string): BoundOperation {
    const found = this.parts.channels.operations.find((operation) => operation.name === name);
    if (found === undefined) throw new Error(`there is no operation ${name}`);
    return found;
  }

  async call(name: string, input: unknown, signal?: AbortSignal): Promise<unknown> {
    const context = requestContext({
      now: this.parts.clock.now(),
      principal: nodePrincipal(NODE),
      ...(signal === undefined ? {} : { signal }),
    });
    return await this.operation(name).handle(context, input);
  }

  letter(change: Partial<Letter> = {}): Letter {
    const nodeId = change.nodeId ?? NODE;
    const reference = change.reference ?? COMMAND;
    return {
      ...testScope,
      nodeId,
      jobId: jobOf(nodeId, reference),
      kind: 'command',
      reference,
      createdAt: this.parts.clock.now(),
      expiresAt: new Date(this.parts.clock.nowMs() + 3_600_000),
      ...change,
    };
  }

  async put(...letters: readonly Letter[]): Promise<void> {
    await this.parts.database.write('test.put', (tx) => this.parts.channels.mailbox.put(tx, letters));
  }

  async settle(...letters: readonly Letter[]): Promise<void> {
    await this.parts.database.write('test.settle', (tx) => this.parts.channels.mailbox.settle(tx, letters, testScope));
  }

  /** What the handler wrote, in order. */
  async events(): Promise<string[]> {
    const rows = await this.parts.database.read((tx) => tables<TestTables>(tx).selectFrom('test_event').selectAll().execute());
    return rows.map((row) => `${row.kind} ${row.job_id.slice(8, 12)}`);
  }

  complaints(): Record<string, number> {
    const lines = this.parts.metrics.render().matchAll(/muster_channels_complaints_total\{complaint="([^"]+)"\} (\d+)/g);
    return Object.fromEntries([...lines].map((line) => [String(line[1]), Number(line[2])]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.#agents) agent.socket.terminate();
    await this.parts.channels.stop();
    await this.parts.bus.close();
    this.parts.server.closeAllConnections();
    await new Promise((resolve) => this.parts.server.close(resolve));
    if (this.parts.ownsDatabase) await this.parts.database.close();
  }
}
