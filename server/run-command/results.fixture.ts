// A command to a few nodes, all dispatched, on a real database; and what agents report about it.
import assert from 'node:assert/strict';
import type { AgentReply, AgentStatus, AgentStepResult } from '@muster/protocol/reply.ts';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { databasesAreBusy, quietLog } from '@muster/testkit/database.ts';
import type { OpenTestDatabase } from '@muster/testkit/database.ts';
import { createSeededIds } from '@muster/testkit/random.ts';
import { testScope } from '@muster/testkit/request-context.ts';
import { listener } from '@muster/testkit/outbox-sink.ts';
import { createInProcessBus } from '../platform/bus/in-process-bus.ts';
import { createMailbox } from '../platform/channels/mailbox.ts';
import { migrations as channelMigrations } from '../platform/channels/migrations/index.ts';
import type { JobAck, JobReply } from '../platform/channels/ports.ts';
import type { MailboxTables } from '../platform/channels/tables.ts';
import type { CommandId, NodeId } from '../platform/ids.ts';
import { createOutbox, migrations as outboxMigrations } from '../platform/outbox/index.ts';
import type { OutboxTables } from '../platform/outbox/tables.ts';
import { createPageTokens, tables } from '../platform/store/index.ts';
import type { Database, Tx } from '../platform/store/index.ts';
import { cancelInFlight, closeInvocations, dispatchNext } from './apply.ts';
import type { CommandKey, FinalState } from './command.ts';
import type { RunCommand } from './domain.ts';
import { countsOf } from './facts.ts';
import { createJobHandler, migrations } from './index.ts';
import { cancelJobId, commandJobId } from './job-ids.ts';
import { justMade } from './sending/new-command.ts';
import * as store from './store.ts';
import type { CommandRow, InvocationRow, StepRow } from './tables.ts';

export const COMMAND = 'ecf18122-5192-40cf-9ab5-a3c714db5f01' as CommandId;
export const OTHER = '0d1e9f4c-5192-40cf-9ab5-a3c714db5f01' as CommandId;
export const KEY: CommandKey = { ...testScope, commandId: COMMAND };
export const nodeOf = (n: number): NodeId => `mi-${String(n).padStart(17, '0')}` as NodeId;
export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
export const END = '2026-11-20T15:36:09.000Z';

