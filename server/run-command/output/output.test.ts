// Live and whole output through the whole server: nodes that stream on their channel, callers that read, wait, watch and group.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { OUTPUT_PIECE_BYTES_MAX } from '@muster/protocol/output-stream.ts';
import type { SimulatedMember } from '@muster/testkit/simulation.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import { commandJobId } from '../job-ids.ts';
import type { CommandId, NodeId } from '../../platform/ids.ts';
import { operatorOf, ROUND_TRIP_MS, SCRIPT_MS } from '../steering/operator.fixture.ts';

const STEP = 'aws:runShellScript';
const MIB = 1024 * 1024;

interface OutputAnswer {
  readonly Data: string;
  readonly NextOffset: number;
  readonly Gap?: string;
  readonly Complete: boolean;
  readonly Whole: boolean;
  readonly TotalBytes: number;
}
interface WatchedEvent {
  readonly InstanceId: string;
  readonly StatusDetails?: string;
  readonly Offset?: number;
  readonly Data?: string;
}
interface WatchAnswer {
  readonly Events: readonly WatchedEvent[];
  readonly Cursor: string;
  readonly Final: boolean;
}

describe('output', () => {
  let simulation: Simulation;
  let told = { status: 'Success' as const, code: 0, stdout: 'ok\n', stderr: '', delayMs: SCRIPT_MS };

  beforeEach(async () => {
    told = { status: 'Success', code: 0, stdout: 'ok\n', stderr: '', delayMs: SCRIPT_MS };
    simulation = new Simulation({ seed: 11 });
    await simulation.start();
    await simulation.enrol(2, [{ Key: 'role', Value: 'web' }], () => told, { streams: true });
  });
  afterEach(() => simulation.stop());

  const operator = operatorOf(() => simulation);
  const first = (): SimulatedMember => {
    const [member] = simulation.nodes;
    assert.ok(member);
    return member;
  };
  const jobOf = (commandId: string, member = first()) => commandJobId(commandId as CommandId, member.registered.nodeId as NodeId);

  /** Sends as an agent does: pieces of at most 64 KiB, the next ones when these are acknowledged. */
  async function stream(commandId: string, bytes: Buffer, more: { offset?: number; gapBytes?: number; last?: boolean } = {}) {
    const { offset = 0, gapBytes = 0, last = false } = more;
    const { simulated } = first();
    for (let at = 0; at < bytes.length || at === 0; at += OUTPUT_PIECE_BYTES_MAX) {
      const part = bytes.subarray(at, at + OUTPUT_PIECE_BYTES_MAX);
      simulated.stream({
        jobId: jobOf(commandId),
        stepName: STEP,
        offset: offset + at,
        gapBytes: at === 0 ? gapBytes : 0,
        last: last && at + part.length === bytes.length,
        bytes: part,
      });
      await simulation.clock.advance(20);
    }
    return simulated.outputAcks.at(-1);
  }

  const get = async (commandId: string, input: Record<string, unknown> = {}): Promise<OutputAnswer> =>
    (await operator.ok('muster', 'GetCommandOutput', {
      CommandId: commandId,
      InstanceId: first().registered.nodeId,
      ...input,
    })) as unknown as OutputAnswer;
  const bytesOf = (answer: OutputAnswer): Buffer => Buffer.from(answer.Data, 'base64');

  async function readAll(commandId: string): Promise<{ bytes: Buffer; gaps: string[]; last: OutputAnswer }> {
    const parts: Buffer[] = [];
    const gaps: string[] = [];
    for (let offset = 0; ;) {
      const answer = await get(commandId, { Offset: offset, MaxBytes: 262_144 });
      parts.push(bytesOf(answer));
      if (answer.Gap !== undefined) gaps.push(answer.Gap);
      if (answer.Complete || answer.NextOffset === offset) return { bytes: Buffer.concat(parts), gaps, last: answer };
      offset = answer.NextOffset;
    }
  }

  /** For what waits for files and sockets, which know nothing of the simulated clock. */
  async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let turns = 0; !(await holds()); turns++) {
      assert.ok(turns < 5_000, what);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  const watch = async (commandId: string, input: Record<string, unknown> = {}): Promise<WatchAnswer> =>
    (await operator.ok('muster', 'WatchCommand', { CommandId: commandId, ...input })) as unknown as WatchAnswer;
  const toldOf = (events: readonly WatchedEvent[]): string[] =>
    events.map(
      ({ StatusDetails, Offset = 0, Data = '' }) => StatusDetails ?? `${Offset}: ${Buffer.from(Data, 'base64').toString()}`,
    );

  test('is there while the step runs, is acknowledged after it is stored, and a repeated piece changes nothing', async () => {
    const id = await operator.send({ InstanceIds: [first().registered.nodeId] });
    assert.equal(first().simulated.understood, true);
    const ack = await stream(id, Buffer.from('one\n'));
    assert.deepEqual([ack?.nextOffset, ack?.closed], [4, false]);
    assert.equal((await stream(id, Buffer.from('one\n')))?.nextOffset, 4);
    assert.equal((await stream(id, Buffer.from('late'), { offset: 9 }))?.nextOffset, 4, 'what comes too early is refused');
    assert.equal((await stream(id, Buffer.from('ne\ntwo\n'), { offset: 1 }))?.nextOffset, 8, 'what overlaps is taken from there');
    const answer = await get(id);
    assert.deepEqual(
      [bytesOf(answer).toString(), answer.NextOffset, answer.Complete, answer.Whole],
      ['one\ntwo\n', 8, false, true],
    );
    assert.equal(bytesOf(await get(id, { Offset: 4, MaxBytes: 3 })).toString(), 'two');
    const wire = await operator.ok('ssm', 'GetCommandInvocation', { CommandId: id, InstanceId: first().registered.nodeId });
    assert.equal(wire['StandardOutputContent'], '', 'AWS knows no live output');
  });

  test('that the reply tells whole is the reply’s text, and what was streamed of it is dropped', async () => {
    const id = await operator.send({ InstanceIds: [first().registered.nodeId] });
    await stream(id, Buffer.from('o'));
    await operator.letEnd(id);
    const answer = await get(id);
    assert.deepEqual([bytesOf(answer).toString(), answer.Complete, answer.Whole], ['ok\n', true, true]);
    const late = await stream(id, Buffer.from('k'), { offset: 1 });
    assert.equal(late?.closed, true, 'a piece that was on its way is not wanted any more');
    assert.equal((await get(id)).TotalBytes, 3);
  });

  test('of 5 MiB is kept byte for byte, before and after it is sealed', async () => {
    // As good as random: it does not get smaller.
    const whole = Buffer.concat(Array.from({ length: (5 * MIB) / 32 }, (_, n) => hash('sha256', String(n), 'buffer')));
    told = { ...told, stdout: `${'x'.repeat(23_980)}--output truncated--` };
    const id = await operator.send({ InstanceIds: [first().registered.nodeId] });
    await stream(id, whole.subarray(0, 3 * MIB));
    assert.ok((await readAll(id)).bytes.equals(whole.subarray(0, 3 * MIB)), 'while it runs');
    const ack = await stream(id, whole.subarray(3 * MIB), { offset: 3 * MIB, last: true });
    assert.deepEqual([ack?.nextOffset, ack?.closed], [whole.length, true]);
    await operator.letEnd(id);
    const groups = async () =>
      (await operator.ok('muster', 'ListInvocationGroups', { CommandId: id }))['Groups'] as Record<string, unknown>[];
    await until('it is sealed', async () => (await groups())[0]?.['OutputSha256'] !== undefined);
    const { bytes, last, gaps } = await readAll(id);
    assert.ok(bytes.equals(whole), 'sealed');
    assert.deepEqual([last.Complete, last.Whole, last.TotalBytes, gaps], [true, true, whole.length, []]);
    const { Steps } = await operator.ok('muster', 'ListInvocationSteps', {
      CommandId: id,
      InstanceId: first().registered.nodeId,
    });
    const [step] = Steps as Record<string, unknown>[];
    assert.deepEqual([step?.['StepName'], step?.['Status'], step?.['StandardOutputBytes']], [STEP, 'Success', whole.length]);
    const digests = hash('sha256', whole) + hash('sha256', '');
    assert.equal((await groups())[0]?.['OutputSha256'], hash('sha256', digests));
    const sealed = toldOf((await watch(id)).Events);
    assert.deepEqual(sealed.toSorted(), [`${whole.length}: `, 'Success'].toSorted(), 'a sealed stream is told by its end');
  });

  test('whose middle the node did not keep says so in words, and where it goes on', async () => {
    told = { ...told, stdout: `${'x'.repeat(23_980)}--output truncated--` };
    const id = await operator.send({ InstanceIds: [first().registered.nodeId] });
    await stream(id, Buffer.from('head'));
    const ack = await stream(id, Buffer.from('tail'), { offset: 1_004, gapBytes: 1_000, last: true });
    assert.deepEqual([ack?.nextOffset, ack?.closed], [1_008, true]);
    const { bytes, gaps, last } = await readAll(id);
    assert.deepEqual([bytes.toString(), last.NextOffset, last.Complete], ['headtail', 1_008, true]);
    assert.match(gaps.join(), /^1000 bytes from offset 4 on were not kept/);
    assert.match((await get(id, { Offset: 504 })).Gap ?? '', /^500 bytes from offset 504 on/);
  });

  test('in many small pieces is merged, and read as it was written', async () => {
    const id = await operator.send({ InstanceIds: [first().registered.nodeId] });
    let whole = '';
    for (let n = 0; n < 100; n++) {
      const line = `line ${n}\n`;
      await stream(id, Buffer.from(line), { offset: whole.length });
      whole += line;
    }
    assert.equal(bytesOf(await get(id, { MaxBytes: 262_144 })).toString(), whole);
    const events = await watch(id, { MaxEvents: 1_000 });
    const texts = toldOf(events.Events).filter((text) => text !== 'InProgress');
    assert.ok(texts.length < 45, `${texts.length} pieces`);
  });

  test('wakes who waits for it, and not before', async () => {
    const id = await operator.send({ InstanceIds: [first().registered.nodeId] });
    const waits = get(id, { WaitSeconds: 20 });
    await simulation.clock.advance(3_000);
    await stream(id, Buffer.from('now'));
    await simulation.clock.advance(100);
    assert.equal(bytesOf(await waits).toString(), 'now');
    const inVain = get(id, { Offset: 3, WaitSeconds: 2 });
    await simulation.clock.advance(2_100);
    assert.deepEqual([(await inVain).Data, (await inVain).Complete], ['', false]);
  });

  test('leaves room for others, however many wait for it', async () => {
    const id = await operator.send({ InstanceIds: [first().registered.nodeId] });
    const waits = Array.from({ length: 1_000 }, () => get(id, { WaitSeconds: 20 }));
    await simulation.clock.advance(100);
    const paused = await operator.muster('PauseCommand', id);
    assert.equal(paused.Paused, true);
    await stream(id, Buffer.from('now'));
    await simulation.clock.advance(100);
    const told = (await Promise.all(waits)).filter((answer) => answer.Data !== '');
    assert.ok(told.length >= 400, `${told.length} were told when it came`);
  });

  test('is watched over a whole command in order, from a cursor on, and the watch knows its end', async () => {
    const id = await operator.send({ MaxConcurrency: '2' });
    const started = await watch(id);
    assert.deepEqual(toldOf(started.Events), ['InProgress', 'InProgress']);
    const waits = watch(id, { Cursor: started.Cursor, WaitSeconds: 20 });
    await stream(id, Buffer.from('o'));
    await simulation.clock.advance(100);
    const live = await waits;
    assert.deepEqual(toldOf(live.Events), ['0: o']);
    assert.equal(live.Events[0]?.InstanceId, first().registered.nodeId);
    await operator.letEnd(id);
    const ended = await watch(id, { Cursor: live.Cursor });
    assert.deepEqual(toldOf(ended.Events), ['0: ok\n', 'Success', '0: ok\n', 'Success']);
    const { Final, Events } = await watch(id, { Cursor: ended.Cursor, WaitSeconds: 20 });
    assert.deepEqual([Final, Events], [true, []]);
    const again: string[] = [];
    for (let Cursor: string | undefined; ;) {
      const page: WatchAnswer = await watch(id, { MaxEvents: 1, ...(Cursor === undefined ? {} : { Cursor }) });
      if (page.Final) break;
      again.push(...toldOf(page.Events));
      Cursor = page.Cursor;
    }
    assert.deepEqual(again, ['0: ok\n', 'Success', '0: ok\n', 'Success'], 'from the beginning, a little at a time');
    const only = await watch(id, { InstanceIds: [simulation.nodes[1]?.registered.nodeId] });
    assert.equal(new Set(only.Events.map((event) => event.InstanceId)).size, 1);
    assert.match(await operator.refusal('WatchCommand', { CommandId: id, Cursor: 'x' }), /InvalidCursor/);
  });

  test('survives a crash of the server: the node asks where to go on', async () => {
    const id = await operator.send({ InstanceIds: [first().registered.nodeId] });
    await stream(id, Buffer.from('before '));
    await simulation.crash();
    await simulation.start();
    await first().connect();
    await simulation.clock.advance(ROUND_TRIP_MS);
    assert.equal((await stream(id, Buffer.alloc(0)))?.nextOffset, 7);
    await stream(id, Buffer.from('after'), { offset: 7 });
    assert.equal(bytesOf(await get(id)).toString(), 'before after');
  });

  test('of equal nodes is one group, whether it was streamed or told', async () => {
    const id = await operator.send({ MaxConcurrency: '2' });
    told = { ...told, stdout: `${'x'.repeat(23_980)}--output truncated--` };
    const { Groups: running } = await operator.ok('muster', 'ListInvocationGroups', { CommandId: id });
    assert.deepEqual(
      (running as Record<string, unknown>[]).map((group) => [group['Count'], group['Status'], group['OutputSha256']]),
      [[2, 'InProgress', undefined]],
    );
    await operator.letEnd(id);
    const { Groups } = await operator.ok('muster', 'ListInvocationGroups', { CommandId: id });
    const [group, ...others] = Groups as Record<string, unknown>[];
    assert.deepEqual([group?.['Count'], group?.['Status'], group?.['ResponseCode'], others], [2, 'Success', 0, []]);
    assert.equal(group?.['StandardOutput'], 'ok\n');
    assert.deepEqual(group?.['InstanceIds'], simulation.nodes.map((node) => node.registered.nodeId).toSorted());
    assert.match(
      await operator.refusal('ListInvocationGroups', { CommandId: id, StepName: 'none' }),
      /these are: aws:runShellScript/,
    );
  });

  test('of a step that is not there, or of a node without an invocation, is not taken', async () => {
    const [own, other] = simulation.nodes;
    const id = await operator.send({ InstanceIds: [first().registered.nodeId] });
    own?.simulated.stream({ jobId: jobOf(id), stepName: 'none', bytes: Buffer.from('x') });
    await simulation.clock.advance(100);
    assert.equal(own?.simulated.outputAcks.at(-1)?.closed, true);
    other?.simulated.stream({ jobId: jobOf(id, other), stepName: STEP, bytes: Buffer.from('x') });
    await simulation.clock.advance(100);
    assert.equal(other?.simulated.outputAcks.at(-1)?.closed, true, 'it has no invocation');
    assert.equal(other?.connected, true);
    assert.equal((await get(id)).TotalBytes, 0);
  });
});
