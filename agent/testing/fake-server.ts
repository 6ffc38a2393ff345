// The other side of the wire for tests: a small server that speaks the protocol as agent-protocol.md describes it, with `@muster/protocol` as its
// codec. It checks every signature, keeps what it was told, and does what a test says: refuse, stay silent, cut the line.
import { createHash, createHmac, createPublicKey, constants, randomUUID, verify } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { decodeAgentMessage, encodeAgentMessage } from '@muster/protocol/agent-message.ts';
import {
  agentJobReplyAckText,
  agentJobTail,
  agentJobText,
  cancelPayload,
  jobIdOf,
  MESSAGE_TYPE,
  parseAgentJobAck,
  parseAgentJobReply,
  parseAgentReply,
  parseOpenControlChannel,
} from '@muster/protocol/channel.ts';
import type { AgentJobAck } from '@muster/protocol/channel.ts';
import {
  extensionsText,
  OUTPUT_MESSAGE_TYPE,
  OUTPUT_STREAM,
  outputAckPayload,
  parseOutputPiece,
} from '@muster/protocol/output-stream.ts';
import type { OutputPiece } from '@muster/protocol/output-stream.ts';
import type { AgentReply } from '@muster/protocol/reply.ts';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

export const ACTIVATION = { id: '12345678-1234-1234-1234-123456789012', code: 'ABCDEFGHIJKLMNOPQRST' };
export const INSTANCE_ID = 'mi-0123456789abcdef0';
export const REGION = 'us-east-1';

export interface ReceivedReply {
  readonly jobId: string;
  readonly messageId: string;
  readonly topic: string;
  readonly reply: AgentReply;
  readonly contentBytes: number;
}

interface IssuedCredentials {
  readonly secret: string;
  readonly token: string;
}

export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

export interface ReceivedOutput {
  readonly bytes: Buffer[];
  readonly gaps: (readonly [from: number, to: number])[];
  next: number;
  ended: boolean;
}

export class FakeServer {
  readonly calls: {
    readonly operation: string;
    readonly input: Record<string, unknown>;
    readonly headers: IncomingMessage['headers'];
  }[] = [];
  readonly acks: AgentJobAck[] = [];
  readonly replies: ReceivedReply[] = [];
  readonly problems: string[] = [];
  /** What the server does differently. */
  acknowledgeReplies = true;
  refuseRegistration: string | undefined;
  updateKeyPair = false;
  tokenLifeMs = 3_600_000;
  /** Whether it understands `output-stream/1`. */
  streams = false;
  /** Whether it acknowledges output; what is not acknowledged is not kept. */
  takesOutput = true;
  readonly output = new Map<string, ReceivedOutput>();
  outputFrames = 0;
  outputBytes = 0;
  publicKey = '';
  fingerprint = '';
  /** Answers of operations that a test cares for; `__type` makes it an error. */
  readonly answers = new Map<string, (input: Record<string, unknown>) => Record<string, unknown>>();
  socket: WebSocket | undefined;
  openings = 0;
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #http: Server;
  readonly #isSecure: boolean;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  /** Of nodes: survives a restart, as a real server's do. */
  readonly issued = new Map<string, IssuedCredentials>();
  readonly #channelTokens = new Set<string>();

