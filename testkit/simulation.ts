// The whole server in one thread with a simulated clock, a simulated fleet and a network in memory, on real SQL, from a seed. It can crash at any
// statement and start again on the same directory; what was not committed is then gone, as after a power cut.
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccessCredentials, signV4 } from '@muster/agent/access/sign-v4.ts';
import { compose, type ComposePorts, type Composition, MIGRATIONS } from '@muster/server/compose.ts';
import { createHttpHandlers } from '@muster/server/http.ts';
import { createBlobs } from '@muster/server/platform/blobs/blobs.ts';
import { createInProcessBus } from '@muster/server/platform/bus/in-process-bus.ts';
import type { AccountId, Ids, Region } from '@muster/server/platform/ids.ts';
import { sealWith } from '@muster/server/platform/seal/index.ts';
import { type Database, openDatabase, SimulatedCrash } from '@muster/server/platform/store/index.ts';
import { createLogger, createMetrics, type Logger } from '@muster/server/platform/telemetry/index.ts';
import type { WebSocket } from 'ws';
import { createSimulatedClock, type SimulatedClock } from './clock.ts';
import { FleetClient, makeFleetKey, type RegisteredNode } from './fleet/fleet-connection.ts';
import { type Script, SimulatedNode } from './fleet/simulated-node.ts';
import type { FleetTransport } from './fleet/transport.ts';
import { createInMemoryNetwork, hangUp } from './in-memory-network.ts';
import { createRandom, createSeededIds, type Random } from './random.ts';
import { callOperation } from './signed-call.ts';

const ACCOUNT = '000000000000' as AccountId;
const REGION = 'us-east-1' as Region;
/** As the stock agent remembers job ids. */
const NODE_MEMORY_MS = 30 * 60_000;
const RECONNECT_MS_MAX = 2_500;

export interface SimulationOptions {
  readonly seed: number;
  /** What time it is at first. */
  readonly now?: Date;
  /** Puts files into the data directory before the first start. */
  readonly prepare?: (directory: string) => void;
  /** Lines that the server logs, for a failure's report. */
  readonly log?: (line: string) => void;
  /** Ports that nothing fills yet. */
  readonly ports?: ComposePorts;
}

