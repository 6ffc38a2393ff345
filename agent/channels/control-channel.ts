// The control channel: CreateControlChannel (201, XML), then a WebSocket that carries jobs down and acknowledgements and replies up. Kept open for
// ever: the channel that is lost comes back after a moment, and after longer and longer ones while that fails.
import { decodeAgentMessage, encodeAgentMessage } from '@muster/protocol/agent-message.ts';
import {
  agentJobAckText,
  agentJobReplyText,
  FRAME_BYTES_MAX,
  MESSAGE_TYPE,
  openControlChannelText,
  parseAgentJobReplyAck,
  ProtocolError,
} from '@muster/protocol/channel.ts';
import {
  OUTPUT_MESSAGE_TYPE,
  OUTPUT_STREAM,
  outputPiecePayload,
  parseExtensions,
  parseOutputAck,
} from '@muster/protocol/output-stream.ts';
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { Endpoint } from '../access/endpoint.ts';
import type { HttpClient } from '../access/http-client.ts';
import { signV4 } from '../access/sign-v4.ts';
import { USER_AGENT } from '../access/ssm-client.ts';
import type { CredentialSource, RoleCredentials } from '../identity/role-credentials.ts';
import type { JobAcknowledgement } from '../jobs/jobs.ts';
import { pause } from '../machine/clock.ts';
import type { Clock, Timer } from '../machine/clock.ts';
import type { MachineFacts } from '../machine/facts.ts';
import type { Ids } from '../machine/ids.ts';
import { describeError } from '../machine/log.ts';
import type { Log } from '../machine/log.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { OutputStreams } from '../output-stream/output-streams.ts';
import { AGENT_VERSION } from '../version.ts';
import { planReconnect } from './reconnect.ts';

/** As the stock agent, whose server side is tuned to it. */
const PING_MS = 54_000;
const FIRST_READ_MS = 114_000;
const READ_AFTER_PONG_MS = 60_000;
const HANDSHAKE_MS = 15_000;
/** Jobs are below the frame limit of the protocol; a server that sends more is not one. */
const INCOMING_BYTES_MAX = 2 * FRAME_BYTES_MAX;
/** A channel that does not take this much is as good as dead; replies stay in the outbox. */
const UNSENT_BYTES_MAX = 8 * 1024 * 1024;

export interface ControlChannel {
  readonly isOpen: boolean;
  acknowledge(ack: JobAcknowledgement): void;
}

export interface ControlChannelOptions {
  readonly endpoint: Endpoint;
  readonly region: string;
  readonly instanceId: string;
  readonly http: HttpClient;
  readonly credentials: CredentialSource;
  readonly outbox: Outbox;
  readonly output: OutputStreams;
  readonly facts: MachineFacts;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly signal: AbortSignal;
  receiveJob(payload: Buffer, messageId: string): void;
}

/** Starts the loop that keeps the channel; it ends with `signal`. */
export function keepControlChannel(options: ControlChannelOptions): ControlChannel {
  const { clock, ids, log, signal } = options;
  let socket: WebSocket | undefined;
  const loop = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted;) {
      let openedAtMs: number | undefined;
      try {
        await openChannel(options, (opened) => {
          openedAtMs = clock.nowMs();
          socket = opened;
          log.info('control channel is open');
          options.outbox.connect((reply) =>
            send(opened, options, MESSAGE_TYPE.jobReply, reply.messageId, agentJobReplyText(reply)),
          );
        });
        log.info('control channel is closed');
      } catch (error) {
        if (!signal.aborted) log.warn('control channel failed', { cause: describeError(error) });
      }
      socket = undefined;
      options.outbox.connect(undefined);
      options.output.connect(undefined);
      const openMs = openedAtMs === undefined ? undefined : clock.nowMs() - openedAtMs;
      const plan = planReconnect(openMs, failures, ids);
      failures = plan.failures;
      await pause(clock, plan.delayMs, signal);
    }
  };
  void loop();
  return {
    get isOpen() {
      return socket !== undefined;
    },
    acknowledge(ack) {
      if (socket === undefined) return;
      const payload = agentJobAckText({ ...ack, createdDate: clock.now().toISOString() });
      send(socket, options, MESSAGE_TYPE.jobAck, ids.uuid(), payload);
    },
  };
}

function send(
  socket: WebSocket,
  options: ControlChannelOptions,
  messageType: string,
  messageId: string,
  payload: string | Buffer,
): boolean {
  if (socket.readyState !== WebSocket.OPEN || socket.bufferedAmount > UNSENT_BYTES_MAX) return false;
  const createdDate = options.clock.nowMs();
  const frame = encodeAgentMessage({
    messageType,
    schemaVersion: 1,
    createdDate,
    sequenceNumber: 0,
    flags: 0,
    messageId,
    payloadType: 0,
    payload,
  });
  socket.send(frame);
  return true;
}