  private constructor(tls: TlsIdentity | undefined) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      this.#answer(request, response).catch((error: unknown) => {
        this.problems.push(String(error));
        response.writeHead(500).end('{}');
      });
    };
    this.#isSecure = tls !== undefined;
    this.#http = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
    this.#http.on('upgrade', (request, socket, head) => {
      this.#checkV4(request, '', 'ssmmessages');
      this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#serve(opened));
    });
  }

  static async start(port = 0, tls?: TlsIdentity): Promise<FakeServer> {
    const server = new FakeServer(tls);
    await new Promise<void>((resolve) => server.#http.listen(port, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get endpoint(): string {
    return `${this.#isSecure ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }

  /** Waits until `find` finds something; looks again whenever anything has happened. */
  async until<Value>(what: string, find: () => Value | undefined | false, timeoutMs = 20_000): Promise<Value> {
    const found = find();
    if (found !== undefined && found !== false) return found;
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      for await (const _event of on(this.#events, 'event', { signal })) {
        const value = find();
        if (value !== undefined && value !== false) return value;
      }
    } catch (error) {
      throw new Error(`not seen within ${timeoutMs} ms: ${what}; problems: ${this.problems.join('; ')}`, { cause: error });
    }
    throw new Error('unreachable');
  }

  connected(): Promise<WebSocket> {
    return this.until('a control channel', () => this.socket);
  }

  sendFrame(messageType: string, payload: string | Buffer, messageId: string = randomUUID()): string {
    if (this.socket === undefined) throw new Error('no control channel');
    const header = { schemaVersion: 1, createdDate: Date.now(), sequenceNumber: 0, flags: 0, payloadType: 0 };
    this.socket.send(encodeAgentMessage({ ...header, messageType, messageId, payload }));
    return messageId;
  }

  /** Sends a command; returns its job id. */
  sendCommand(document: unknown, parameters: Record<string, unknown> = {}, commandId: string = randomUUID()): string {
    const content = JSON.stringify({
      CommandId: commandId,
      DocumentName: 'Test',
      Parameters: parameters,
      DocumentContent: document,
      OutputS3BucketName: '',
      OutputS3KeyPrefix: '',
      CloudWatchLogGroupName: '',
      CloudWatchOutputEnabled: 'false',
    });
    const jobId = jobIdOf(commandId, INSTANCE_ID);
    this.sendFrame(MESSAGE_TYPE.job, agentJobText(jobId, agentJobTail(`aws.ssm.sendCommand.${REGION}`, content)));
    return jobId;
  }

  sendCancel(target: string): string {
    const jobId = jobIdOf(randomUUID(), INSTANCE_ID);
    const tail = agentJobTail(`aws.ssm.cancelCommand.${REGION}`, cancelPayload({ cancelMessageId: target }));
    this.sendFrame(MESSAGE_TYPE.job, agentJobText(jobId, tail));
    return jobId;
  }

  ack(jobId: string): Promise<AgentJobAck> {
    return this.until(`an ack of ${jobId}`, () => this.acks.findLast((ack) => ack.jobId === jobId));
  }

  repliesOf(jobId: string): ReceivedReply[] {
    return this.replies.filter((reply) => reply.jobId === jobId);
  }

  /** The reply that ends the document. */
  final(jobId: string, timeoutMs = 20_000): Promise<ReceivedReply> {
    return this.until(
      `the final reply of ${jobId}`,
      () => this.repliesOf(jobId).find(({ reply }) => !['InProgress', 'SuccessAndReboot'].includes(reply.documentStatus)),
      timeoutMs,
    );
  }

  cutLine(): void {
    this.socket?.terminate();
    this.socket = undefined;
  }

  async close(): Promise<void> {
    this.cutLine();
    this.#sockets.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    if (request.url === `/v1/control-channel/${INSTANCE_ID}`) {
      this.#checkV4(request, body, 'ssmmessages');
      const token = `TOK+/&${randomUUID()}`;
      this.#channelTokens.add(token);
      const xml = `<?xml version="1.0" encoding="UTF-8"?><CreateControlChannelResult><MessageSchemaVersion>1.0</MessageSchemaVersion><TokenValue>${token.replace('&', '&amp;')}</TokenValue></CreateControlChannelResult>`;
      response.writeHead(201, { 'content-type': 'application/xml' }).end(xml);
      return;
    }
    const operation = String(request.headers['x-amz-target']).replace('AmazonSSM.', '');
    const input = JSON.parse(body) as Record<string, unknown>;
    const answer = this.#call(operation, input, request, body);
    this.calls.push({ operation, input, headers: request.headers });
    const status = '__type' in answer ? 400 : 200;
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
    this.#events.emit('event');
  }

  #call(operation: string, input: Record<string, unknown>, request: IncomingMessage, body: string): Record<string, unknown> {
    switch (operation) {
      case 'RegisterManagedInstance':
        if (this.refuseRegistration !== undefined) return { __type: this.refuseRegistration };
        if (request.headers.authorization !== undefined) this.problems.push('registration is signed');
        this.publicKey = String(input['PublicKey']);
        this.fingerprint = String(input['Fingerprint']);
        return { InstanceId: INSTANCE_ID };
      case 'RequestManagedInstanceRoleToken': {
        if (!this.#isSignedByNode(request, body)) return { __type: 'InvalidSignatureException', message: 'wrong key' };
        if (input['Fingerprint'] !== this.fingerprint) return { __type: 'MachineFingerprintDoesNotMatch' };
        return this.#issue();
      }
      case 'UpdateManagedInstancePublicKey':
        if (!this.#isSignedByNode(request, body)) return { __type: 'InvalidSignatureException', message: 'wrong key' };
        this.publicKey = String(input['NewPublicKey']);
        this.updateKeyPair = false;
        return {};
      default:
        this.#checkV4(request, body, 'ssm');
        return this.answers.get(operation)?.(input) ?? {};
    }
  }

  #issue(): Record<string, unknown> {
    const id = `ASIA${randomUUID().slice(0, 8)}`;
    const issued = { secret: randomUUID(), token: `token/${randomUUID()}` };
    this.issued.set(id, issued);
    return {
      AccessKeyId: id,
      SecretAccessKey: issued.secret,
      SessionToken: issued.token,
      TokenExpirationDate: (Date.now() + this.tokenLifeMs) / 1000,
      UpdateKeyPair: this.updateKeyPair,
    };
  }

  #serve(socket: WebSocket): void {
    socket.once('message', (data, isBinary) => {
      const open = parseOpenControlChannel((data as Buffer).toString('utf8'));
      if (isBinary || !this.#channelTokens.delete(open.tokenValue)) this.problems.push('a wrong opening frame');
      this.socket = socket;
      this.openings += 1;
      if (this.streams && open.extensions.includes(OUTPUT_STREAM))
        this.sendFrame(OUTPUT_MESSAGE_TYPE.extensions, extensionsText([OUTPUT_STREAM]));
      socket.on('message', (frame) => this.#receive(frame as Buffer, socket));
      this.#events.emit('event');
    });
    socket.on('close', () => {
      if (this.socket === socket) this.socket = undefined;
      this.#events.emit('event');
    });
  }

  #receive(frame: Buffer, socket: WebSocket): void {
    const message = decodeAgentMessage(frame, { verifyDigest: true });
    if (message.messageType === MESSAGE_TYPE.jobAck) this.acks.push(parseAgentJobAck(message.payload));
    if (message.messageType === MESSAGE_TYPE.jobReply) {
      const { jobId, topic, content } = parseAgentJobReply(message.payload);
      const reply = parseAgentReply(content);
      this.replies.push({ jobId, topic, reply, messageId: message.messageId, contentBytes: Buffer.byteLength(content) });
      if (this.acknowledgeReplies && this.socket === socket) {
        this.sendFrame(MESSAGE_TYPE.jobReplyAck, agentJobReplyAckText(jobId, message.messageId));
      }
    }
    if (message.messageType === OUTPUT_MESSAGE_TYPE.output) this.#receiveOutput(parseOutputPiece(message.payload));
    this.#events.emit('event');
  }

  /** As the server does it: in order, a gap only where the node says so, an answer to everything. */
  #receiveOutput(piece: OutputPiece): void {
    const { jobId, stepName, stream, offset, gapBytes, last, bytes } = piece;
    this.outputFrames += 1;
    this.outputBytes += bytes.length;
    if (!this.takesOutput) return;
    const key = `${jobId} ${stepName} ${stream}`;
    const known = this.output.get(key) ?? { bytes: [], gaps: [], next: 0, ended: false };
    this.output.set(key, known);
    if (gapBytes > 0 && offset - gapBytes === known.next) {
      known.gaps.push([known.next, offset]);
      known.next = offset;
    }
    if (offset <= known.next && offset + bytes.length >= known.next) {
      known.bytes.push(bytes.subarray(known.next - offset));
      known.next = offset + bytes.length;
      known.ended ||= last;
    }
    const ack = { jobId, stepName, stream, nextOffset: known.next, closed: known.ended };
    this.sendFrame(OUTPUT_MESSAGE_TYPE.outputAck, outputAckPayload(ack));
  }

  outputOf(jobId: string, stepName: string, stream: 'stdout' | 'stderr' = 'stdout'): ReceivedOutput | undefined {
    return this.output.get(`${jobId} ${stepName} ${stream}`);
  }

  #checkV4(request: IncomingMessage, body: string, service: string): void {
    const auth = parseAuthorization(request.headers.authorization);
    const credentials = this.issued.get(auth.keyId);
    if (credentials === undefined || request.headers['x-amz-security-token'] !== credentials.token) {
      this.problems.push(`unknown credentials for ${request.url}`);
      return;
    }
    let key: Buffer = Buffer.from(`AWS4${credentials.secret}`);
    for (const part of auth.scope.split('/')) key = createHmac('sha256', key).update(part).digest();
    const expected = createHmac('sha256', key)
      .update(stringToSign(request, body, auth))
      .digest('hex');
    if (expected !== auth.signature || auth.scope.split('/')[2] !== service)
      this.problems.push(`a wrong signature for ${request.url}`);
  }

  #isSignedByNode(request: IncomingMessage, body: string): boolean {
    if (request.headers['transfer-encoding'] !== 'chunked') this.problems.push('the RSA-signed call is not chunked');
    const auth = parseAuthorization(request.headers.authorization);
    const key = createPublicKey({ key: Buffer.from(this.publicKey, 'base64'), format: 'der', type: 'spki' });
    const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    const text = Buffer.from(stringToSign(request, body, auth));
    return auth.keyId === INSTANCE_ID && verify('sha256', text, options, Buffer.from(auth.signature, 'base64'));
  }
}

interface Authorization {
  readonly keyId: string;
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

function parseAuthorization(header: string | undefined): Authorization {
  const match = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), SignedHeaders=([^,]+), Signature=(.+)$/.exec(header ?? '');
  if (match === null) return { keyId: '', scope: '', signedHeaders: [], signature: '' };
  const [, keyId = '', scope = '', signed = '', signature = ''] = match;
  return { keyId, scope, signedHeaders: signed.split(';'), signature };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Written a second time on purpose, from the definition, so that the agent's signer is not checked by itself. */
function stringToSign(request: IncomingMessage, body: string, auth: Authorization): string {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const headers = auth.signedHeaders.map((name) => `${name}:${String(request.headers[name])}\n`).join('');
  const sortedQuery = query.split('&').toSorted().join('&');
  const canonical = `${request.method}\n${path}\n${sortedQuery}\n${headers}\n${auth.signedHeaders.join(';')}\n${sha256(body)}`;
  return `AWS4-HMAC-SHA256\n${String(request.headers['x-amz-date'])}\n${auth.scope}\n${sha256(canonical)}`;
}
