// The line at /downloads/.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPlaces } from './places.ts';

const STAYS = new AbortController().signal;

test('one peer never has all the places: others pass those of it who wait', async () => {
  const places = createPlaces({ max: 3, eachMax: 2, waitingMax: 10 });
  const order: string[] = [];
  const come = async (name: string, peer: string, signal = STAYS): Promise<void> => {
    const place = await places.enter(peer, signal);
    order.push(`${name} ${place}`);
  };
  const slow = [come('slow 1', 'slow'), come('slow 2', 'slow'), come('slow 3', 'slow')];
  await come('other', 'other');
  const waiting = [come('third', 'third'), come('fourth', 'fourth')];
  places.leave('other');
  await waiting[0];
  places.leave('slow');
  await slow[2];
  places.leave('third');
  await Promise.all([...waiting, ...slow]);
  assert.deepEqual(order, [
    'slow 1 entered',
    'slow 2 entered',
    'other entered',
    'third entered',
    'slow 3 entered',
    'fourth entered',
  ]);
});

test('whoever goes away leaves the line, and a full line says so', async () => {
  const places = createPlaces({ max: 1, eachMax: 1, waitingMax: 1 });
  assert.equal(await places.enter('a', STAYS), 'entered');
  const leaves = new AbortController();
  const waits = places.enter('b', leaves.signal);
  assert.equal(await places.enter('c', STAYS), 'full');
  leaves.abort();
  assert.equal(await waits, 'gone');
  assert.equal(await places.enter('c', leaves.signal), 'gone');
  places.leave('a');
  assert.equal(await places.enter('c', STAYS), 'entered');
});
