// N real agents, as many processes, enrolled and connected.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateActivationCommand, DescribeInstanceInformationCommand } from '@aws-sdk/client-ssm';
import { FLEET_TAG } from './fleet.ts';
import { type BenchServer, REGION } from './server-process.ts';

const CONNECT_MS_MAX = 120_000;
const LOOK_MS = 250;

export async function startAgents(server: BenchServer, directory: string, count: number): Promise<AsyncDisposable> {
  const activation = await server.client.send(
    new CreateActivationCommand({ IamRole: 'MusterNode', RegistrationLimit: count, Tags: [{ Key: FLEET_TAG, Value: 'yes' }] }),
  );
  const launcher = join(import.meta.dirname, '../cli/bin.mjs');
  const agents: ChildProcess[] = [];
  const stop = async () => {
    for (const agent of agents) agent.kill('SIGTERM');
    await Promise.all(agents.filter((agent) => agent.exitCode === null).map((agent) => once(agent, 'exit')));
  };
  try {
    for (let index = 0; index < count; index++) {
      const dataDir = join(directory, `${index}`);
      await mkdir(dataDir, { recursive: true });
      const args = ['agent', '--endpoint', server.url, '--ca', server.caFile, '--region', REGION, '--data-dir', dataDir];
      const enrol = ['--activation-id', activation.ActivationId ?? '', '--activation-code', activation.ActivationCode ?? ''];
      agents.push(spawn(process.execPath, [launcher, ...args, ...enrol], { stdio: 'ignore' }));
    }
    await untilOnline(server, count);
  } catch (error) {
    await stop();
    throw error;
  }
  return { [Symbol.asyncDispose]: stop };
}

async function untilOnline(server: BenchServer, count: number): Promise<void> {
  const deadline = performance.now() + CONNECT_MS_MAX;
  while (performance.now() < deadline) {
    let online = 0;
    for (let token: string | undefined; ;) {
      const page = await server.client.send(
        new DescribeInstanceInformationCommand({ MaxResults: 50, ...(token === undefined ? {} : { NextToken: token }) }),
      );
      online += (page.InstanceInformationList ?? []).filter((node) => node.PingStatus === 'Online').length;
      token = page.NextToken;
      if (token === undefined) break;
    }
    if (online >= count) return;
    await pause(LOOK_MS);
  }
  throw new Error(`not all of ${count} agents connected within ${CONNECT_MS_MAX / 1_000} s`);
}
