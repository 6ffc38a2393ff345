// Many at once on one name, on every database: writers, movers of labels, deleters and readers. Each outcome fits one order of all changes, the order of
// the events that were written with them; and no reader sees a version twice, a gap, or a label that is on nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase, type OpenTestDatabase } from '@muster/testkit/database.ts';
import type { OutboxTables } from '../platform/outbox/tables.ts';
import type { ReadTx } from '../platform/store/index.ts';
import { tables } from '../platform/store/index.ts';
import { nextTurn } from '../platform/time/turn.ts';
import { setUp } from './parameters.fixture.ts';

type Kit = Awaited<ReturnType<typeof setUp>>;
interface Shown {
  readonly Value: string;
  readonly Version: number;
  readonly Labels?: readonly string[];
}

const WRITERS = 64;
const ROUNDS = 16;
const READERS = 8;
const count = (length: number): number[] => Array.from({ length }, (_, at) => at);
const turn = () => new Promise<void>((resolve) => void nextTurn(resolve));
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : String(error));

async function historyOf(kit: Kit, Name: string): Promise<readonly Shown[]> {
  const { Parameters } = await kit.call<{ Parameters: readonly Shown[] }>('GetParameterHistory', { Name, MaxResults: 50 });
  return Parameters;
}

type Execute = (sql: string, parameters: readonly unknown[]) => Promise<unknown>;

/** What a put and a label after it take. */
const TURNS = 4;

/** Every statement of a read takes turns of the event loop, as with a database elsewhere: commits come between two of them. */
function slowReads(open: OpenTestDatabase): OpenTestDatabase {
  const slowed = new WeakSet<ReadTx>();
  const slow = (tx: ReadTx): ReadTx => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what stands behind every ReadTx
    const connection = tx as unknown as { execute: Execute };
    if (slowed.has(tx)) return tx;
    slowed.add(tx);
    const execute = connection.execute.bind(connection);
    connection.execute = async (sql, parameters) => {
      const result = await execute(sql, parameters);
      for (let turns = 0; turns < TURNS; turns++) await turn();
      return result;
    };
    return tx;
  };
  return async (migrations, options) => {
    const database = await open(migrations, options);
    const read = database.read.bind(database);
    return Object.assign(database, { read: <R>(work: (tx: ReadTx) => Promise<R>) => read((tx) => work(slow(tx))) });
  };
}

eachDatabase((kind, openQuick) => {
  // PGlite has one connection, which a read keeps until its end.
  const open = kind === 'sqlite' ? slowReads(openQuick) : openQuick;

  /** Create, Update, Delete, LabelParameterVersion, in the order of commits. */
  const changesOf = async (kit: Kit): Promise<string[]> => {
    const rows = await kit.database.read((tx) =>
      tables<OutboxTables>(tx).selectFrom('outbox_event').selectAll().orderBy('id').execute(),
    );
    return rows.map((row) => /operation[\\":]+(\w+)/.exec(JSON.stringify(row))?.[1] ?? '');
  };

  test('whoever reads a history while it grows sees versions in order, each once, without a gap', async () => {
    await using kit = await setUp(open);
    await kit.put('/h', 'value 1');
    const writer = { works: true };
    const reads = count(READERS).map(async () => {
      let seen = 1;
      while (writer.works) {
        await turn();
        const history = await historyOf(kit, '/h');
        assert.deepEqual(
          history.map(({ Version, Value }) => [Version, Value]),
          history.map((_, at) => [at + 1, `value ${at + 1}`]),
        );
        assert.ok(history.length >= seen, `${seen} versions had been read, now ${history.length}`);
        seen = history.length;
      }
    });
    const write = async (): Promise<void> => {
      for (const at of count(ROUNDS)) await kit.put('/h', `value ${at + 2}`, { Overwrite: true });
      writer.works = false;
    };
    await Promise.all([write(), ...reads]);
  });

  test('a label that moves to each new version is always found, and never moves back', async () => {
    await using kit = await setUp(open);
    await kit.put('/l', 'value 1');
    await kit.call('LabelParameterVersion', { Name: '/l', Labels: ['current'] });
    const writer = { works: true };
    const reads = count(READERS).map(async () => {
      let seen = 1;
      while (writer.works) {
        await turn();
        const { Parameter } = await kit.call<{ Parameter: Shown }>('GetParameter', { Name: '/l:current' });
        assert.equal(Parameter.Value, `value ${Parameter.Version}`);
        assert.ok(Parameter.Version >= seen);
        seen = Parameter.Version;
      }
    });
    const write = async (): Promise<void> => {
      for (const at of count(ROUNDS)) {
        await kit.put('/l', `value ${at + 2}`, { Overwrite: true });
        await kit.call('LabelParameterVersion', { Name: '/l', Labels: ['current'] });
      }
      writer.works = false;
    };
    await Promise.all([write(), ...reads]);
  });

  test('64 writers and 64 movers of one label leave the label on one version, and every version with its value', async () => {
    await using kit = await setUp(open);
    await kit.put('/m', 'first');
    const puts = count(WRITERS).map((at) => kit.put('/m', `value ${at}`, { Overwrite: true }));
    const moves = count(WRITERS).map(() =>
      kit.call<{ ParameterVersion: number }>('LabelParameterVersion', { Name: '/m', Labels: ['here'] }),
    );
    const [put, moved] = [await Promise.all(puts), await Promise.all(moves)];
    const pages = [await historyOf(kit, '/m')];
    const { NextToken } = await kit.call<{ NextToken: string }>('GetParameterHistory', { Name: '/m', MaxResults: 50 });
    pages.push((await kit.call<{ Parameters: Shown[] }>('GetParameterHistory', { Name: '/m', NextToken })).Parameters);
    const history = pages.flat();
    assert.deepEqual(
      history.map(({ Version }) => Version),
      count(WRITERS + 1).map((at) => at + 1),
    );
    for (const [at, { Version }] of put.entries()) assert.equal(history[Version - 1]?.Value, `value ${at}`);
    const labelled = history.filter(({ Labels }) => Labels?.includes('here'));
    assert.equal(labelled.length, 1);
    assert.equal(labelled[0]?.Version, Math.max(...moved.map(({ ParameterVersion }) => ParameterVersion)));
  });

  test('puts, deletes and first puts of one name happen in one order, and each was told the truth about it', async () => {
    await using kit = await setUp(open);
    const told: string[] = [];
    const versions: number[] = [];
    const one = async (at: number): Promise<void> => {
      if (at % 4 === 3) await kit.call('DeleteParameter', { Name: '/d' });
      else versions.push((await kit.put('/d', `value ${at}`, { Overwrite: at % 4 !== 0 })).Version);
    };
    await Promise.all(count(WRITERS * 2).map((at) => one(at).catch((error: unknown) => told.push(nameOf(error)))));
    for (const error of told) assert.match(error, /^(?:ParameterAlreadyExists|ParameterNotFound|TooManyUpdates)$/);
    const inOrder: number[] = [];
    let version = 0;
    for (const change of await changesOf(kit)) {
      assert.equal(change === 'Create', version === 0, `${change} at version ${version}`);
      version = change === 'Delete' ? 0 : version + 1;
      if (version > 0) inOrder.push(version);
    }
    assert.deepEqual(
      versions.toSorted((a, b) => a - b),
      inOrder.toSorted((a, b) => a - b),
    );
    assert.equal(
      inOrder.length + told.length + (await changesOf(kit)).filter((change) => change === 'Delete').length,
      WRITERS * 2,
    );
    const left = version === 0 ? [] : await historyOf(kit, '/d');
    assert.equal(left.length, version);
  });
});
