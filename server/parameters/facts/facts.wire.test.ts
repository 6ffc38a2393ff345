// The table of facts about real AWS, by the official client against the composed server.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import * as ssm from '@aws-sdk/client-ssm';
import { Simulation } from '@muster/testkit/simulation.ts';
import { type FactCall, FACTS_SCOPE } from './fact.fixture.ts';
import { FACTS } from './facts.fixture.ts';

/** The client signs with the real time. */
const simulation = new Simulation({ seed: 9, now: new Date() });
let client: ssm.SSMClient;

interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

before(async () => {
  await simulation.start();
  client = new ssm.SSMClient({
    endpoint: 'http://muster.test',
    region: FACTS_SCOPE.region,
    credentials: simulation.administrator,
    maxAttempts: 1,
    requestHandler: {
      async handle(request: SentRequest) {
        const sent = typeof request.body === 'string' ? request.body : Buffer.from(request.body ?? '').toString();
        const answer = await simulation.network.post(request.path, request.headers, sent, request.method);
        return { response: { statusCode: answer.status, headers: {}, body: Readable.from([Buffer.from(answer.body)]) } };
      },
      destroy: () => undefined,
    },
  });
});
after(() => simulation.stop());

type Commands = Readonly<Record<string, new (input: object) => Parameters<ssm.SSMClient['send']>[0]>>;

async function call([operation, input]: FactCall): Promise<unknown> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the client's classes, by the names of operations
  const Command = (ssm as unknown as Commands)[`${operation}Command`];
  assert.ok(Command, operation);
  return client.send(new Command(input));
}

/** The client says UnknownError where there is no message. */
async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Error);
    return `${error.name}: ${error.message === 'UnknownError' ? '' : error.message}`;
  }
  return assert.fail('was not refused');
}

for (const { fact, given = [], call: asked, refusal, answer } of FACTS) {
  test(`${asked[0]}: ${fact}`, async () => {
    for (const one of given) await call(one);
    if (refusal === undefined) return assert.partialDeepStrictEqual(await call(asked), answer);
    const said = await refusalOf(call(asked));
    return typeof refusal === 'string' ? assert.equal(said, refusal) : assert.match(said, refusal);
  });
}

test('no two rows say the same', () => {
  const names = FACTS.map(({ fact, call: [operation] }) => `${operation}: ${fact}`);
  assert.deepEqual(
    names.filter((name, at) => names.indexOf(name) < at),
    [],
  );
});
