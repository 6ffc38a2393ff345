// Reads wait for their turn, in order, without keeping anything else from running; and nobody waits for a server that stops.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTurn } from '../time/turn.ts';
import { createPace } from './pace.ts';

const turnOver = (): Promise<void> => new Promise((resolve) => void nextTurn(resolve));

test('as many reads as a turn has room for go at once, the others turn by turn, first come first served', async () => {
  const pace = createPace(3, 100);
  const order: number[] = [];
  const reads = Array.from({ length: 10 }, async (_, index) => {
    await pace.turn();
    order.push(index);
  });
  await Promise.resolve();
  assert.deepEqual([order, pace.waiting], [[0, 1, 2], 7]);
  await turnOver();
  assert.deepEqual([order.length, pace.waiting], [6, 4]);
  // One that comes now has three before it that were admitted, and waits behind those that came first.
  const late = pace.turn();
  assert.notEqual(late, undefined);
  await Promise.all([...reads, late]);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await turnOver();
  await turnOver();
  assert.equal(pace.turn(), undefined, 'a quiet server lets a read in at once');
});

test('too many that wait, and a server that stops, are told so', async () => {
  const pace = createPace(1, 1);
  assert.equal(pace.turn(), undefined);
  const waiting = pace.turn();
  assert.throws(() => pace.turn(), { code: 'ServiceUnavailable', message: /too many requests waiting/ });
  pace.drain();
  await assert.rejects(Promise.resolve(waiting), { code: 'ServiceUnavailable', message: 'The server stops. Try again.' });
  assert.throws(() => pace.turn(), { code: 'ServiceUnavailable' });
});
