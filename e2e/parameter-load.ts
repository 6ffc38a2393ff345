// Parameter Store under load from many clients at once, and what must be true of it after a crash: every acknowledged change is there, what was under
// way is there whole or not at all, versions have no gap, and the journal tells of exactly the changes that are there, and of every secret that was given out.
//
// Most names belong to one client, which changes them one after another: after a crash such a name is as it was after its last acknowledged change or
// after a later one. The contended names are put by all clients: each acknowledged version has its value, and no value is there twice.
import assert from 'node:assert/strict';
import type { Random } from '@muster/testkit/random.ts';
import type { Caller } from './signed-client.ts';
import { eventually } from './eventually.ts';

export const CLIENTS = 64;
const NAMES_OF_A_CLIENT = 4;
const CONTENDED_NAMES = 8;
/** A name keeps a hundred versions; none of this load comes there. */
const HISTORY_PAGE = 50;
/** The journal is sealed within a second; a slow machine gets more. */
const SEALED_MS_MAX = 30_000;
/** Above 4,096 bytes a SecureString is sealed under a data key of its own. */
const LARGE_VALUE_BYTES = 4_500;

/** When, on the caller's scale (the size of a disk record, or 0). */
type Moment = number;

interface Deed {
  readonly operation: 'PutParameter' | 'LabelParameterVersion' | 'DeleteParameter';
  readonly input: Readonly<Record<string, unknown>>;
  acknowledged?: { readonly at: Moment; readonly requestId: string; readonly version: number | undefined };
}

interface Version {
  readonly value: string;
  readonly labels: readonly string[];
}
/** Oldest first; empty: it is not there. */
type State = readonly Version[];

interface OwnName {
  readonly name: string;
  readonly type: 'String' | 'StringList' | 'SecureString';
  deeds: Deed[];
  /** Before the first of `deeds`. */
  from: State;
  /** Changes on record in the journal before the first of `deeds`. */
  fromCount: number;
}

interface HistoryEntry {
  readonly Version: number;
  readonly Value: string;
  readonly Labels?: readonly string[];
}

export class ParameterLoad {
  readonly #random: Random;
  readonly #now: () => Moment;
  readonly #own: OwnName[] = [];
  readonly #contended = new Map<string, Deed[]>();
  /** Answers that gave out a secret. */
  readonly #given: { readonly at: Moment; readonly requestId: string }[] = [];
  #values = 0;
  #acknowledged = 0;

  /** All names are below `path`. `now`: read whenever an answer has come. */
  constructor(random: Random, path: string, now: () => Moment = () => 0) {
    this.#random = random;
    this.#now = now;
    for (let client = 0; client < CLIENTS; client++)
      for (let number = 0; number < NAMES_OF_A_CLIENT; number++) {
        const type = random.pick(['String', 'StringList', 'SecureString'] as const);
        this.#own.push({ name: `${path}/${client}/${number}`, type, deeds: [], from: [], fromCount: 0 });
      }
    for (let number = 0; number < CONTENDED_NAMES; number++) this.#contended.set(`${path}/all/${number}`, []);
  }