export class Simulation {
  readonly seed: number;
  readonly clock: SimulatedClock;
  readonly ids: Ids;
  readonly random: Random;
  readonly nodes: SimulatedMember[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), 'muster-sim-'));
  readonly #log: Logger;
  readonly #ports: ComposePorts;
  readonly #fleetKey = makeFleetKey();
  #database: Database | undefined;
  #composition: Composition | undefined;
  #network: FleetTransport | undefined;
  #http: Server | undefined;
  #crashed = false;
  #administrator = { accessKeyId: '', secretAccessKey: '' };

  constructor(options: SimulationOptions) {
    this.seed = options.seed;
    this.#ports = options.ports ?? {};
    this.clock = createSimulatedClock(options.now);
    options.prepare?.(this.#directory);
    this.ids = createSeededIds(options.seed);
    this.random = createRandom(options.seed);
    const write = (line: string) => (this.#crashed ? undefined : options.log?.(line));
    this.#log = createLogger({ write, clock: this.clock, level: 'debug', format: 'text' });
  }

  get database(): Database {
    if (this.#database === undefined) throw new Error('the server is down');
    return this.#database;
  }

  /** Who `call` calls as, for calls of another form. */
  get administrator(): AccessCredentials {
    return this.#administrator;
  }

  get up(): boolean {
    return this.#composition !== undefined && !this.#crashed;
  }

  get network(): FleetTransport {
    if (this.#network === undefined) throw new Error('the server is down');
    return this.#network;
  }

  /** `crashAtStatement`: the server dies before that statement of its writer. */
  async start(crashAtStatement?: number): Promise<void> {
    this.#crashed = false;
    const { clock, ids } = this;
    const log = this.#log;
    const metrics = createMetrics();
    const database = await openDatabase({
      dataDir: this.#directory,
      inThread: true,
      clock,
      log,
      metrics,
      migrations: MIGRATIONS,
      onStatement: (count) => {
        if (count === crashAtStatement) this.#die(count);
      },
    });
    this.#database = database;
    const seal = sealWith(Buffer.alloc(32, 7), ids);
    const bus = createInProcessBus({ log });
    const blobs = createBlobs({ dataDir: this.#directory, ids, clock });
    const platform = { database, clock, ids, log, metrics, bus, seal, blobs };
    const settings = {
      replica: 'simulated',
      account: ACCOUNT,
      regions: [REGION],
      publicUrl: 'https://muster.test',
      insecureDevAuth: false,
      slowStart: false,
      commandRetentionDays: 30,
    };
    const composition = compose(platform, settings, this.#ports);
    const { accessKeyId, secretAccessKey } = await composition.identity.ensureAdministrator(ACCOUNT);
    this.#administrator = { accessKeyId, secretAccessKey };
    const handlers = createHttpHandlers(composition, { clock, ids, log, metrics, regions: [REGION], account: ACCOUNT });
    const http = createServer(handlers.onRequest);
    http.on('upgrade', handlers.onUpgrade);
    this.#http = http;
    this.#network = createInMemoryNetwork(http);
    this.#composition = composition;
    composition.driver.start();
  }

  /** A process that dies takes its sockets along. */
  #die(statement: number): never {
    this.#crashed = true;
    for (const node of this.nodes) node.drop();
    throw new SimulatedCrash(statement);
  }

  /** The process is gone: nothing is flushed, every socket drops. */
  async crash(): Promise<void> {
    const composition = this.#composition;
    this.#composition = undefined;
    this.#network = undefined;
    this.#http?.closeAllConnections();
    for (const node of this.nodes) node.drop();
    // Ends timers and releases the directory; on a crashed database every write is refused, so this saves nothing.
    await composition?.stop().catch(() => undefined);
    await this.#database?.close().catch(() => undefined);
    this.#database = undefined;
  }

  async stop(): Promise<void> {
    await this.crash();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** One signed call of the SSM API as the administrator. */
  async call(
    operation: string,
    input: Readonly<Record<string, unknown>>,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const body = JSON.stringify(input);
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      host: this.network.host,
      'x-amz-target': `AmazonSSM.${operation}`,
    };
    const scope = { region: REGION, service: 'ssm', now: this.clock.now() };
    const signed = signV4({ method: 'POST', path: '/', headers, body }, scope, this.#administrator);
    const answer = await this.network.post('/', signed, body);
    return { status: answer.status, body: JSON.parse(answer.body) as Record<string, unknown> };
  }

  /** The same of another service, such as `muster`. */
  async callOf(
    service: string,
    operation: string,
    input: Readonly<Record<string, unknown>>,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const caller = { transport: this.network, region: REGION, now: this.clock.now(), credentials: this.#administrator };
    const answer = await callOperation(caller, service, operation, input);
    return { status: answer.status, body: JSON.parse(answer.body) as Record<string, unknown> };
  }

  /** Registers nodes with tags and connects them. */
  async enrol(
    count: number,
    tags: readonly { Key: string; Value: string }[],
    script: Script,
    more: { readonly streams?: boolean } = {},
  ): Promise<void> {
    const { body } = await this.call('CreateActivation', { IamRole: 'MusterNode', RegistrationLimit: count, Tags: tags });
    const activation = { id: String(body['ActivationId']), code: String(body['ActivationCode']) };
    for (let index = 0; index < count; index++) {
      const client = this.#client();
      const registered = await client.register(activation, this.#fleetKey);
      const simulated = new SimulatedNode({
        nodeId: registered.nodeId,
        clock: this.clock,
        script,
        uuid: () => this.ids.uuid(),
        memoryMs: NODE_MEMORY_MS,
        ...more,
      });
      const member = new SimulatedMember(this, registered, simulated);
      this.nodes.push(member);
      await member.connect();
    }
  }

  #client(): FleetClient {
    return new FleetClient({ transport: this.network, region: REGION, clock: this.clock, uuid: () => this.ids.uuid() });
  }

  client(): FleetClient {
    return this.#client();
  }
}

/** A node with its connection: drops, comes back, repeats and delays frames as the simulation's dice say. */
export class SimulatedMember {
  readonly registered: RegisteredNode;
  readonly simulated: SimulatedNode;
  readonly #simulation: Simulation;
  #socket: WebSocket | undefined;
  /** Chance that a frame is sent twice. */
  repeats = 0;

  constructor(simulation: Simulation, registered: RegisteredNode, simulated: SimulatedNode) {
    this.#simulation = simulation;
    this.registered = registered;
    this.simulated = simulated;
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  async connect(): Promise<void> {
    const { random } = this.#simulation;
    if (!this.#simulation.up || this.#socket !== undefined) return;
    const client = this.#simulation.client();
    await client.refresh(this.registered);
    this.#socket = await client.connect(this.registered, this.simulated, {
      closed: () => {
        this.#socket = undefined;
      },
      send: (frame, pass) => {
        pass(frame);
        if (random.chance(this.repeats)) pass(frame);
      },
    });
  }

  /** The server sees the connection end at once. A dropped one it misses only after two minutes. */
  leave(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.simulated.disconnected();
    if (socket !== undefined) hangUp(socket);
  }

  drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.simulated.disconnected();
    socket?.terminate();
  }

  /** Connects after a random pause of simulated time, as agents do. */
  reconnectLater(): void {
    const { clock, random } = this.#simulation;
    clock.setTimer(random.below(RECONNECT_MS_MAX), () => {
      this.connect().catch(() => undefined);
    });
  }
}
