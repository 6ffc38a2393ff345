// The life of a simulated node on a real listener: registers with an activation, fetches role credentials, reports its facts, opens its control
// channel with the signatures and frames of the stock agent, and comes back after a cut.
import { constants, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { authorization, type AccessCredentials, canonicalQuery, signV4, stringToSign } from '@muster/agent/access/sign-v4.ts';
import type { Clock } from '@muster/server/platform/time/clock.ts';
import type { WebSocket } from 'ws';
import type { SimulatedNode } from './simulated-node.ts';
import type { FleetTransport } from './transport.ts';

export interface FleetOptions {
  readonly transport: FleetTransport;
  readonly region: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly uuid?: () => string;
}

export interface RegisteredNode {
  readonly nodeId: string;
  readonly privateKey: KeyObject;
  readonly fingerprint: string;
  credentials: AccessCredentials;
}

export interface ConnectionHooks {
  /** Told once when the connection ends. */
  readonly closed?: () => void;
  /** Every frame of the node goes through here: a simulation repeats and withholds some. */
  readonly send?: (frame: Buffer, pass: (frame: Buffer) => void) => void;
}

/** Simulated nodes may share one key: making 10,000 RSA keys would measure the client. */
export function makeFleetKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}

export class FleetClient {
  readonly #transport: FleetTransport;
  readonly #region: string;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #uuid: () => string;
  readonly #publicKeys = new Map<KeyObject, string>();

  constructor(options: FleetOptions) {
    this.#transport = options.transport;
    this.#region = options.region;
    this.#clock = options.clock;
    this.#uuid = options.uuid ?? randomUUID;
  }

  close(): void {
    this.#transport.close();
  }

  async register(activation: { readonly id: string; readonly code: string }, privateKey: KeyObject): Promise<RegisteredNode> {
    const fingerprint = this.#uuid();
    const answer = await this.#ssm('RegisterManagedInstance', {
      ActivationCode: activation.code,
      ActivationId: activation.id,
      Fingerprint: fingerprint,
      PublicKey: this.#publicKey(privateKey),
      PublicKeyType: 'Rsa',
    });
    const node = {
      nodeId: String(answer['InstanceId']),
      privateKey,
      fingerprint,
      credentials: { accessKeyId: '', secretAccessKey: '' },
    };
    await this.refresh(node);
    await this.#ssm(
      'UpdateInstanceInformation',
      {
        AgentName: 'amazon-ssm-agent',
        AgentStatus: 'Active',
        AgentVersion: '3.3.0.0',
        ComputerName: `sim-${node.nodeId.slice(-6)}`,
        IPAddress: '127.0.0.1',
        InstanceId: node.nodeId,
        PlatformName: 'Debian GNU/Linux',
        PlatformType: 'Linux',
        PlatformVersion: '12',
        SSMConnectionChannel: '',
      },
      node,
    );
    return node;
  }

  /** New role credentials, asked for with the node's own key. */
  async refresh(node: RegisteredNode): Promise<void> {
    const body = JSON.stringify({ Fingerprint: node.fingerprint });
    const headers = {
      'content-type': JSON_TYPE,
      host: this.#transport.host,
      'x-amz-target': 'AmazonSSM.RequestManagedInstanceRoleToken',
    };
    const toSign = stringToSign({ method: 'POST', path: '/', headers, body }, this.#scope('ssm'));
    const key = { key: node.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    const signature = sign('sha256', Buffer.from(toSign.text), key).toString('base64');
    const answer = await this.#json(
      '/',
      { ...toSign.headers, authorization: authorization(node.nodeId, toSign, signature) },
      body,
    );
    node.credentials = {
      accessKeyId: String(answer['AccessKeyId']),
      secretAccessKey: String(answer['SecretAccessKey']),
      sessionToken: String(answer['SessionToken']),
    };
  }

  /** Opens the control channel; resolves when the opening frame is sent. */
  async connect(node: RegisteredNode, simulated: SimulatedNode, hooks: ConnectionHooks = {}): Promise<WebSocket> {
    const token = await this.#controlChannelToken(node);
    const path = `/v1/control-channel/${node.nodeId}`;
    const query = [
      ['role', 'subscribe'],
      ['stream', 'input'],
    ] as const;
    const headers = signV4(
      { method: 'GET', path, query, headers: { host: this.#transport.host }, body: '' },
      this.#scope('ssmmessages'),
      node.credentials,
    );
    const socket = this.#transport.webSocket(`${path}?${canonicalQuery(query)}`, headers);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    socket.on('message', (data: Buffer) => simulated.receive(data));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      simulated.disconnected();
      hooks.closed?.();
    });
    const open = {
      Cookie: null,
      MessageSchemaVersion: '1.0',
      RequestId: this.#uuid(),
      TokenValue: token,
      AgentVersion: '3.3.0.0',
      PlatformType: 'linux',
      ...(simulated.extensions.length === 0 ? {} : { Extensions: simulated.extensions }),
    };
    socket.send(JSON.stringify(open));
    const { send = (frame, pass) => pass(frame) } = hooks;
    simulated.connected((frame) => send(frame, (passed) => socket.send(passed)));
    return socket;
  }

  async #controlChannelToken(node: RegisteredNode): Promise<string> {
    const body = JSON.stringify({ MessageSchemaVersion: '1.0', RequestId: this.#uuid() });
    const path = `/v1/control-channel/${node.nodeId}`;
    const headers = signV4(
      { method: 'POST', path, headers: { 'content-type': 'application/json', host: this.#transport.host }, body },
      this.#scope('ssmmessages'),
      node.credentials,
    );
    const answer = await this.#transport.post(path, headers, body);
    const token = /<TokenValue>([^<]+)<\/TokenValue>/.exec(answer.body)?.[1];
    if (answer.status !== 201 || token === undefined)
      throw new Error(`CreateControlChannel answered ${answer.status}: ${answer.body}`);
    return token;
  }

  async #ssm(
    operation: string,
    input: Readonly<Record<string, unknown>>,
    node?: RegisteredNode,
  ): Promise<Record<string, unknown>> {
    const body = JSON.stringify(input);
    const headers = { 'content-type': JSON_TYPE, host: this.#transport.host, 'x-amz-target': `AmazonSSM.${operation}` };
    const signed =
      node === undefined ? headers : signV4({ method: 'POST', path: '/', headers, body }, this.#scope('ssm'), node.credentials);
    return this.#json('/', signed, body);
  }

  async #json(path: string, headers: Readonly<Record<string, string>>, body: string): Promise<Record<string, unknown>> {
    const answer = await this.#transport.post(path, headers, body);
    if (answer.status !== 200) throw new Error(`${headers['x-amz-target'] ?? path} answered ${answer.status}: ${answer.body}`);
    return JSON.parse(answer.body) as Record<string, unknown>;
  }

  #publicKey(privateKey: KeyObject): string {
    const known = this.#publicKeys.get(privateKey);
    if (known !== undefined) return known;
    const text = createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64');
    this.#publicKeys.set(privateKey, text);
    return text;
  }

  #scope(service: string): { region: string; service: string; now: Date } {
    return { region: this.#region, service, now: this.#clock.now() };
  }
}

const JSON_TYPE = 'application/x-amz-json-1.1';