/** A command to `nodes` nodes, all of them dispatched; those whose number is in `away` are not connected. */
export async function setUp(open: OpenTestDatabase, { nodes = 2, away = [] as readonly number[], slowStart = false } = {}) {
  const database = await open([outboxMigrations, channelMigrations, migrations]);
  const clock = createSimulatedClock();
  clock.holdWhile(databasesAreBusy);
  const ids = createSeededIds(1);
  const woken: string[] = [];
  const unconnected = new Set<string>(away.map(nodeOf));
  const collaborators: Omit<RunCommand, 'documents' | 'nodes' | 'authorizer' | 'blobs'> = {
    database,
    clock,
    ids,
    log: quietLog,
    mailbox: createMailbox({ clock, wake: () => undefined }),
    presence: { isConnected: (_scope, nodeId) => !unconnected.has(nodeId), count: 0 },
    outbox: createOutbox({ clock, ids, sinks: [listener] }),
    bus: createInProcessBus({ log: quietLog }),
    wakeups: { wake: (_name, key) => void woken.push(key) },
    pageTokens: createPageTokens(Buffer.alloc(32, 1)),
    settings: { slowStart },
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- reports are accepted without documents, directory and authorizer
  const run = collaborators as RunCommand;

  const send = (commandId: CommandId) =>
    database.write('test', async (tx) => {
      const row = commandRow(commandId, nodes);
      const key = { ...testScope, commandId };
      await store.insertCommand(tx, row, '{}');
      await store.insertInvocations(
        tx,
        range(nodes).map((n) => invocationRow(commandId, n)),
      );
      await dispatchNext(run, tx, key, row, nodes, clock.now());
      await tables<OutboxTables>(tx).deleteFrom('outbox_event').execute();
    });
  await send(COMMAND);
  return {
    database,
    clock,
    run,
    woken,
    send,
    ...readings(database),
    ...deeds(database, run),
    [Symbol.asyncDispose]: () => database.close(),
  };
}

/** What the database says. */
function readings(database: Database) {
  const command = async (key = KEY): Promise<CommandRow> => {
    const row = await database.read((tx) => store.findCommand(tx, key));
    assert.ok(row);
    return row;
  };
  const invocation = async (n: number, key = KEY): Promise<InvocationRow> => {
    const row = await database.read((tx) => store.findInvocation(tx, key, nodeOf(n)));
    assert.ok(row);
    return row;
  };
  return {
    command,
    invocation,
    counts: async () => Object.fromEntries(Object.entries(countsOf(await command())).filter(([, count]) => count !== 0)),
    step: (n: number, name = 'one'): Promise<StepRow | undefined> =>
      database.read((tx) => store.findStep(tx, KEY, nodeOf(n), name)),
    letters: async (): Promise<string[]> => {
      const rows = await database.read((tx) => tables<MailboxTables>(tx).selectFrom('mailbox_letter').select('job_id').execute());
      return rows.map((row) => row.job_id).toSorted();
    },
    /** The statuses that were told to the world since the dispatch, in order. */
    events: async (): Promise<string[]> => {
      const rows = await database.read((tx) =>
        tables<OutboxTables>(tx).selectFrom('outbox_event').select('detail').orderBy('id').execute(),
      );
      return rows.map((row) => (JSON.parse(row.detail) as { status: string }).status);
    },
  };
}

/** What the channels and the dispatcher do, each in one unit. */
function deeds(database: Database, run: RunCommand) {
  const { clock } = run;
  const handler = createJobHandler(() => run);
  const write = <R>(work: (tx: Tx) => Promise<R>): Promise<R> => database.write('test', work);
  return {
    write,
    acknowledge: (...batch: readonly JobAck[]) => write((tx) => handler.acknowledged(tx, batch)),
    reply: (...batch: readonly JobReply[]) => write((tx) => handler.replied(tx, batch)),
    cancel: () =>
      write(async (tx) =>
        cancelInFlight(
          run,
          tx,
          KEY,
          await lockedCommand(tx),
          await store.nextInvocations(tx, KEY, ['Delayed', 'InProgress'], 100),
          clock.now(),
        ),
      ),
    close: (state: FinalState) =>
      write(async (tx) =>
        closeInvocations(
          run,
          tx,
          KEY,
          await lockedCommand(tx),
          await store.nextInvocations(tx, KEY, ['Delayed', 'InProgress', 'Cancelling'], 100),
          () => state,
          'closed by the server',
          clock.now(),
        ),
      ),
  };

  async function lockedCommand(tx: Tx): Promise<CommandRow> {
    const row = await store.lockCommand(tx, KEY, database.dialect);
    assert.ok(row);
    return row;
  }
}

function commandRow(commandId: CommandId, pending: number): CommandRow {
  return {
    ...testScope,
    command_id: commandId,
    document_name: 'AWS-RunShellScript',
    document_version: '$DEFAULT',
    document_hash: 'hash',
    comment: '',
    parameters: '{}',
    agent_parameters: '{}',
    instance_ids: '[]',
    targets: '[]',
    requested_at: 1,
    expires_at: 1_900_000_000_000,
    timeout_seconds: 3_600,
    max_concurrency: '100%',
    max_errors: '0',
    requested_by: '{}',
    ...justMade(new Date(0)),
    state: 'InProgress',
    resolved: 1,
    pending,
    due_at: 1_900_000_000_000,
  };
}

function invocationRow(commandId: CommandId, n: number): InvocationRow {
  return {
    ...testScope,
    command_id: commandId,
    node_id: nodeOf(n),
    state: 'Pending',
    computer_name: '',
    platform_type: 'Linux',
    document_name: 'AWS-RunShellScript',
    requested_at: 1,
    dispatched_at: null,
    delivered_at: null,
    finished_at: null,
    trace: '',
    final_epoch: 0,
    cancelled_by: null,
    change_seq: 0,
    streamed: 0,
  };
}

export function ack(n: number, change: Partial<JobAck> = {}): JobAck {
  const nodeId = nodeOf(n);
  const common = { ...testScope, nodeId, jobId: commandJobId(COMMAND, nodeId), kind: 'command' as const, reference: COMMAND };
  return { ...common, verdict: 'accepted', statusCode: '200', errorMessage: '', receivedAt: new Date(0), ...change };
}

export const cancelAck = (n: number): JobAck => ack(n, { kind: 'cancel', jobId: cancelJobId(COMMAND, nodeOf(n)) });

export function stepResult(status: AgentStatus, change: Partial<AgentStepResult> = {}): AgentStepResult {
  return {
    status,
    code: status === 'Success' ? 0 : 1,
    name: 'aws:runShellScript',
    output: 'out',
    startDateTime: '2026-11-20T15:36:07.000Z',
    endDateTime: END,
    outputS3BucketName: '',
    outputS3KeyPrefix: '',
    stepName: 'one',
    standardOutput: 'out',
    standardError: '',
    ...change,
  };
}

export function content(documentStatus: AgentStatus, runtimeStatus: AgentReply['runtimeStatus'] = null): AgentReply {
  const agent = { lang: 'en-US', name: 'amazon-ssm-agent', os: '', osver: '1', ver: '3.3.0.0' };
  return {
    additionalInfo: { agent, dateTime: END, runId: '', runtimeStatusCounts: null },
    documentStatus,
    documentTraceOutput: documentStatus === 'Failed' ? 'trace' : '',
    runtimeStatus,
  };
}

export function report(n: number, told: AgentReply, change: Partial<JobReply> = {}): JobReply {
  const nodeId = nodeOf(n);
  return {
    ...testScope,
    nodeId,
    jobId: commandJobId(COMMAND, nodeId),
    replyId: 'reply',
    topic: `aws.ssm.sendCommand.${nodeId}`,
    content: told,
    receivedAt: new Date(0),
    ...change,
  };
}

export const success = (n: number): JobReply => report(n, content('Success', { one: stepResult('Success') }));
export const failure = (n: number): JobReply => report(n, content('Failed', { one: stepResult('Failed') }));
export const running = (n: number): JobReply =>
  report(n, content('InProgress', { one: stepResult('InProgress', { endDateTime: '0001-01-01T00:00:00Z', output: '' }) }));
