// The mailbox on every database.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulatedClock } from '@muster/testkit/clock.ts';
import { eachDatabase } from '@muster/testkit/database.ts';
import { scopeOf, testScope } from '@muster/testkit/request-context.ts';
import type { NodeId, Scope } from '../ids.ts';
import type { Database, Tx } from '../store/index.ts';
import { migrations } from './index.ts';
import type { Letter } from './index.ts';
import { createMailbox, createMailboxExpiry } from './mailbox.ts';
import * as store from './store.ts';

const COMMAND = 'ecf18122-5192-40cf-9ab5-a3c714db5f01';
const nodeOf = (n: number): NodeId => `mi-${String(n).padStart(17, '0')}` as NodeId;
const commandOf = (n: number): string => `ecf18122-5192-40cf-9ab5-${String(n).padStart(12, '0')}`;

function letter(change: Partial<Letter> = {}): Letter {
  const nodeId = change.nodeId ?? nodeOf(1);
  const reference = change.reference ?? COMMAND;
  const base = { ...testScope, nodeId, reference, jobId: `aws.ssm.${reference}.${nodeId}`, kind: 'command' as const };
  return { ...base, createdAt: new Date(1_000), expiresAt: new Date(1e13), ...change };
}

function mailboxOn(database: Database) {
  const clock = createSimulatedClock();
  const woken: { scope: Scope; nodes: number }[] = [];
  const mailbox = createMailbox({ clock, wake: (scope, nodes) => woken.push({ scope, nodes: nodes.length }) });
  const sendable = async (nodeIds: readonly NodeId[], scope: Scope = testScope, nowMs = clock.nowMs()) =>
    database.read((tx) => store.sendableLetters(tx, scope, nodeIds, 5, nowMs));
  const write = <R>(work: (tx: Tx) => Promise<R>): Promise<R> => database.write('test', work);
  return { clock, mailbox, woken, sendable, write };
}

