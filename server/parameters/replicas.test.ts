// Two servers on one database, many callers of both at once on one name: whoever puts makes a version of their own or is told TooManyUpdates, and what is
// there afterwards is what one server would have made of the same calls in some order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachSharedDatabase, type SharedPlace } from '@muster/testkit/database.ts';
import { setUp } from './parameters.fixture.ts';

type Kit = Awaited<ReturnType<typeof setUp>>;
interface Shown {
  readonly Value: string;
  readonly Version: number;
  readonly Labels?: readonly string[];
}

const WRITERS = 64;
const count = (length: number): number[] => Array.from({ length }, (_, at) => at);
/** Each other call goes to the other server. */
const of = ([first, second]: readonly [Kit, Kit], at: number): Kit => (at % 2 === 0 ? first : second);

async function withReplicas(
  makePlace: () => Promise<SharedPlace>,
  act: (kits: readonly [Kit, Kit]) => Promise<void>,
): Promise<void> {
  await using place = await makePlace();
  await using first = await setUp(place.open, {}, 1);
  await using second = await setUp(place.open, {}, 2);
  await act([first, second]);
}

/** What was answered; undefined: refused with one of `codes`. */
async function outcomes<Answer>(work: readonly Promise<Answer>[], codes: RegExp): Promise<(Answer | undefined)[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((one) => {
    if (one.status === 'fulfilled') return one.value;
    assert.match((one.reason as Error).name, codes, String(one.reason));
    return undefined;
  });
}