  /** Changes that were answered, since the beginning. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** When each was answered. */
  get moments(): readonly Moment[] {
    const deeds = [...this.#own.flatMap((own) => own.deeds), ...[...this.#contended.values()].flat()];
    return deeds.flatMap(({ acknowledged }) => acknowledged?.at ?? []).toSorted((a, b) => a - b);
  }

  /** Until the server answers nobody any more. `acknowledged` is called after each answer. */
  async run(caller: Caller, acknowledged: () => void): Promise<void> {
    const one = async (client: number): Promise<void> => {
      for (;;) {
        const contended = this.#random.chance(0.05);
        const own = this.#own[client * NAMES_OF_A_CLIENT + this.#random.below(NAMES_OF_A_CLIENT)];
        assert.ok(own !== undefined);
        const deed = contended ? this.#contendedPut() : this.#nextDeed(own);
        if (!contended) own.deeds.push(deed);
        const reply = await caller('ssm', deed.operation, deed.input).catch(() => undefined);
        if (reply === undefined) return;
        assert.equal(reply.status, 200, `${deed.operation} ${JSON.stringify(deed.input)}: ${JSON.stringify(reply.body)}`);
        const version = reply.body['Version'] as number | undefined;
        deed.acknowledged = { at: this.#now(), requestId: reply.requestId, version };
        this.#acknowledged += 1;
        acknowledged();
        if (!contended && own.type === 'SecureString' && deed.operation === 'PutParameter')
          if (!(await this.#readSecret(caller, deed.input))) return;
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, client) => one(client)));
  }

  /** False when the server answers nobody any more. */
  async #readSecret(caller: Caller, { Name, Value }: Deed['input']): Promise<boolean> {
    const reply = await caller('ssm', 'GetParameter', { Name, WithDecryption: true }).catch(() => undefined);
    if (reply === undefined) return false;
    assert.equal((reply.body['Parameter'] as { Value?: string } | undefined)?.Value, Value, JSON.stringify(reply.body));
    this.#given.push({ at: this.#now(), requestId: reply.requestId });
    return true;
  }

  #value(large = false): string {
    this.#values += 1;
    return `value-${this.#values}-${large ? 'x'.repeat(LARGE_VALUE_BYTES) : ''}`;
  }

  #contendedPut(): Deed {
    const name = this.#random.pick([...this.#contended.keys()]);
    const deed: Deed = {
      operation: 'PutParameter',
      input: { Name: name, Value: this.#value(), Type: 'String', Overwrite: true },
    };
    this.#contended.get(name)?.push(deed);
    return deed;
  }

  #nextDeed({ name, type, from, deeds }: OwnName): Deed {
    const state = stateAfter(from, deeds);
    const dice = this.#random.fraction();
    if (state.length > 0 && dice < 0.03) return { operation: 'DeleteParameter', input: { Name: name } };
    if (state.length > 0 && dice < 0.13) {
      const ParameterVersion = 1 + this.#random.below(state.length);
      const Labels = [this.#random.pick(['blue', 'green', 'red'])];
      return { operation: 'LabelParameterVersion', input: { Name: name, ParameterVersion, Labels } };
    }
    const Value = this.#value(this.#random.chance(0.05));
    return {
      operation: 'PutParameter',
      input: { Name: name, Value, Type: type, Overwrite: true, Tier: 'Intelligent-Tiering' },
    };
  }

  /** Everything that was acknowledged until `at` must be there. */
  async check(caller: Caller, at: Moment = Number.MAX_SAFE_INTEGER): Promise<void> {
    const possible = new Map<OwnName, readonly number[]>();
    await inTurns(this.#own, async (own) => void possible.set(own, await checkOwn(caller, own, at)));
    await inTurns([...this.#contended], ([name, deeds]) => checkContended(caller, name, deeds, at));
    const journal = await this.#journal(caller, at);
    for (const [{ name, fromCount }, counts] of possible) {
      const recorded = (journal.get(name)?.length ?? 0) - fromCount;
      const told = `${name}: ${recorded} changes on record, of which ${counts.join(' or ')} are there`;
      assert.ok(journal.size === 0 || counts.includes(recorded), told);
    }
    await verifyChain(caller);
  }

  /** What is there is the truth from now on: what was sent and is not there will not come. */
  async adopt(caller: Caller): Promise<void> {
    const journal = changesByName(await exportJournal(caller));
    await inTurns(this.#own, async (own) => {
      own.from = await readState(caller, own.name);
      own.deeds = [];
      own.fromCount = journal.get(own.name)?.length ?? 0;
    });
    for (const [name, deeds] of this.#contended) {
      const values = new Set((await readHistory(caller, name)).map(({ Value }) => Value));
      const there = deeds.filter(({ input }) => values.has(String(input['Value'])));
      deeds.splice(0, deeds.length, ...there);
      for (const deed of deeds) if (deed.acknowledged !== undefined) deed.acknowledged = { ...deed.acknowledged, at: 0 };
    }
  }

  /** Request ids of changes by name, once every acknowledged one is sealed, and every record of a secret that was given out. */
  async #journal(caller: Caller, at: Moment): Promise<ReadonlyMap<string, readonly string[]>> {
    const deeds = [...this.#own.flatMap((own) => own.deeds), ...[...this.#contended.values()].flat()];
    const answers = [...deeds.flatMap(({ acknowledged }) => acknowledged ?? []), ...this.#given];
    const wanted = answers.filter((answer) => answer.at <= at).map(({ requestId }) => requestId);
    let missing: string[] = [];
    let byName: ReadonlyMap<string, readonly string[]> = new Map();
    await eventually('the journal is sealed and tells of every acknowledged change', SEALED_MS_MAX, async () => {
      if (wanted.length === 0) return true;
      const lines = await exportJournal(caller);
      byName = changesByName(lines);
      const ids = new Set(lines.map(({ record }) => record?.request_id));
      missing = wanted.filter((id) => !ids.has(id));
      return missing.length === 0;
    }).catch((cause: unknown) => {
      throw new Error(
        `${missing.length} of ${wanted.length} acknowledged changes and secrets that were given out are not in the journal: ${missing[0]}`,
        {
          cause,
        },
      );
    });
    return byName;
  }
}

function stateAfter(from: State, deeds: readonly Deed[]): State {
  return deeds.reduce<State>((state, { operation, input }) => {
    switch (operation) {
      case 'PutParameter':
        return [...state, { value: String(input['Value']), labels: [] }];
      case 'DeleteParameter':
        return [];
      case 'LabelParameterVersion': {
        const [label = ''] = input['Labels'] as string[];
        return state.map(({ value, labels }, index) => {
          const others = labels.filter((other) => other !== label);
          return { value, labels: index + 1 === input['ParameterVersion'] ? [...others, label].toSorted() : others };
        });
      }
    }
  }, from);
}

/** How many of the changes may be there: those that were acknowledged, or later ones, too. */
async function checkOwn(caller: Caller, { name, from, deeds }: OwnName, at: Moment): Promise<readonly number[]> {
  const actual = JSON.stringify(await readState(caller, name));
  const least = deeds.findLastIndex(({ acknowledged }) => acknowledged !== undefined && acknowledged.at <= at) + 1;
  const counts = Array.from({ length: deeds.length - least + 1 }, (_, more) => least + more);
  const found = counts.filter((count) => JSON.stringify(stateAfter(from, deeds.slice(0, count))) === actual);
  const told = `${name} is not as after its ${least} acknowledged changes nor after more of the ${deeds.length} that were sent`;
  assert.ok(found.length > 0, `${told}: ${actual}\n${JSON.stringify(stateAfter(from, deeds.slice(0, least)))}`);
  return found;
}

async function checkContended(caller: Caller, name: string, deeds: readonly Deed[], at: Moment): Promise<void> {
  const history = await readHistory(caller, name);
  assert.ok(history.length <= 100, 'the load stays below the limit of versions');
  const sent = new Set(deeds.map(({ input }) => input['Value']));
  const values = history.map(({ Value }) => Value);
  assert.equal(new Set(values).size, values.length, `${name}: a value is there twice`);
  for (const value of values) assert.ok(sent.has(value), `${name}: ${value} was never put`);
  for (const { input, acknowledged } of deeds)
    if (acknowledged !== undefined && acknowledged.at <= at)
      assert.equal(
        values[(acknowledged.version ?? 0) - 1],
        input['Value'],
        `${name}: acknowledged version ${acknowledged.version} is lost`,
      );
}

async function readState(caller: Caller, name: string): Promise<State> {
  const history = await readHistory(caller, name);
  return history.map(({ Value, Labels }) => ({ value: Value, labels: (Labels ?? []).toSorted() }));
}

/** Whole, oldest first; empty: it is not there. Its versions have no gap, and reading the newest by its name gives the same. */
async function readHistory(caller: Caller, name: string): Promise<HistoryEntry[]> {
  const history: HistoryEntry[] = [];
  let NextToken: unknown;
  do {
    const input = { Name: name, WithDecryption: true, MaxResults: HISTORY_PAGE, NextToken };
    const { status, body } = await caller('ssm', 'GetParameterHistory', input);
    if (status === 400 && String(body['__type']).endsWith('ParameterNotFound')) return [];
    assert.equal(status, 200, JSON.stringify(body));
    history.push(...(body['Parameters'] as HistoryEntry[]));
    ({ NextToken } = body);
  } while (NextToken !== undefined);
  assert.deepEqual(
    history.map(({ Version }) => Version),
    history.map((_, index) => index + 1),
    `${name}: versions in order, without a gap`,
  );
  const { body } = await caller('ssm', 'GetParameter', { Name: name, WithDecryption: true });
  const { Version, Value } = body['Parameter'] as HistoryEntry;
  assert.deepEqual([Version, Value], [history.length, history.at(-1)?.Value]);
  return history;
}

interface JournalLine {
  readonly record?: {
    readonly request_id: string;
    readonly event_name: string;
    readonly resources: string;
    readonly error_code: string | null;
  };
}

async function exportJournal(caller: Caller): Promise<JournalLine[]> {
  const lines: JournalLine[] = [];
  let NextToken: unknown;
  do {
    const range = { From: 0, To: Math.ceil(Date.now() / 1000) + 3_600, NextToken };
    const { status, body } = await caller('muster', 'ExportAudit', range);
    // Nothing is sealed yet.
    if (String(body['__type']).endsWith('InvalidAuditRange')) return [];
    assert.equal(status, 200, JSON.stringify(body));
    lines.push(...(body['Lines'] as string[]).map((line) => JSON.parse(line) as JournalLine));
    ({ NextToken } = body);
  } while (NextToken !== undefined);
  return lines;
}

function changesByName(lines: readonly JournalLine[]): Map<string, string[]> {
  const byName = new Map<string, string[]>();
  for (const { record } of lines) {
    if (record === undefined || record.error_code !== null) continue;
    if (!['PutParameter', 'LabelParameterVersion', 'DeleteParameter'].includes(record.event_name)) continue;
    const [arn = ''] = JSON.parse(record.resources) as string[];
    const name = arn.slice(arn.indexOf(':parameter/') + ':parameter'.length);
    byName.set(name, [...(byName.get(name) ?? []), record.request_id]);
  }
  return byName;
}

async function verifyChain(caller: Caller): Promise<void> {
  let NextToken: unknown;
  do {
    const { status, body } = await caller('muster', 'VerifyAudit', NextToken === undefined ? {} : { NextToken });
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body['Problems'], []);
    ({ NextToken } = body);
  } while (NextToken !== undefined);
}

async function inTurns<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const rest = [...items];
  const one = async (): Promise<void> => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await act(item);
  };
  await Promise.all(Array.from({ length: 16 }, one));
}
