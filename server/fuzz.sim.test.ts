// Mutated and random calls of every operation, by the administrator, by a node and by nobody, through the whole server. Whatever is sent, the
// answer is no 500 (a mistake of ours), its code is one that the operation's model or AWS's front declares, and the server goes on.
// MUSTER_SEED repeats a run; MUSTER_FUZZ_CALLS asks for more calls.
import assert from 'node:assert/strict';
import test from 'node:test';
import { sql } from 'kysely';
import { damage, GOOD_CALLS, invent, mutate } from '@muster/testkit/mutated-calls.ts';
import { createRandom, simulationSeeds, withSeed } from '@muster/testkit/random.ts';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import { declaredOperations } from './operations.ts';
import { compileService, serviceModels } from './platform/api/index.ts';
import { BODY_BYTES_MAX_DEFAULT, STRANGERS_BODY_BYTES_MAX } from './platform/api/read-body.ts';
import { tables } from './platform/store/index.ts';
import type { ReadTx } from './platform/store/index.ts';

const CALLS = Number(process.env['MUSTER_FUZZ_CALLS'] ?? 1_500);
/** A call among so many lets time move on: dispatches, expiries, flushes. */
const CALLS_PER_STEP = 25;
const STEP_MS = 7_000;

const services = new Map(serviceModels.map((model) => [model.service, compileService(model)]));
/** It waits 19 s of simulated time, in which nothing else would happen. */
const operations = declaredOperations().filter(({ name }) => name !== 'GetMessages');

/** What is too large is cut off: the socket ends, perhaps before the answer is read. The id of a REST call stands in the head. */
function sizeMax(service: string, caller: string): number {
  if (service === 'ssmmessages' || service === 'resource-groups') return 8_192;
  return (caller === 'nobody' ? STRANGERS_BODY_BYTES_MAX : BODY_BYTES_MAX_DEFAULT) / 4;
}

async function run(seed: number): Promise<void> {
  const failures: string[] = [];
  const simulation = new Simulation({ seed, log: (line) => void (/ ERROR /.test(line) && failures.push(line)) });
  const random = createRandom(seed);
  try {
    await simulation.start();
    await simulation.enrol(3, [{ Key: 'env', Value: 'test' }], () =>
      random.chance(0.3) ? 'silent' : { status: 'Success', code: 0, stdout: 'ok', stderr: '', delayMs: 0 },
    );
    const known = [
      'AWS-RunShellScript',
      'AWS-RunPowerShellScript',
      'Mine',
      'env',
      'test',
      'tag:env',
      'MusterNode',
      '1',
      '2',
      '50%',
      'Sha256',
    ];
    known.push(...simulation.nodes.map(({ registered }) => registered.nodeId));
    const nodeIds = simulation.nodes.map(({ registered }) => registered.nodeId);
    const commands = ['00000000-0000-0000-0000-000000000000'];
    const world = { random, known };
    for (let call = 0; call < CALLS; call++) {
      const one = random.pick(operations);
      const declared = services.get(one.service)?.operation(one.name);
      assert.ok(declared !== undefined);
      const good = GOOD_CALLS[one.name]?.({
        nodeId: random.pick(nodeIds),
        commandId: random.pick(commands),
        name: random.pick(['Mine', 'Yours']),
      });
      let input = good === undefined || random.chance(0.2) ? invent(world, declared.input) : good;
      if (good !== undefined) for (let times = random.below(3); times > 0; times--) input = mutate(random, input);
      const fields = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
      const body = random.chance(0.05) ? damage(random, JSON.stringify(fields)) : fields;
      const caller = random.pick(['administrator', 'administrator', 'administrator', 'node', 'nobody'] as const);
      const credentials =
        caller === 'administrator'
          ? { credentials: simulation.administrator }
          : caller === 'node'
            ? { credentials: random.pick(simulation.nodes).registered.credentials }
            : {};
      if (JSON.stringify(body).length > sizeMax(one.service, caller)) continue;
      const answer = await callOperation(
        { transport: simulation.network, region: 'us-east-1', now: simulation.clock.now(), ...credentials },
        one.service,
        one.name,
        body,
      );
      const told = `${one.name} by ${caller}: ${JSON.stringify(body).slice(0, 2_000)} -> ${answer.status} ${answer.body.slice(0, 500)}`;
      assert.ok(answer.status < 500, told);
      assert.deepEqual(failures, [], told);
      for (const [id] of answer.body.matchAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g))
        if (known.length < 60) known.push(id);
      const commandId = /"CommandId":"([^"]+)"/.exec(answer.body)?.[1];
      if (commandId !== undefined && one.name === 'SendCommand') commands.push(commandId);
      if (call % CALLS_PER_STEP === 0) await simulation.clock.advance(STEP_MS);
    }
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    await simulation.clock.advance(STEP_MS);
    await simulation.database.read(keepsEverywhere);
    assert.equal((await simulation.call('DescribeInstanceInformation', {})).status, 200);
    assert.deepEqual(failures, []);
  } finally {
    await simulation.stop();
  }
}

/** No text has a NUL: PostgreSQL would have refused it, and the deed with it. */
async function keepsEverywhere(tx: ReadTx): Promise<void> {
  const db = tables<Record<string, Record<string, unknown>>>(tx);
  const columns = sql<{ name: string; column: string }>`
    select t.name as name, c.name as column from sqlite_master as t, pragma_table_info(t.name) as c where t.type = 'table'`;
  for (const { name, column } of (await columns.execute(db)).rows) {
    const found = sql<{ text: string }>`select ${sql.ref(column)} as text from ${sql.table(name)}
      where typeof(${sql.ref(column)}) = 'text' and instr(cast(${sql.ref(column)} as blob), x'00') > 0 limit 1`;
    assert.deepEqual((await found.execute(db)).rows, [], `${name}.${column}`);
  }
}

for (const seed of simulationSeeds(1))
  test(`nothing that is sent to any operation is answered with a 500 (seed ${seed})`, () => withSeed(seed, () => run(seed)));
