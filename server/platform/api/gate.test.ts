// Who is let in, and how many at once.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { createGate, NODE_IN_FLIGHT_MAX } from './gate.ts';

// The gate only listens for its end.
const answer = () => new EventEmitter() as ServerResponse;

test('one node has a few calls in flight, whatever they are, and the others are not hindered', () => {
  const gate = createGate();
  const passages = Array.from({ length: NODE_IN_FLIGHT_MAX }, () => gate.enter('agent-plane', answer(), 'mi-1'));
  assert.throws(() => gate.enter('agent-plane', answer(), 'mi-1'), { name: 'ThrottlingException' });
  assert.throws(() => gate.enter(undefined, answer(), 'mi-1'), { name: 'ThrottlingException' });
  gate.enter('agent-plane', answer(), 'mi-2').done();
  gate.enter('agent-plane', answer(), undefined).done();
  passages.pop()?.done();
  gate.enter('agent-plane', answer(), 'mi-1').done();
  for (const passage of passages) passage.done();
  assert.equal(gate.inFlight, 0);
});

test('what is refused because the house is full does not count for its node', () => {
  const gate = createGate(0);
  for (let times = 0; times < 2 * NODE_IN_FLIGHT_MAX; times++)
    assert.throws(() => gate.enter('read', answer(), 'mi-1'), { name: 'ServiceUnavailable' });
  gate.enter('agent-plane', answer(), 'mi-1').done();
});