/** Resolves when the channel that was open has closed; rejects when it could not be opened. */
async function openChannel(options: ControlChannelOptions, opened: (socket: WebSocket) => void): Promise<void> {
  const credentials = await options.credentials.get();
  const token = await createControlChannel(options, credentials);
  const { endpoint, region, instanceId, clock, ids, signal } = options;
  const path = `/v1/control-channel/${instanceId}`;
  const query = [
    ['role', 'subscribe'],
    ['stream', 'input'],
  ] as const;
  const request = { method: 'GET', path, query, headers: { host: endpoint.host }, body: '' };
  const headers = signV4(request, { region, service: 'ssmmessages', now: clock.now() }, credentials);
  const scheme = endpoint.secure ? 'wss' : 'ws';
  const socket = new WebSocket(`${scheme}://${endpoint.host}${path}?role=subscribe&stream=input`, {
    headers: { ...headers, 'user-agent': USER_AGENT },
    handshakeTimeout: HANDSHAKE_MS,
    perMessageDeflate: false,
    maxPayload: INCOMING_BYTES_MAX,
    ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
  });
  const stop = (): void => socket.terminate();
  signal.addEventListener('abort', stop, { once: true });
  const keepAlive = startKeepAlive(socket, clock);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => resolve());
      socket.once('open', () => {
        const platformType = { Linux: 'linux', MacOS: 'darwin', Windows: 'windows' }[options.facts.platformType];
        const open = {
          requestId: ids.uuid(),
          tokenValue: token,
          agentVersion: AGENT_VERSION,
          platformType,
          extensions: [OUTPUT_STREAM],
        };
        socket.send(openControlChannelText(open));
        opened(socket);
      });
      socket.on('message', (data, isBinary) => {
        if (isBinary) receive(data, socket, options);
      });
    });
  } finally {
    keepAlive();
    signal.removeEventListener('abort', stop);
    socket.on('error', () => undefined);
    socket.terminate();
  }
}

async function createControlChannel(options: ControlChannelOptions, credentials: RoleCredentials): Promise<string> {
  const { endpoint, region, instanceId, http, clock, ids } = options;
  const path = `/v1/control-channel/${instanceId}`;
  const body = JSON.stringify({ MessageSchemaVersion: '1.0', RequestId: ids.uuid() });
  const request = { method: 'POST', path, headers: { 'content-type': 'application/json', host: endpoint.host }, body };
  const headers = signV4(request, { region, service: 'ssmmessages', now: clock.now() }, credentials);
  const answer = await http.post({ path, headers: { ...headers, 'user-agent': USER_AGENT }, body });
  if (answer.status === 401 || answer.status === 403 || /Expired|UnrecognizedClient|InvalidClientTokenId/.test(answer.body)) {
    options.credentials.refused();
  }
  const token = /<TokenValue>([^<]+)<\/TokenValue>/.exec(answer.body)?.[1];
  if (answer.status === 201 && token !== undefined) return unescapeXml(token);
  // A token must not get into the log, however the answer was wrong.
  const shown = token === undefined ? answer.body.slice(0, 500) : 'with a token';
  throw new Error(`CreateControlChannel was answered with HTTP ${answer.status}: ${shown}`);
}

function unescapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replaceAll(/&(amp|lt|gt|quot|apos);/g, (_whole, name: string) => entities[name] ?? '');
}

/** Pings, and ends the channel when no pong came in time: a dead network closes no socket. */
function startKeepAlive(socket: WebSocket, clock: Clock): () => void {
  let ping: Timer;
  let deadline: Timer;
  const readWithin = (delayMs: number): void => {
    deadline = clock.setTimer(delayMs, () => socket.terminate());
  };
  const schedulePing = (): void => {
    ping = clock.setTimer(PING_MS, () => {
      if (socket.readyState === WebSocket.OPEN) socket.ping('keepalive');
      schedulePing();
    });
  };
  schedulePing();
  readWithin(FIRST_READ_MS);
  socket.on('pong', () => {
    deadline.cancel();
    readWithin(READ_AFTER_PONG_MS);
  });
  return () => {
    ping.cancel();
    deadline.cancel();
  };
}

/** Types that are not known are dropped, as by the stock agent. */
function receive(data: RawData, socket: WebSocket, options: ControlChannelOptions): void {
  try {
    const message = decodeAgentMessage(Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer));
    if (message.messageType === MESSAGE_TYPE.job) options.receiveJob(message.payload, message.messageId);
    if (message.messageType === MESSAGE_TYPE.jobReplyAck) {
      options.outbox.acknowledged(parseAgentJobReplyAck(message.payload).acknowledgedMessageId);
    }
    if (message.messageType === OUTPUT_MESSAGE_TYPE.outputAck) options.output.acknowledged(parseOutputAck(message.payload));
    if (message.messageType === OUTPUT_MESSAGE_TYPE.extensions && parseExtensions(message.payload).includes(OUTPUT_STREAM)) {
      options.output.connect((piece) =>
        send(socket, options, OUTPUT_MESSAGE_TYPE.output, options.ids.uuid(), outputPiecePayload(piece)),
      );
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    options.log.warn('a message cannot be read', { cause: describeError(error) });
  }
}
