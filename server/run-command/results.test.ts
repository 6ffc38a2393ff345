// What agents report, through the handler that the channels call, on every database: twice, late, out of order, about commands that nobody
// sent. Counters, letters and events stay true.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentReply, AgentStatus, AgentStepResult } from '@muster/protocol/reply.ts';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { databasesAreBusy, eachDatabase, openTestDatabase, quietLog } from '@muster/testkit/database.ts';
import type { OpenTestDatabase } from '@muster/testkit/database.ts';
import { createSeededIds } from '@muster/testkit/random.ts';
import { testScope } from '@muster/testkit/request-context.ts';
import fc from 'fast-check';
import { createInProcessBus } from '../platform/bus/in-process-bus.ts';
import { migrations as channelMigrations } from '../platform/channels/migrations/index.ts';
import { createMailbox } from '../platform/channels/mailbox.ts';
import type { JobAck, JobReply } from '../platform/channels/ports.ts';
import type { MailboxTables } from '../platform/channels/tables.ts';
import type { CommandId, NodeId } from '../platform/ids.ts';
import { createOutbox, migrations as outboxMigrations } from '../platform/outbox/index.ts';
import type { OutboxTables } from '../platform/outbox/tables.ts';
import { createPageTokens, tables } from '../platform/store/index.ts';
import type { Tx } from '../platform/store/index.ts';
import { cancelInFlight, closeInvocations, dispatchNext } from './apply.ts';
import { isFinal, type FinalState } from './command.ts';
import { countsOf } from './facts.ts';
import { type RunCommand, wakeKey } from './domain.ts';
import { createJobHandler, migrations } from './index.ts';
import { cancelJobId, commandJobId } from './job-ids.ts';
import { justMade } from './sending/new-command.ts';
import * as store from './store.ts';
import type { CommandRow, InvocationRow, StepRow } from './tables.ts';

const COMMAND = 'ecf18122-5192-40cf-9ab5-a3c714db5f01' as CommandId;
const OTHER = '0d1e9f4c-5192-40cf-9ab5-a3c714db5f01' as CommandId;
const KEY: store.CommandKey = { ...testScope, commandId: COMMAND };
const nodeOf = (n: number): NodeId => `mi-${String(n).padStart(17, '0')}` as NodeId;
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const END = '2026-11-20T15:36:09.000Z';

