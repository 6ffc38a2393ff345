// 64 clients at once on one name, by the official client against the composed server: 64 ordered versions or TooManyUpdates, never a gap or a lost write,
// whether they put, put for the first time, move a label, or delete meanwhile.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import * as ssm from '@aws-sdk/client-ssm';
import { Simulation } from '@muster/testkit/simulation.ts';

const CLIENTS = 64;
/** The client signs with the real time. */
const simulation = new Simulation({ seed: 64, now: new Date() });
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
    region: 'us-east-1',
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

const clients = Array.from({ length: CLIENTS }, (_, at) => at);
const put = (Name: string, Value: string, more: Partial<ssm.PutParameterCommandInput> = {}) =>
  client.send(new ssm.PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: true, ...more }));

async function historyOf(Name: string): Promise<ssm.ParameterHistory[]> {
  const found: ssm.ParameterHistory[] = [];
  for await (const page of ssm.paginateGetParameterHistory({ client, pageSize: 10 }, { Name, WithDecryption: true }))
    found.push(...(page.Parameters ?? []));
  return found;
}

/** The code of each refusal, which must be one of `codes`; and what was answered. */
async function outcomes<Answer>(work: readonly Promise<Answer>[], codes: RegExp): Promise<(Answer | undefined)[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((one) => {
    if (one.status === 'fulfilled') return one.value;
    assert.match((one.reason as Error).name, codes);
    return undefined;
  });
}

test('64 writers on one name', async () => {
  await put('/one', 'first');
  const answers = await outcomes(
    clients.map((at) => put('/one', `value ${at}`)),
    /^TooManyUpdates$/,
  );
  const history = await historyOf('/one');
  const written = answers.filter((answer) => answer !== undefined).length;
  assert.deepEqual(
    history.map(({ Version }) => Version),
    Array.from({ length: written + 1 }, (_, at) => at + 1),
  );
  for (const [at, answer] of answers.entries())
    if (answer !== undefined) assert.equal(history[(answer.Version ?? 0) - 1]?.Value, `value ${at}`);
});

test('of 64 that make one name, one does', async () => {
  const answers = await outcomes(
    clients.map((at) => put('/new', `value ${at}`, { Overwrite: false })),
    /^(?:ParameterAlreadyExists|TooManyUpdates)$/,
  );
  const made = answers.findIndex((answer) => answer !== undefined);
  assert.equal(answers.filter((answer) => answer !== undefined).length, 1);
  assert.deepEqual(
    (await historyOf('/new')).map(({ Version, Value }) => [Version, Value]),
    [[1, `value ${made}`]],
  );
});

test('labels that move while versions are put: each label is on one version, where its last move put it', async () => {
  await put('/labels', 'first');
  const moves = clients.map((at) =>
    client.send(
      new ssm.LabelParameterVersionCommand({ Name: '/labels', Labels: [`label-${at % 4}`], ParameterVersion: undefined }),
    ),
  );
  const puts = await outcomes(
    clients.map((at) => put('/labels', `value ${at}`)),
    /^TooManyUpdates$/,
  );
  const moved = await outcomes(moves, /^TooManyUpdates$/);
  const history = await historyOf('/labels');
  assert.equal(history.length, puts.filter((answer) => answer !== undefined).length + 1);
  for (const number of [0, 1, 2, 3]) {
    const told = moved.filter((_, at) => at % 4 === number).map((answer) => answer?.ParameterVersion ?? 0);
    const on = history.filter(({ Labels }) => Labels?.includes(`label-${number}`)).map(({ Version }) => Version);
    assert.deepEqual(on, [Math.max(...told)]);
  }
});

test('puts and deletes: what is there afterwards has versions from 1 without a gap, and each value was put', async () => {
  const puts = clients.map((at) => put('/gone', `value ${at}`));
  const deletes = clients.slice(0, CLIENTS / 4).map(() => client.send(new ssm.DeleteParameterCommand({ Name: '/gone' })));
  const answers = await outcomes(puts, /^TooManyUpdates$/);
  await outcomes(deletes, /^(?:ParameterNotFound|TooManyUpdates)$/);
  const history = await historyOf('/gone').catch((error: unknown) => {
    assert.equal((error as Error).name, 'ParameterNotFound');
    return [];
  });
  for (const [at, { Version, Value }] of history.entries()) {
    assert.equal(Version, at + 1);
    assert.equal(answers[Number(Value?.split(' ')[1])]?.Version, Version);
  }
});