eachDatabase((_kind, open) => {
  test('ten thousand letters of one unit are drained node by node, in order', async () => {
    await using database = await open([migrations]);
    const { mailbox, woken, sendable, write } = mailboxOn(database);
    const letters = Array.from({ length: 5_000 }, (_, n) => [
      letter({ nodeId: nodeOf(n), reference: commandOf(1) }),
      letter({ nodeId: nodeOf(n), reference: commandOf(0) }),
    ]).flat();
    await write((tx) => mailbox.put(tx, letters));
    assert.deepEqual(woken, [{ scope: testScope, nodes: 10_000 }]);
    const nodeIds = Array.from({ length: 700 }, (_, n) => nodeOf(n * 7));
    const rows = await sendable(nodeIds);
    const byNode = Map.groupBy(rows, (row) => row.node_id);
    assert.equal(byNode.size, 700);
    for (const nodeId of nodeIds)
      assert.deepEqual(
        byNode.get(nodeId)?.map(({ reference }) => reference),
        [commandOf(1), commandOf(0)],
      );
  });

  test('of each node the first five unfinished commands and every cancel are there, what was acknowledged keeps its place', async () => {
    await using database = await open([migrations]);
    const { mailbox, sendable, write } = mailboxOn(database);
    const commands = Array.from({ length: 8 }, (_, n) => letter({ reference: commandOf(n) }));
    const cancels = Array.from({ length: 7 }, (_, n) =>
      letter({ kind: 'cancel', reference: commandOf(n), jobId: `cancel ${n}` }),
    );
    await write((tx) => mailbox.put(tx, [...commands, ...cancels]));
    const jobs = async () => (await sendable([nodeOf(1), nodeOf(2)])).map((row) => row.job_id);
    const cancelIds = cancels.map(({ jobId }) => jobId);
    const ids = commands.map(({ jobId }) => jobId);
    assert.deepEqual(await jobs(), [...ids.slice(0, 5), ...cancelIds]);
    const acked = await write((tx) => store.acknowledgeLetters(tx, testScope, [ids[0] ?? '', ids[2] ?? '', 'unknown'], 5));
    assert.deepEqual(acked.map((row) => row.job_id).toSorted(), [ids[0], ids[2]]);
    assert.deepEqual(await write((tx) => store.acknowledgeLetters(tx, testScope, [ids[0] ?? ''], 6)), []);
    assert.deepEqual(await jobs(), [ids[1], ids[3], ids[4], ...cancelIds]);
    await write((tx) => mailbox.settle(tx, commands.slice(0, 2), testScope));
    assert.deepEqual(await jobs(), [ids[3], ids[4], ids[5], ids[6], ...cancelIds]);
  });

  test('a letter whose job id is there already is left as it is', async () => {
    await using database = await open([migrations]);
    const { mailbox, sendable, write } = mailboxOn(database);
    await write((tx) => mailbox.put(tx, [letter()]));
    await write((tx) => mailbox.put(tx, [letter({ expiresAt: new Date(0) }), letter({ reference: commandOf(9) })]));
    assert.deepEqual(
      (await sendable([nodeOf(1)])).map(({ reference, expires_at }) => [reference, expires_at]),
      [
        [COMMAND, 1e13],
        [commandOf(9), 1e13],
      ],
    );
  });

  test('nothing of a unit that fails is written, and nobody is woken', async () => {
    await using database = await open([migrations]);
    const { mailbox, woken, sendable, write } = mailboxOn(database);
    const failing = write(async (tx) => {
      await mailbox.put(tx, [letter()]);
      throw new Error('no');
    });
    await assert.rejects(failing, /no/);
    assert.deepEqual(await sendable([nodeOf(1)]), []);
    assert.deepEqual(woken, []);
  });

  test('accounts and regions do not see each other’s letters', async () => {
    await using database = await open([migrations]);
    const { mailbox, woken, sendable, write } = mailboxOn(database);
    const other = scopeOf('999999999999', 'eu-west-1');
    await write((tx) => mailbox.put(tx, [letter(), letter({ ...other, reference: commandOf(2) })]));
    assert.deepEqual(woken, [
      { scope: testScope, nodes: 1 },
      { scope: other, nodes: 1 },
    ]);
    assert.deepEqual(
      (await sendable([nodeOf(1)], other)).map(({ reference }) => reference),
      [commandOf(2)],
    );
    await write((tx) => mailbox.settle(tx, [letter()], other));
    assert.equal((await sendable([nodeOf(1)])).length, 1);
  });

  test('a node that is gone leaves no letters', async () => {
    await using database = await open([migrations]);
    const { mailbox, sendable, write } = mailboxOn(database);
    await write((tx) => mailbox.put(tx, [letter(), letter({ nodeId: nodeOf(2) })]));
    await write((tx) => mailbox.forget(tx, testScope, nodeOf(1)));
    assert.deepEqual(
      (await sendable([nodeOf(1), nodeOf(2)])).map(({ node_id }) => node_id),
      [nodeOf(2)],
    );
  });

  test('expired letters are not sendable, make room, and are removed; acknowledged ones stay until they are settled', async () => {
    await using database = await open([migrations]);
    const { clock, mailbox, sendable, write } = mailboxOn(database);
    const expiresAt = new Date(clock.nowMs() + 60_000);
    const expiring = Array.from({ length: 1_500 }, (_, n) => letter({ reference: commandOf(n), expiresAt }));
    await write((tx) => mailbox.put(tx, [...expiring, letter({ reference: commandOf(2_000) })]));
    await write((tx) => store.acknowledgeLetters(tx, testScope, [expiring[0]?.jobId ?? ''], clock.nowMs()));
    const expiry = createMailboxExpiry(database);
    assert.deepEqual(await expiry.due(clock.now(), 10), []);
    await clock.advance(60_000);
    assert.deepEqual(
      (await sendable([nodeOf(1)])).map(({ reference }) => reference),
      [commandOf(2_000)],
    );
    const [key] = await expiry.due(clock.now(), 10);
    assert.ok(key !== undefined);
    let passes = 1;
    while ((await expiry.reconcile(key, clock.now())) !== undefined) passes++;
    assert.equal(passes, 2);
    assert.deepEqual(await expiry.due(clock.now(), 10), []);
    const left = await database.read((tx) => store.expiredLetters(tx, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 10));
    assert.deepEqual(
      new Set(left.map(({ job_id }) => job_id)),
      new Set([expiring[0]?.jobId, letter({ reference: commandOf(2_000) }).jobId]),
    );
    // Forgotten by whoever should have settled it.
    await clock.advance(9 * 24 * 3_600_000);
    await expiry.reconcile(key, clock.now());
    assert.equal((await database.read((tx) => store.expiredLetters(tx, 1e14, 1e14, 10))).length, 1);
  });

  test('letters of one millisecond keep their order', async () => {
    await using database = await open([migrations]);
    const { mailbox, sendable, write } = mailboxOn(database);
    for (const n of [3, 1, 2]) await write((tx) => mailbox.put(tx, [letter({ reference: commandOf(n) })]));
    assert.deepEqual(
      (await sendable([nodeOf(1)])).map(({ reference }) => reference),
      [commandOf(3), commandOf(1), commandOf(2)],
    );
  });
});
