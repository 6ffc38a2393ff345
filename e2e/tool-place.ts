// A server and one agent on whose PATH the tools are that a test puts there: stand-ins for programs of others. What the machine has of them
// is hidden, so that a test sees the same on every machine. Also a web server, for what documents download.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createSocketTransport } from '@muster/testkit/fleet/transport.ts';
import type { FleetTransport } from '@muster/testkit/fleet/transport.ts';
import { callOperation } from '@muster/testkit/signed-call.ts';
import type { CallAnswer } from '@muster/testkit/signed-call.ts';
import { AgentFleet } from './agent-fleet.ts';
import { eventually } from './eventually.ts';
import { RunningServer } from './running-server.ts';

const SOON_MS = 30_000;
const FINAL = ['Success', 'Failed', 'Cancelled', 'TimedOut'];

export interface StepTold {
  readonly Name: string;
  readonly Status: string;
  readonly ResponseCode: number;
  readonly Output: string;
}

interface InvocationTold {
  readonly Status: string;
  readonly StatusDetails: string;
  readonly CommandPlugins: readonly StepTold[];
}

export class ToolPlace {
  /** For files of the test; removed at the end. */
  readonly directory: string;
  /** First on the agent's PATH. */
  readonly tools: string;
  readonly #server: RunningServer;
  readonly #fleet: AgentFleet;
  readonly #transport: FleetTransport;
  readonly #files = new Map<string, string>();
  readonly #web: Server;

  private constructor(server: RunningServer, fleet: AgentFleet, tools: string) {
    this.directory = join(server.dataDir, '..');
    this.tools = tools;
    this.#server = server;
    this.#fleet = fleet;
    this.#transport = createSocketTransport(server.endpoint, readFileSync(server.caFile, 'utf8'));
    this.#web = createServer((request, response) => {
      const text = this.#files.get(request.url ?? '');
      response.writeHead(text === undefined ? 404 : 200).end(text);
    });
  }

  /** The node has the tag Role=built-in. */
  static async start(hidden: readonly string[]): Promise<ToolPlace> {
    const server = await RunningServer.start({ command: 'server' });
    const [tools, programs] = [join(server.dataDir, '..', 'tools'), join(server.dataDir, '..', 'programs')];
    mkdirSync(tools);
    linkPrograms(programs, hidden);
    const fleet = await AgentFleet.start(server, 1, { key: 'Role', value: 'built-in' }, { PATH: `${tools}:${programs}` });
    const place = new ToolPlace(server, fleet, tools);
    await new Promise<void>((resolve) => place.#web.listen(0, '127.0.0.1', resolve));
    return place;
  }

  get nodeId(): string {
    return this.#fleet.agents[0]?.nodeId ?? '';
  }

  async call(operation: string, input: object): Promise<CallAnswer> {
    const {
      AWS_ACCESS_KEY_ID: accessKeyId = '',
      AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
      AWS_DEFAULT_REGION: region = '',
    } = this.#server.environment;
    const caller = { transport: this.#transport, region, now: new Date(), credentials: { accessKeyId, secretAccessKey } };
    return callOperation(caller, 'ssm', operation, { ...input });
  }

  async send(documentName: string, parameters: Readonly<Record<string, string>>, target: object): Promise<string> {
    const given = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
    const sent = await this.call('SendCommand', { DocumentName: documentName, Parameters: given, ...target });
    assert.equal(sent.status, 200, sent.body);
    return (JSON.parse(sent.body) as { Command: { CommandId: string } }).Command.CommandId;
  }

  async finished(commandId: string): Promise<InvocationTold> {
    return eventually(`command ${commandId} is final`, SOON_MS, async () => {
      const listed = await this.call('ListCommandInvocations', { CommandId: commandId, Details: true });
      const [told] = (JSON.parse(listed.body) as { CommandInvocations: readonly InvocationTold[] }).CommandInvocations;
      return told !== undefined && FINAL.includes(told.Status) ? told : undefined;
    });
  }

  /** The last step that was not skipped. */
  async run(documentName: string, parameters: Readonly<Record<string, string>>): Promise<StepTold> {
    const told = await this.finished(await this.send(documentName, parameters, { InstanceIds: [this.nodeId] }));
    const step = told.CommandPlugins.findLast(({ Output }) => !Output.startsWith('Step execution skipped'));
    return step ?? assert.fail(JSON.stringify(told));
  }

  /** A program in front of the agent's PATH until it is disposed. */
  standIn(name: string, script: string): Disposable {
    const path = join(this.tools, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
  }

  /** The URL of a text. */
  serve(path: string, text: string): string {
    this.#files.set(path, text);
    return `http://127.0.0.1:${(this.#web.address() as AddressInfo).port}${path}`;
  }

  /** The `sourceInfo` of a text. */
  fromWeb(path: string, text: string): string {
    return JSON.stringify({ url: this.serve(path, text), allowInsecureDownload: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#web.close();
    this.#transport.close();
    await this.#fleet[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }
}

/** All that is on this machine's PATH, but for what is hidden. */
function linkPrograms(directory: string, hidden: readonly string[]): void {
  mkdirSync(directory);
  const known = new Set(hidden);
  for (const from of (process.env['PATH'] ?? '').split(':').filter((folder) => existsSync(folder))) {
    for (const name of readdirSync(from)) {
      if (!known.has(name)) symlinkSync(join(from, name), join(directory, name));
      known.add(name);
    }
  }
}
