// Random and damaged documents of every type and values for their parameters, through the whole server to simulated nodes. Whatever is sent: no 500, a
// refusal names its reason, the server goes on, and a node gets nothing but the content of a created version with values that every
// rule of it allows (testkit/approval-model.ts). MUSTER_SEED repeats a run; MUSTER_FUZZ_DOCUMENTS asks for more (npm run test:fuzz).
import assert from 'node:assert/strict';
import test from 'node:test';
import { whyNotApproved } from '@muster/testkit/approval-model.ts';
import { createRandom, simulationSeeds, withSeed } from '@muster/testkit/random.ts';
import type { Random } from '@muster/testkit/random.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import { toValue } from './documents/content.ts';
import { goodCommand, inventDocument, PATTERNS } from './documents/hostile-documents.fixture.ts';
import type { HostileDocument } from './documents/hostile-documents.fixture.ts';
import { inventParameters } from './documents/hostile-parameters.fixture.ts';
import { SAMPLES } from './documents/kinds/samples.fixture.ts';
import type { ParameterSource, ReferencedParameter } from './run-command/index.ts';

/** Documents and commands of one run from one seed. */
const CASES_PER_SEED = 5_000;
const CASES = Number(process.env['MUSTER_FUZZ_DOCUMENTS'] ?? 4_000);
/** Between two of them the nodes get what was sent, in simulated time. */
const CASES_PER_STEP = 40;
const STEP_MS = 5_000;
const DOCUMENTS_KEPT = 25;
/** On a busy machine: what is quadratic takes minutes. */
const CALL_MS_MAX = 5_000;
/** Of the process, after any number of cases. */
const RESIDENT_BYTES_MAX = 1_500 * 1_024 * 1_024;

const STORED = { plain: 'abc', evil: '"; id; "\nid', sealed: 'secret', chain: '{{ssm:plain}}' };
const store: ParameterSource = {
  async find(_scope, _caller, selectors) {
    const known = new Map<string, ReferencedParameter>(
      Object.entries(STORED).map(([name, value]) => [name, { type: name === 'sealed' ? 'SecureString' : 'String', value }]),
    );
    return new Map([...known].filter(([name]) => selectors.includes(name)));
  },
};

/** By code: what a refusal's sentence must name. */
const REASONS: Readonly<Record<string, RegExp>> = {
  InvalidDocumentContent:
    /\[message: ".+" - parent node: \/|well-formed|Parameter "|Variable "|Step "|default|NUL character|aliases|cannot be read|takes Parameter Store|is unknown: use one of|checksum|not attached/is,
  InvalidDocumentSchemaVersion: /schema version, .*, is not supported by documents of type \w+|schema version/is,
  MaxDocumentSizeExceeded: /64 KB|larger than 65536 bytes/,
  DuplicateDocumentContent: /content/i,
  InvalidParameters: /Parameter "[^"]*" |does not support parameters|\{\{ssm:/s,
  ValidationException: /'(content|parameters|document\w*|\w+\.\w+|parameters\.[^']*)'|NUL|surrogate|Documents of type/i,
  // AWS's own sentences name types and no fields.
  SerializationException:
    /cannot be converted to \w|collection type \w|Start of structure or map|Unexpected (value|field) type|null can not be an item of/,
  UnsupportedPlatformType: /platform type/,
};

/** Content of one type needs a document of another. */
const SCHEMA = {
  Name: 'schema',
  DocumentType: 'ApplicationConfigurationSchema',
  Content: '{"$schema":"http://json-schema.org/draft-04/schema#","type":"object"}',
};

type Tree = Readonly<Record<string, unknown>>;

interface Kept {
  readonly name: string;
  /** Of each version, as a JSON value. */
  readonly versions: Tree[];
}

class Fuzz {
  readonly #simulation: Simulation;
  readonly #random: Random;
  readonly #kept: Kept[] = [];
  readonly #sent = new Map<string, { readonly created: Tree; readonly given: Readonly<Record<string, readonly string[]>> }>();
  readonly #arrived: string[] = [];
  readonly #logged: string[];
  readonly counts: Record<string, number> = {};
  #names = 0;

  constructor(simulation: Simulation, random: Random, logged: string[]) {
    this.#simulation = simulation;
    this.#random = random;
    this.#logged = logged;
  }

  arrive(content: string): void {
    this.#arrived.push(content);
  }

