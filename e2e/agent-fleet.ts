// Several real agents on this machine, each with its data directory, registered with one activation that tags them.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { aws } from './aws-cli.ts';
import { onlineNodes } from './commands.ts';
import { eventually } from './eventually.ts';
import { spawnLauncher } from './running-server.ts';
import type { RunningServer } from './running-server.ts';

/** Twenty programs start on two cores. */
const ONLINE_MS_MAX = 120_000;
/** How many start at the same time. */
const STARTING_MAX = 4;

export interface FleetAgent {
  readonly nodeId: string;
  kill(): Promise<void>;
  start(): Promise<void>;
}

export class AgentFleet {
  readonly agents: readonly FleetAgent[];

  private constructor(agents: readonly FleetAgent[]) {
    this.agents = agents;
  }

  static async start(
    server: RunningServer,
    count: number,
    tag: { readonly key: string; readonly value: string },
    environment: Readonly<Record<string, string>> = {},
  ): Promise<AgentFleet> {
    const made = await aws(
      server,
      'ssm',
      'create-activation',
      '--iam-role',
      'MusterNode',
      '--registration-limit',
      String(count),
      '--tags',
      `Key=${tag.key},Value=${tag.value}`,
    );
    const activation = {
      ...environment,
      MUSTER_ACTIVATION_ID: String(made['ActivationId']),
      MUSTER_ACTIVATION_CODE: String(made['ActivationCode']),
    };
    const before = (await onlineNodes(server)).length;
    const agents: AgentProcess[] = [];
    for (let first = 0; first < count; first += STARTING_MAX) {
      const batch = Array.from(
        { length: Math.min(STARTING_MAX, count - first) },
        (_, index) => new AgentProcess(server, first + index, activation),
      );
      agents.push(...batch);
      await Promise.all(batch.map((agent) => agent.start()));
    }
    await eventually(
      `${count} agents are online`,
      ONLINE_MS_MAX,
      async () => (await onlineNodes(server)).length >= before + count,
    );
    return new AgentFleet(agents);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.kill()));
  }
}

class AgentProcess implements FleetAgent {
  readonly #server: RunningServer;
  readonly #dir: string;
  readonly #activation: Readonly<Record<string, string>>;
  #process: ChildProcess | undefined;

  constructor(server: RunningServer, index: number, activation: Readonly<Record<string, string>>) {
    this.#server = server;
    this.#dir = join(server.dataDir, '..', `agent-${index}`);
    this.#activation = activation;
  }

  get nodeId(): string {
    return (JSON.parse(readFileSync(this.#registration, 'utf8')) as { instanceId: string }).instanceId;
  }

  get #registration(): string {
    return join(this.#dir, 'registration.json');
  }

  async start(): Promise<void> {
    const { endpoint, caFile, environment } = this.#server;
    const region = environment['AWS_DEFAULT_REGION'] ?? '';
    const child = spawnLauncher(
      ['agent', '--endpoint', endpoint, '--ca', caFile, '--region', region, '--data-dir', this.#dir],
      this.#activation,
    );
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000);
    });
    child.stdout?.resume();
    this.#process = child;
    await eventually(`the agent in ${this.#dir} is registered`, ONLINE_MS_MAX, () => {
      if (child.exitCode !== null) throw new Error(`the agent ended with ${child.exitCode}:\n${said}`);
      return existsSync(this.#registration);
    });
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}
