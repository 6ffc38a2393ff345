// Random calls of Parameter Store through the whole server, beside a model of it (parameter-model.fixture.ts), with crashes at random statements. Every
// answer is the model's; after a crash everything is as before the call that was under way or as after it; every page of every size gives each once.
// MUSTER_SEED repeats a run.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom, type Random, simulationSeeds, withSeed } from '@muster/testkit/random.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import * as model from './parameter-model.fixture.ts';

type Json = Readonly<Record<string, unknown>>;

const ROUNDS = 5;
const CALLS = 80;
/** Statements of a round, about: the crash falls somewhere into it. */
const STATEMENTS = 700;
/** One of them gets past its hundred versions. */
const NAMES = ['/full', '/a', '/a/b', '/a/b/c', '/a/c', '/a.b', '/b/c/d'];
const FULL_PUTS = 30;
const LABELS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', '1st', 'aws-x'];

interface Shown {
  readonly Name: string;
  readonly Value: string;
  readonly Version: number;
  readonly Labels?: readonly string[];
}

class Run {
  readonly simulation: Simulation;
  readonly random: Random;
  known: model.Model = new Map();
  crashes = 0;
  #values = 0;

  constructor(seed: number) {
    this.simulation = new Simulation({ seed });
    this.random = createRandom(seed);
  }

  /** The answer, or the code of the refusal; undefined: the server died meanwhile. */
  async call(operation: string, input: Json): Promise<Json | string | undefined> {
    const answer = await this.simulation.call(operation, input).catch(() => undefined);
    if (answer?.status === 200) return answer.body;
    if (!this.simulation.up) return undefined;
    assert.equal(answer?.status, 400, `${operation} ${JSON.stringify(input)}: ${JSON.stringify(answer?.body)}`);
    return String(answer?.body['__type']).split('#').at(-1) ?? '';
  }

  async change(operation: string, input: Json, { next, answer }: model.Outcome): Promise<void> {
    const actual = await this.call(operation, input);
    if (actual === undefined) return this.#recover(next);
    const told = `${operation} ${JSON.stringify(input)}: ${JSON.stringify(actual)}`;
    if (typeof actual === 'string' || typeof answer === 'string') assert.equal(actual, answer, told);
    else {
      const shown = Object.fromEntries(Object.keys(answer as Json).map((name) => [name, actual[name]]));
      assert.deepEqual(shown, answer, told);
    }
    this.known = next;
  }

  /** Up again; what was under way has happened whole or not at all. */
  async #recover(next: model.Model): Promise<void> {
    this.crashes += 1;
    await this.simulation.crash();
    await this.simulation.start();
    const actual = await this.#everything();
    const [before, after] = [this.known, next].map((state) => JSON.stringify(NAMES.map((name) => versionsOf(state, name))));
    const text = JSON.stringify(actual);
    assert.ok(text === before || text === after, `after a crash: ${text}\nbefore: ${before}\nafter: ${after}`);
    if (text === after) this.known = next;
  }

  async #everything(): Promise<unknown[]> {
    const all: unknown[] = [];
    for (const name of NAMES) all.push(await this.history(name));
    return all;
  }

  async history(Name: string): Promise<unknown> {
    const items = await this.#pages('GetParameterHistory', { Name, WithDecryption: true }, 50);
    if (!Array.isArray(items)) return items;
    return items.map(({ Version, Value, Labels = [] }) => [Version, Value, Labels.toSorted().join()]);
  }

  async below(Path: string, Recursive: boolean): Promise<unknown> {
    const items = await this.#pages('GetParametersByPath', { Path, Recursive, WithDecryption: true }, 10);
    return Array.isArray(items) ? items.map(({ Name, Value, Version }) => [Name, Version, Value]) : items;
  }

  async #pages(operation: string, input: Json, sizeMax: number): Promise<readonly Shown[] | string | undefined> {
    const items: Shown[] = [];
    let NextToken: unknown;
    do {
      const MaxResults = 1 + this.random.below(sizeMax);
      const page = await this.call(operation, { ...input, MaxResults, NextToken });
      if (page === undefined || typeof page === 'string') return page;
      const found = page['Parameters'] as Shown[];
      ({ NextToken } = page);
      assert.ok(NextToken === undefined || found.length === MaxResults, 'every page but the last is full');
      items.push(...found);
    } while (NextToken !== undefined);
    return items;
  }

  async put(name: string, overwrite: boolean, secure: boolean): Promise<void> {
    this.#values += 1;
    const Value = `value ${this.#values} ${this.random.chance(0.05) ? 'x'.repeat(4_500) : ''}.`;
    const Type = secure ? 'SecureString' : 'String';
    const input = { Name: name, Value, Type, Overwrite: overwrite, Tier: 'Intelligent-Tiering' };
    await this.change('PutParameter', input, model.put(this.known, name, Value, secure, overwrite));
  }

  /** What the model says is what is read. `read` gives undefined when the server died: then it comes up again and nothing has changed. */
  async see(expected: unknown, read: () => Promise<unknown>): Promise<void> {
    const actual = await read();
    if (actual === undefined) return this.#recover(this.known);
    assert.deepEqual(actual, expected);
  }
}

