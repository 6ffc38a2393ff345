// kill -9 during ten thousand changes of parameters by 64 clients: after each restart every acknowledged change is there, with its version, its value and
// its record in the journal, and what was under way is there whole or not at all. MUSTER_SEED repeats a run's dice (not its timing).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '@muster/testkit/random.ts';
import { CLIENTS, ParameterLoad } from './parameter-load.ts';
import { RunningServer } from './running-server.ts';
import { signedClient } from './signed-client.ts';

const CHANGES = Number(process.env['MUSTER_KILLED_CHANGES'] ?? 10_000);
const KILLS = 5;

test('a server that is killed again and again loses no acknowledged put, and its versions have no gap', async (t) => {
  const seed = Number(process.env['MUSTER_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}`);
  const random = createRandom(seed);
  const load = new ParameterLoad(random, '/load');
  await using server = await RunningServer.start({ command: 'server' });
  for (let kill = 1; kill <= KILLS; kill++) {
    const left = CHANGES - load.acknowledged;
    const until = kill === KILLS ? CHANGES : load.acknowledged + 1 + random.below((2 * left) / (KILLS - kill + 1));
    let killed: Promise<void> | undefined;
    {
      using client = signedClient(server, CLIENTS);
      await load.run(client.call, () => {
        if (load.acknowledged >= until) killed ??= server.kill();
      });
    }
    assert.ok(killed !== undefined, 'nobody was cut off before the kill');
    await killed;
    await server.start();
    using client = signedClient(server, CLIENTS);
    await load.check(client.call);
    await load.adopt(client.call);
    t.diagnostic(`killed after ${load.acknowledged} acknowledged changes`);
  }
  assert.ok(load.acknowledged >= CHANGES, `${load.acknowledged} changes`);
});
