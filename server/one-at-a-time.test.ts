// Two callers, one deed: when each run begins, and whose failure it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneAtATime } from './one-at-a-time.ts';

test('runs do not overlap, and who asks during a run shares one that begins afterwards', async () => {
  const gates: PromiseWithResolvers<void>[] = [];
  let inside = 0;
  const ask = oneAtATime(async () => {
    assert.equal((inside += 1), 1);
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise.finally(() => (inside -= 1));
  });
  const first = ask();
  const [second, third] = [ask(), ask()];
  assert.equal(gates.length, 1);
  gates[0]?.reject(new Error('failed'));
  await assert.rejects(first, /failed/);
  // The failure is the first asker's alone.
  while (gates.length < 2) await Promise.resolve();
  const fourth = ask();
  gates[1]?.resolve();
  await Promise.all([second, third]);
  while (gates.length < 3) await Promise.resolve();
  gates[2]?.resolve();
  await fourth;
  assert.equal(gates.length, 3);
});