function versionsOf(state: model.Model, name: string): unknown {
  const there = state.get(name);
  return there === undefined
    ? 'ParameterNotFound'
    : there.versions.map(({ version, value, labels }) => [version, value, labels.join()]);
}

async function step(run: Run): Promise<void> {
  const { random, known } = run;
  const name = random.pick(NAMES);
  const versions = known.get(name)?.versions ?? [];
  const version = 1 + random.below((versions.at(-1)?.version ?? 0) + 1);
  const some = random.shuffle(LABELS).slice(0, random.pick([1, 2, 9]));
  const path = random.pick(['/', '/a', '/a/b', '/b', '/none']);
  const recursive = random.chance(0.5);
  const steps: readonly (readonly [weight: number, act: () => Promise<void>])[] = [
    [6, () => run.put(name, random.chance(0.8), random.chance(0.1) !== name.includes('c'))],
    [
      1,
      async () => {
        for (let puts = 0; puts < FULL_PUTS && run.simulation.up; puts++) await run.put('/full', true, false);
      },
    ],
    [
      4,
      () => {
        const ParameterVersion = random.chance(0.5) ? version : undefined;
        const input = { Name: name, ParameterVersion, Labels: some };
        return run.change('LabelParameterVersion', input, model.label(known, name, ParameterVersion, some));
      },
    ],
    [
      2,
      () => {
        const input = { Name: name, ParameterVersion: version, Labels: some };
        return run.change('UnlabelParameterVersion', input, model.unlabel(known, name, version, some));
      },
    ],
    [0.7, () => run.change('DeleteParameter', { Name: name }, model.remove(known, name))],
    [
      4,
      () => {
        const selector = random.pick([undefined, String(version), ...LABELS.slice(0, 3)]);
        const found = model.get(known, name, selector);
        const expected = typeof found === 'string' ? found : [found.version, found.value];
        return run.see(expected, async () => {
          const Name = selector === undefined ? name : `${name}:${selector}`;
          const answer = await run.call('GetParameter', { Name, WithDecryption: true });
          if (answer === undefined || typeof answer === 'string') return answer;
          const { Version, Value } = answer['Parameter'] as Shown;
          return [Version, Value];
        });
      },
    ],
    [3, () => run.see(versionsOf(known, name), () => run.history(name))],
    [
      3,
      () => {
        const expected = model.below(known, path, recursive).map((one) => {
          const newest = known.get(one)?.versions.at(-1);
          return [one, newest?.version, newest?.value];
        });
        return run.see(expected, () => run.below(path, recursive));
      },
    ],
  ];
  let dice = random.fraction() * steps.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, act] of steps) {
    dice -= weight;
    if (dice < 0) return act();
  }
}

async function simulate(seed: number): Promise<void> {
  const run = new Run(seed);
  const { simulation, random } = run;
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await simulation.start(round === 0 ? undefined : 20 + random.below(STATEMENTS));
      for (let calls = 0; calls < CALLS; calls++) {
        await step(run);
        if (simulation.up && random.chance(0.1)) await simulation.clock.advance(random.below(3_000)).catch(() => undefined);
      }
      await simulation.crash();
    }
    assert.ok(run.crashes > 0, 'no round crashed');
    await simulation.start();
    for (const name of NAMES) await run.see(versionsOf(run.known, name), () => run.history(name));
    await simulation.clock.advance(3_000);
    const { body } = await simulation.callOf('muster', 'VerifyAudit', {});
    assert.deepEqual(body['Problems'], []);
  } finally {
    await simulation.stop();
  }
}

for (const seed of simulationSeeds(2))
  test(`parameters are what the model says they are, through crashes (seed ${seed})`, () => withSeed(seed, simulate));
