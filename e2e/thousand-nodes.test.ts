// kill -9 of the server in the middle of a command to 1,000 nodes: after the restart every invocation reaches its true final state, and no node
// started its job twice. The nodes are simulated, in a process of their own; the API is called with the AWS SDK. Needs nothing but npm.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  CreateActivationCommand,
  ListCommandInvocationsCommand,
  type ListCommandInvocationsCommandOutput,
  ListCommandsCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { FleetReport } from '@muster/testkit/fleet/fleet-process.ts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { eventually } from './eventually.ts';
import { RunningServer } from './running-server.ts';

const NODES = 1_000;
const JOB_MS_MAX = 4_000;
const DONE_MS_MAX = 120_000;
let server: RunningServer;
let fleet: ChildProcess;
let client: SSMClient;

before(async () => {
  server = await RunningServer.start({ command: 'server' });
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = server.environment;
  client = new SSMClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: readFileSync(server.caFile, 'utf8') }) }),
  });
  const activation = await client.send(
    new CreateActivationCommand({ IamRole: 'MusterNode', RegistrationLimit: NODES, Tags: [{ Key: 'role', Value: 'web' }] }),
  );
  fleet = fork(fileURLToPath(new URL('../testkit/fleet/fleet-process.ts', import.meta.url)));
  const connected = once(fleet, 'message');
  fleet.send({
    url: server.endpoint,
    caFile: server.caFile,
    region: 'us-east-1',
    count: NODES,
    activations: [{ id: activation.ActivationId, code: activation.ActivationCode }],
    jobMsMax: JOB_MS_MAX,
  });
  await connected;
});
after(async () => {
  fleet?.kill('SIGKILL');
  await server?.[Symbol.asyncDispose]();
});

test('a server killed in the middle of a command to 1,000 nodes loses and doubles nothing', async () => {
  const sent = await client.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunShellScript',
      Targets: [{ Key: 'tag:role', Values: ['web'] }],
      Parameters: { commands: ['true'] },
      MaxConcurrency: '100%',
    }),
  );
  const commandId = sent.Command?.CommandId ?? '';
  await eventually('a good part of the nodes is done, a good part is not', DONE_MS_MAX, async () => {
    const { completed } = await command(commandId);
    return completed > NODES / 4 && completed < (NODES * 3) / 4;
  });
  await server.kill();
  await server.start();
  await eventually('the command ends', DONE_MS_MAX, async () => (await command(commandId)).status === 'Success');

  assert.equal((await command(commandId)).completed, NODES);
  assert.deepEqual(await invocationStates(commandId), { Success: NODES });
  const told = once(fleet, 'message') as Promise<[{ report: FleetReport }]>;
  fleet.send('report');
  const [{ report }] = await told;
  assert.equal(report.startedJobs, NODES);
  assert.deepEqual(report.startedTwice, []);
});

async function command(commandId: string): Promise<{ status: string | undefined; completed: number }> {
  const answer = await client.send(new ListCommandsCommand({ CommandId: commandId }));
  const [found] = answer.Commands ?? [];
  return { status: found?.Status, completed: found?.CompletedCount ?? 0 };
}

async function invocationStates(commandId: string): Promise<Record<string, number>> {
  const states: Record<string, number> = {};
  let token: string | undefined;
  do {
    const page: ListCommandInvocationsCommandOutput = await client.send(
      new ListCommandInvocationsCommand({ CommandId: commandId, ...(token === undefined ? {} : { NextToken: token }) }),
    );
    for (const { StatusDetails: state = '' } of page.CommandInvocations ?? []) states[state] = (states[state] ?? 0) + 1;
    token = page.NextToken;
  } while (token !== undefined);
  return states;
}