  async run(cases: number): Promise<void> {
    await this.#call('CreateDocument', SCHEMA);
    for (let index = 0; index < cases; index++) {
      if (this.#kept.length === 0 || this.#random.chance(0.45)) await this.#document();
      else await this.#command();
      if (index % CASES_PER_STEP === CASES_PER_STEP - 1) await this.#settle();
    }
    await this.#settle();
    await this.#settle();
    assert.deepEqual([...this.#sent.keys()], [], 'every command that was accepted has reached its node');
  }

  async #call(operation: string, input: Tree): Promise<{ status: number; body: Tree; told: string }> {
    const begun = performance.now();
    const { status, body } = await this.#simulation.call(operation, input);
    const tookMs = performance.now() - begun;
    const told = `${operation} ${JSON.stringify(input).slice(0, 3_000)} -> ${status} ${JSON.stringify(body).slice(0, 1_000)}`;
    assert.ok(status < 500, told);
    assert.deepEqual(this.#logged, [], told);
    assert.ok(tookMs < CALL_MS_MAX, `${tookMs} ms: ${told}`);
    const code = status === 200 ? 'accepted' : String(body['__type']);
    this.counts[`${operation} ${code}`] = (this.counts[`${operation} ${code}`] ?? 0) + 1;
    if (status !== 200) {
      const reason = REASONS[code];
      assert.ok(reason !== undefined && reason.test(messageOf(body)), `no reason is named: ${told}`);
    }
    return { status, body, told };
  }

  async #document(): Promise<void> {
    const hostile: HostileDocument = this.#random.chance(0.1)
      ? { type: 'Command', format: 'JSON', content: JSON.stringify(goodCommand(this.#random)) }
      : inventDocument(this.#random, SAMPLES);
    const { type, format, content } = hostile;
    const known = type === 'Command' && this.#random.chance(0.3) ? this.#kept.at(-1) : undefined;
    if (known !== undefined) {
      const update = { Name: known.name, Content: content, DocumentFormat: format, DocumentVersion: '$LATEST' };
      if ((await this.#call('UpdateDocument', update)).status === 200) known.versions.push(read(hostile));
      return;
    }
    const name = `fuzz-${(this.#names += 1)}`;
    const created = await this.#call('CreateDocument', {
      Name: name,
      Content: content,
      DocumentType: type,
      DocumentFormat: format,
      ...(type === 'ApplicationConfiguration' ? { Requires: [{ Name: SCHEMA.Name, Version: '1' }] } : {}),
    });
    if (created.status !== 200) return;
    const got = await this.#call('GetDocument', { Name: name, DocumentFormat: format });
    assert.equal(got.body['Content'], content, got.told);
    if (format !== 'TEXT' && this.#random.chance(0.3)) {
      const other = format === 'JSON' ? 'YAML' : 'JSON';
      const converted = await this.#call('GetDocument', { Name: name, DocumentFormat: other });
      if (converted.status === 200)
        assert.deepEqual(
          read({ type, format: other, content: String(converted.body['Content']) }),
          read(hostile),
          converted.told,
        );
    }
    if (type === 'Command') this.#kept.push({ name, versions: [read(hostile)] });
    else await this.#call('DeleteDocument', { Name: name, Force: true });
    if (this.#kept.length > DOCUMENTS_KEPT) await this.#call('DeleteDocument', { Name: this.#kept.shift()?.name });
  }

  async #command(): Promise<void> {
    const { name, versions } = this.#random.pick(this.#kept);
    const version = this.#random.below(versions.length + 1);
    const created = versions[version === 0 ? 0 : version - 1];
    assert.ok(created !== undefined);
    const declared = created['parameters'];
    const given = inventParameters(this.#random, typeof declared === 'object' && declared !== null ? { ...declared } : {});
    const answer = await this.#call('SendCommand', {
      DocumentName: name,
      ...(version === 0
        ? {}
        : { DocumentVersion: version === versions.length && this.#random.chance(0.5) ? '$LATEST' : String(version) }),
      InstanceIds: [this.#random.pick(this.#simulation.nodes).registered.nodeId],
      Parameters: given,
    });
    if (answer.status !== 200) return;
    const { CommandId } = answer.body['Command'] as { CommandId: string };
    this.#sent.set(CommandId, { created, given: withoutNulls(given) });
  }

  /** What was sent is there; each of it was approved; the server still answers. */
  async #settle(): Promise<void> {
    await this.#simulation.clock.advance(STEP_MS);
    for (const job of this.#arrived.splice(0)) {
      const { CommandId } = JSON.parse(job) as { CommandId: string };
      const sent = this.#sent.get(CommandId);
      assert.ok(sent !== undefined, `nobody sent this, or it came twice: ${job}`);
      this.#sent.delete(CommandId);
      const why = whyNotApproved({ job, ...sent, stored: STORED, patterns: new Set(Object.keys(PATTERNS)) });
      assert.equal(
        why,
        undefined,
        `${why}\ncreated: ${JSON.stringify(sent.created)}\ngiven: ${JSON.stringify(sent.given)}\njob: ${job}`,
      );
    }
    assert.deepEqual(this.#logged, []);
    assert.equal((await this.#simulation.call('DescribeInstanceInformation', {})).status, 200);
    assert.equal(({} as { a?: unknown }).a, undefined);
    assert.ok(process.memoryUsage.rss() < RESIDENT_BYTES_MAX);
  }
}

function messageOf(body: Tree): string {
  const message = body['message'] ?? body['Message'];
  return typeof message === 'string' ? message : '';
}

/** What is null in a request is not given. */
function withoutNulls(given: unknown): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries((given ?? {}) as Record<string, string[] | null>).filter(([, value]) => value !== null),
  ) as Record<string, string[]>;
}

function read({ content, format }: HostileDocument): Tree {
  return JSON.parse(JSON.stringify(toValue(content, format))) as Tree;
}

for (const seed of simulationSeeds(Math.ceil(CASES / CASES_PER_SEED)))
  test(`nothing runs that was not approved, and each refusal says why (seed ${seed})`, { timeout: 600_000 }, () =>
    withSeed(seed, async () => {
      const logged: string[] = [];
      const log = (line: string) => void (/ ERROR /.test(line) && logged.push(line));
      const simulation = new Simulation({ seed, log, ports: { parameters: store } });
      try {
        await simulation.start();
        const fuzz = new Fuzz(simulation, createRandom(seed), logged);
        await simulation.enrol(3, [], ({ content }) => {
          fuzz.arrive(content);
          return { status: 'Success', code: 0, stdout: '', stderr: '', delayMs: 0 };
        });
        await fuzz.run(Math.min(CASES, CASES_PER_SEED));
        for (const [what, count] of [
          ['CreateDocument accepted', 200],
          ['SendCommand accepted', 200],
          ['SendCommand InvalidParameters', 200],
        ] as const)
          assert.ok(
            (fuzz.counts[what] ?? 0) * CASES_PER_SEED >= count * Math.min(CASES, CASES_PER_SEED),
            JSON.stringify(fuzz.counts),
          );
      } finally {
        await simulation.stop();
      }
    }),
  );