async function historyOf(kit: Kit, Name: string): Promise<Shown[]> {
  const found: Shown[] = [];
  let NextToken: string | undefined;
  do {
    const page: { Parameters: Shown[]; NextToken?: string } = await kit.call('GetParameterHistory', {
      Name,
      WithDecryption: true,
      MaxResults: 50,
      ...(NextToken === undefined ? {} : { NextToken }),
    });
    found.push(...page.Parameters);
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  return found;
}

/** Both servers show the same. */
async function agreedHistory([first, second]: readonly [Kit, Kit], name: string): Promise<Shown[]> {
  const history = await historyOf(first, name);
  assert.deepEqual(await historyOf(second, name), history);
  return history;
}

eachSharedDatabase((_kind, makePlace) => {
  for (const Type of ['String', 'SecureString'])
    test(`64 writers of one ${Type} over two servers make ordered versions without a gap, each with its value`, async () => {
      await withReplicas(makePlace, async (kits) => {
        await kits[0].put('/w', 'first', { Type });
        const told = await outcomes(
          count(WRITERS).map((at) => of(kits, at).put('/w', `value ${at}`, { Type, Overwrite: true })),
          /^TooManyUpdates$/,
        );
        const history = await agreedHistory(kits, '/w');
        const written = told.filter((answer) => answer !== undefined).length;
        assert.deepEqual(
          history.map(({ Version }) => Version),
          count(written + 1).map((at) => at + 1),
        );
        for (const [at, answer] of told.entries())
          if (answer !== undefined) assert.equal(history[answer.Version - 1]?.Value, `value ${at}`);
        assert.equal(written, WRITERS, 'told');
      });
    });

  for (const Type of ['String', 'SecureString'])
    test(`of 64 that make one ${Type} over two servers, one does`, async () => {
      await withReplicas(makePlace, async (kits) => {
        const told = await outcomes(
          count(WRITERS).map((at) => of(kits, at).put('/n', `value ${at}`, { Type })),
          /^(?:ParameterAlreadyExists|TooManyUpdates)$/,
        );
        const made = told.findIndex((answer) => answer !== undefined);
        assert.equal(told.filter((answer) => answer !== undefined).length, 1);
        assert.deepEqual(
          (await agreedHistory(kits, '/n')).map(({ Version, Value }) => [Version, Value]),
          [[1, `value ${made}`]],
        );
      });
    });

  test('labels that move over two servers while versions are put: each is on one version, where its last move put it', async () => {
    await withReplicas(makePlace, async (kits) => {
      await kits[0].put('/l', 'first');
      const puts = outcomes(
        count(WRITERS).map((at) => of(kits, at).put('/l', `value ${at}`, { Overwrite: true })),
        /^TooManyUpdates$/,
      );
      const moves = outcomes(
        count(WRITERS).map((at) =>
          of(kits, at >> 2).call<{ ParameterVersion: number }>('LabelParameterVersion', {
            Name: '/l',
            Labels: [`label-${at % 4}`],
          }),
        ),
        /^TooManyUpdates$/,
      );
      const [put, moved] = await Promise.all([puts, moves]);
      const history = await agreedHistory(kits, '/l');
      assert.equal(history.length, put.filter((answer) => answer !== undefined).length + 1);
      for (const number of count(4)) {
        const told = moved.filter((_, at) => at % 4 === number).map((answer) => answer?.ParameterVersion ?? 0);
        const on = history.filter(({ Labels }) => Labels?.includes(`label-${number}`)).map(({ Version }) => Version);
        assert.deepEqual(on, [Math.max(...told)]);
      }
    });
  });

  test('puts, first puts and deletes over two servers: every life begins with version 1 and has no gap', async () => {
    await withReplicas(makePlace, async (kits) => {
      const deletes = { done: 0 };
      const one = async (at: number): Promise<number | undefined> => {
        if (at % 4 !== 3) return (await of(kits, at >> 1).put('/d', `value ${at}`, { Overwrite: at % 4 !== 0 })).Version;
        await of(kits, at >> 2).call('DeleteParameter', { Name: '/d' });
        deletes.done++;
        return undefined;
      };
      const told = await outcomes(count(WRITERS * 2).map(one), /^(?:ParameterAlreadyExists|ParameterNotFound|TooManyUpdates)$/);
      const made = (version: number): number => told.filter((answer) => answer === version).length;
      const history = await agreedHistory(kits, '/d').catch((error: unknown) => {
        assert.equal((error as Error).name, 'ParameterNotFound');
        return [];
      });
      assert.equal(made(1), deletes.done + (history.length === 0 ? 0 : 1), 'a life begins where none is, and a delete ends one');
      for (const version of count(WRITERS * 2))
        assert.ok(made(version + 2) <= made(version + 1), `version ${version + 2} came of ${version + 1}`);
      for (const [at, { Version, Value }] of history.entries()) {
        assert.equal(Version, at + 1);
        assert.equal(told[Number(Value.split(' ')[1])], Version);
      }
    });
  });

  test('the oldest of a hundred versions goes on one server, or is labelled on the other, never both', async () => {
    await withReplicas(makePlace, async (kits) => {
      for (const at of count(100)) await kits[0].put('/o', `value ${at + 1}`, { Overwrite: at > 0 });
      const labels = count(32).map((at) =>
        of(kits, at).call<object>('LabelParameterVersion', { Name: '/o', ParameterVersion: at + 1, Labels: [`label-${at}`] }),
      );
      const puts = count(WRITERS).map((at) => of(kits, at).put('/o', `late ${at}`, { Overwrite: true }));
      const [labelled, told] = await Promise.all([
        outcomes(labels, /^(?:ParameterVersionNotFound|TooManyUpdates)$/),
        outcomes(puts, /^(?:ParameterMaxVersionLimitExceeded|TooManyUpdates)$/),
      ]);
      const history = await agreedHistory(kits, '/o');
      const newest = Math.max(100, ...told.map((answer) => answer?.Version ?? 0));
      assert.deepEqual(
        history.map(({ Version }) => Version),
        count(100).map((at) => newest - 99 + at),
      );
      for (const [at, answer] of labelled.entries())
        if (answer !== undefined)
          assert.deepEqual(
            history.find(({ Version }) => Version === at + 1)?.Labels,
            [`label-${at}`],
            `version ${at + 1} was labelled`,
          );
    });
  });
});
