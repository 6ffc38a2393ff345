// `muster params` against the composed server, in this process.
import { type AccessCredentials } from '@muster/testkit/signing.ts';
import { callOperation } from '@muster/testkit/signed-call.ts';
import { openDoor } from '@muster/testkit/simulation-door.ts';
import { Simulation } from '@muster/testkit/simulation.ts';
import assert from 'node:assert/strict';
import { systemClock } from '../clock.ts';
import { testHost } from '../people.fixture.ts';
import { paramsCommand } from './params.ts';

type Json = Readonly<Record<string, unknown>>;

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** Standard input. */
  readonly piped?: string;
  /** What is typed. */
  readonly answer?: string;
  readonly terminal?: boolean;
  /** Ctrl-C as soon as it is listened to. */
  readonly interrupted?: boolean;
  readonly credentials?: AccessCredentials;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startParams(seed: number) {
  const simulation = new Simulation({ seed });
  await simulation.start();
  const door = await openDoor(simulation);
  const clock = { ...systemClock, now: () => simulation.clock.now() };

  const run = async (argv: readonly string[], options: RunOptions = {}): Promise<Said> => {
    const { credentials = simulation.administrator, env = {}, interrupted = false, ...rest } = options;
    const host = testHost(
      {
        AWS_ENDPOINT_URL: door.endpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        ...env,
      },
      { ...rest, clock },
    );
    const onInterrupt = (listener: () => void): (() => void) => {
      listener();
      return () => undefined;
    };
    const code = await paramsCommand(argv, interrupted ? { ...host, onInterrupt } : host);
    return { code, out: host.stdout.text, err: host.stderr.text };
  };
  return {
    simulation,
    run,
    params: (...argv: readonly string[]) => run(argv),
    async call(operation: string, input: Json, service = 'ssm'): Promise<Json> {
      const caller = {
        transport: simulation.network,
        region: 'us-east-1',
        now: simulation.clock.now(),
        credentials: simulation.administrator,
      };
      const answer = await callOperation(caller, service, operation, input);
      assert.equal(answer.status, 200, answer.body);
      return JSON.parse(answer.body === '' ? '{}' : answer.body) as Json;
    },
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]();
      await simulation.stop();
    },
  };
}