/** A command to `nodes` nodes, all of them dispatched; those whose number is in `away` are not connected. */
async function setUp(open: OpenTestDatabase, { nodes = 2, away = [] as readonly number[], slowStart = false } = {}) {
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
    outbox: createOutbox({ clock, ids }),
    bus: createInProcessBus({ log: quietLog }),
    wakeups: { wake: (_name, key) => void woken.push(key) },
    pageTokens: createPageTokens(Buffer.alloc(32, 1)),
    settings: { slowStart },
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- reports are accepted without documents, directory and authorizer
  const run = collaborators as RunCommand;
  const handler = createJobHandler(() => run);
  const write = <R>(work: (tx: Tx) => Promise<R>): Promise<R> => database.write('test', work);

  const send = (commandId: CommandId) =>
    write(async (tx) => {
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
  await send(COMMAND);
  return {
    database,
    clock,
    run,
    woken,
    write,
    send,
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
    [Symbol.asyncDispose]: () => database.close(),
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

function ack(n: number, change: Partial<JobAck> = {}): JobAck {
  const nodeId = nodeOf(n);
  const common = { ...testScope, nodeId, jobId: commandJobId(COMMAND, nodeId), kind: 'command' as const, reference: COMMAND };
  return { ...common, verdict: 'accepted', statusCode: '200', errorMessage: '', receivedAt: new Date(0), ...change };
}

const cancelAck = (n: number): JobAck => ack(n, { kind: 'cancel', jobId: cancelJobId(COMMAND, nodeOf(n)) });

function stepResult(status: AgentStatus, change: Partial<AgentStepResult> = {}): AgentStepResult {
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

function content(documentStatus: AgentStatus, runtimeStatus: AgentReply['runtimeStatus'] = null): AgentReply {
  const agent = { lang: 'en-US', name: 'amazon-ssm-agent', os: '', osver: '1', ver: '3.3.0.0' };
  return {
    additionalInfo: { agent, dateTime: END, runId: '', runtimeStatusCounts: null },
    documentStatus,
    documentTraceOutput: documentStatus === 'Failed' ? 'trace' : '',
    runtimeStatus,
  };
}

function report(n: number, told: AgentReply, change: Partial<JobReply> = {}): JobReply {
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

const success = (n: number): JobReply => report(n, content('Success', { one: stepResult('Success') }));
const failure = (n: number): JobReply => report(n, content('Failed', { one: stepResult('Failed') }));
const running = (n: number): JobReply =>
  report(n, content('InProgress', { one: stepResult('InProgress', { endDateTime: '0001-01-01T00:00:00Z', output: '' }) }));

eachDatabase((_kind, open) => {
  test('an acknowledged job is delivered, once however often it is acknowledged; one that waited is in progress', async () => {
    await using it = await setUp(open, { away: [1] });
    assert.deepEqual([(await it.invocation(0)).state, (await it.invocation(1)).state], ['InProgress', 'Delayed']);
    await it.acknowledge(ack(0), ack(0), ack(1));
    const at = it.clock.nowMs();
    await it.clock.advance(1_000);
    await it.acknowledge(ack(0), ack(1));
    for (const n of [0, 1]) {
      const { state, delivered_at } = await it.invocation(n);
      assert.deepEqual([state, delivered_at], ['InProgress', at]);
    }
    assert.equal((await it.command()).acknowledged, 2);
    assert.deepEqual(await it.events(), ['InProgress']);
    assert.equal((await it.letters()).length, 2, 'the letters stay until the jobs are done');
  });

  test('an acknowledgement wakes the dispatcher with slow start only, since then it lets more nodes begin', async () => {
    for (const slowStart of [true, false]) {
      await using it = await setUp(open, { slowStart });
      await it.acknowledge(ack(0));
      assert.deepEqual(it.woken, slowStart ? [wakeKey(KEY)] : []);
      assert.equal((await it.command()).due_at, slowStart ? it.clock.nowMs() : 1_900_000_000_000);
    }
  });

  test('a final reply ends the invocation: step, counters, letter, event and wake-up', async () => {
    await using it = await setUp(open);
    await it.acknowledge(ack(0));
    await it.reply(running(0));
    assert.deepEqual(await it.counts(), { inFlight: 2 });
    assert.equal((await it.step(0))?.status, 'InProgress');
    await it.clock.advance(5_000);
    await it.reply(failure(0));
    const { state, trace, finished_at } = await it.invocation(0);
    assert.deepEqual([state, trace, finished_at], ['Failed', 'trace', it.clock.nowMs()]);
    const { status, code, ended_at } = (await it.step(0)) ?? {};
    assert.deepEqual([status, code, ended_at], ['Failed', 1, Date.parse(END)]);
    assert.deepEqual(await it.counts(), { inFlight: 1, failed: 1 });
    assert.deepEqual(await it.letters(), [commandJobId(COMMAND, nodeOf(1))]);
    assert.deepEqual(await it.events(), ['Failed']);
    assert.deepEqual(it.woken, [wakeKey(KEY)]);
    assert.equal((await it.command()).due_at, it.clock.nowMs());
  });

  test('a reply that comes twice, in one batch, in two or at the same time, counts once', async () => {
    await using it = await setUp(open, { nodes: 3 });
    await it.reply(success(0), success(0));
    await it.reply(success(1));
    await it.reply(success(1));
    await Promise.all(range(5).map(() => it.reply(success(2))));
    assert.deepEqual(await it.counts(), { success: 3 });
    assert.equal((await it.command()).acknowledged, 3, 'a reply says that the job arrived');
    assert.deepEqual(await it.events(), ['Success', 'Success', 'Success']);
  });

  test('a step that was told with its end is not written again with the document', async () => {
    await using it = await setUp(open);
    const one = stepResult('Success', { stepName: 'one', standardOutput: 'all of it' });
    await it.reply(report(0, content('InProgress', { one })));
    const told = await it.step(0, 'one');
    await it.reply(report(0, content('Success', { one })));
    assert.deepEqual(await it.step(0, 'one'), told, 'its change has the number of the first report');
    assert.equal((await it.invocation(0)).state, 'Success');
    const more = stepResult('Success', { stepName: 'one', standardOutput: 'all of it, and more' });
    await it.reply(report(0, content('Success', { one: more })));
    assert.equal((await it.step(0, 'one'))?.stdout, 'all of it, and more');
  });

  test('what comes after the final reply changes neither the invocation nor a step that is over', async () => {
    await using it = await setUp(open);
    await it.reply(success(0), running(0));
    await it.reply(running(0), failure(1));
    await it.reply(success(1), report(1, content('InProgress')));
    await it.acknowledge(ack(0), ack(1));
    assert.deepEqual([(await it.invocation(0)).state, (await it.invocation(1)).state], ['Success', 'Failed']);
    assert.equal((await it.step(0))?.status, 'Success');
    assert.deepEqual(await it.counts(), { success: 1, failed: 1 });
    assert.deepEqual((await it.events()).toSorted(), ['Failed', 'Success']);
  });

  test('the last step may come after the final reply: it is stored and told, and nothing else changes', async () => {
    await using it = await setUp(open);
    await it.reply(report(0, content('Success')));
    const before = [await it.command(), { ...(await it.invocation(0)), change_seq: 3 }];
    await it.reply(report(0, content('Success', { two: stepResult('Success', { stepName: 'two', standardOutput: 'late' }) })));
    assert.equal((await it.step(0, 'two'))?.stdout, 'late');
    assert.deepEqual([await it.command(), await it.invocation(0)], before);
  });

  test('a reply after the server closed the invocation is kept with its step; the state stays', async () => {
    await using it = await setUp(open);
    await it.close('DeliveryTimedOut');
    const closed = await it.events();
    await it.reply(success(0));
    const { state, trace } = await it.invocation(0);
    assert.deepEqual([state, trace], ['DeliveryTimedOut', 'closed by the server']);
    assert.equal((await it.step(0))?.status, 'Success');
    assert.deepEqual(await it.counts(), { deliveryTimedOut: 2 });
    assert.deepEqual(await it.events(), closed);
    assert.deepEqual(await it.letters(), []);
  });

  test('reports about unknown commands, strangers and other nodes’ jobs touch nothing; the rest of their batch counts', async () => {
    await using it = await setUp(open);
    const before = [await it.command(), await it.invocation(0), await it.invocation(1)];
    const stranger = nodeOf(9);
    await it.acknowledge(ack(0, { reference: OTHER }), ack(9));
    await it.reply(
      report(0, content('Success'), { jobId: commandJobId(OTHER, nodeOf(0)) }),
      report(0, content('Success'), { jobId: 'something else' }),
      report(0, content('Failed'), { jobId: commandJobId(COMMAND, nodeOf(1)) }),
      report(9, content('Failed'), { jobId: commandJobId(COMMAND, nodeOf(1)) }),
      report(9, content('Failed'), { jobId: commandJobId(COMMAND, stranger) }),
      report(0, content('Cancelled'), { topic: 'aws.ssm.cancelCommand.us-east-1' }),
      report(0, content('Failed'), { region: 'eu-central-1' as typeof testScope.region }),
    );
    assert.deepEqual([await it.command(), await it.invocation(0), await it.invocation(1)], before);
    assert.deepEqual(await it.events(), []);
    await it.reply(report(0, content('Success'), { jobId: commandJobId(OTHER, nodeOf(0)) }), success(1));
    assert.deepEqual(await it.counts(), { inFlight: 1, success: 1 });
  });

  test('a refused job is Failed with the agent’s reason, once, and its letter is gone', async () => {
    await using it = await setUp(open);
    const refused = ack(0, { verdict: 'refused', statusCode: '51406', errorMessage: 'cannot parse' });
    await it.acknowledge(refused);
    await it.acknowledge(refused, ack(0));
    const { state, trace } = await it.invocation(0);
    assert.deepEqual([state, trace], ['Failed', 'The agent refused the document: cannot parse (51406).']);
    assert.deepEqual(await it.counts(), { inFlight: 1, failed: 1 });
    assert.deepEqual(await it.events(), ['Failed']);
    assert.deepEqual(await it.letters(), [commandJobId(COMMAND, nodeOf(1))]);
    await it.reply(success(1));
    await it.acknowledge(ack(1, { verdict: 'refused' }));
    assert.equal((await it.invocation(1)).state, 'Success', 'a refusal after the end changes nothing');
  });

  test('a cancel that is acknowledged before the job was delivered cancels; after it, the agent’s own end counts', async () => {
    await using it = await setUp(open, { nodes: 3 });
    await it.acknowledge(ack(1), ack(2));
    await it.cancel();
    const cancels = range(3).map((n) => cancelJobId(COMMAND, nodeOf(n)));
    const jobs = [1, 2].map((n) => commandJobId(COMMAND, nodeOf(n)));
    assert.deepEqual(await it.letters(), [...cancels, ...jobs].toSorted(), 'the job that was not delivered must not be sent');
    await it.acknowledge(cancelAck(0), cancelAck(1), cancelAck(2));
    assert.deepEqual(
      [(await it.invocation(0)).state, (await it.invocation(1)).state, (await it.invocation(2)).state],
      ['Cancelled', 'Cancelling', 'Cancelling'],
    );
    assert.deepEqual(await it.letters(), jobs.toSorted());
    await it.reply(running(1), report(1, content('Cancelled')), success(2));
    await it.acknowledge(cancelAck(0), ack(0));
    assert.deepEqual(await it.counts(), { cancelled: 2, success: 1 });
    assert.deepEqual(await it.letters(), []);
    const told = (await it.events()).filter((status) => status !== 'Cancelling');
    assert.deepEqual(told.toSorted(), ['Cancelled', 'Cancelled', 'Success']);
  });

  test('a cancel to a node that was never reached cancels at once', async () => {
    await using it = await setUp(open, { away: [0] });
    await it.cancel();
    assert.deepEqual([(await it.invocation(0)).state, (await it.invocation(1)).state], ['Cancelled', 'Cancelling']);
    assert.deepEqual(await it.counts(), { inFlight: 1, cancelled: 1 });
  });

  test('one batch of two commands to 700 nodes is taken in one unit', async () => {
    await using it = await setUp(open, { nodes: 700 });
    await it.send(OTHER);
    const other = (one: JobReply): JobReply => ({ ...one, jobId: commandJobId(OTHER, one.nodeId) });
    const batch = range(700).flatMap((n) => [n % 7 === 0 ? failure(n) : success(n), other(success(n))]);
    await it.reply(...batch);
    assert.deepEqual(await it.counts(), { success: 600, failed: 100 });
    const { success: succeeded, in_flight } = await it.command({ ...testScope, commandId: OTHER });
    assert.deepEqual([succeeded, in_flight], [700, 0]);
    assert.deepEqual(await it.letters(), []);
    assert.equal((await it.events()).length, 1_400);
    assert.deepEqual(it.woken.toSorted(), [wakeKey({ ...testScope, commandId: OTHER }), wakeKey(KEY)]);
  });
});

test('sqlite: in whatever order reports come, final states stay and counters count the rows', async () => {
  const reports = [
    ...range(3).flatMap((n) => [{ ack: ack(n) }, { ack: cancelAck(n) }, { ack: ack(n, { verdict: 'refused' }) }]),
    ...range(3).flatMap((n) => [{ reply: running(n) }, { reply: success(n) }, { reply: failure(n) }]),
    { cancel: true },
  ] as const;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...reports), { maxLength: 30 }), async (order) => {
      await using it = await setUp(openTestDatabase, { nodes: 3, away: [2] });
      const finals = new Map<number, string>();
      for (const one of order) {
        if ('ack' in one) await it.acknowledge(one.ack);
        else if ('reply' in one) await it.reply(one.reply);
        else await it.cancel();
        const rows = await Promise.all(range(3).map((n) => it.invocation(n)));
        for (const [n, row] of rows.entries()) {
          assert.equal(row.state, finals.get(n) ?? row.state);
          if (isFinal(row.state)) finals.set(n, row.state);
        }
        const counts = countsOf(await it.command());
        const count = (...states: string[]): number => rows.filter((row) => states.includes(row.state)).length;
        assert.deepEqual(
          [counts.pending, counts.inFlight, counts.success, counts.failed, counts.cancelled],
          [0, count('Delayed', 'InProgress', 'Cancelling'), count('Success'), count('Failed'), count('Cancelled')],
        );
        const jobsOfFinal = [...finals.keys()].map((n) => commandJobId(COMMAND, nodeOf(n)));
        const letters = await it.letters();
        assert.deepEqual(
          jobsOfFinal.filter((jobId) => letters.includes(jobId)),
          [],
          'what is over is not sent again',
        );
      }
    }),
    { numRuns: 40 },
  );
});
