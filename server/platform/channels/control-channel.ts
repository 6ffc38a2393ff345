// What happens on the sockets: the opening frame with its token, then binary messages. Every handler is one function shared by all
// sockets. Agents are strangers: whatever they send, the worst that happens is that their own socket is closed.
import { decodeAgentMessage, ProtocolError } from '@muster/protocol/agent-message.ts';
import type { AgentMessage } from '@muster/protocol/agent-message.ts';
import { MESSAGE_TYPE, parseAgentJobAck, parseAgentJobReply, parseAgentReply, parseJobId } from '@muster/protocol/channel.ts';
import { OUTPUT_MESSAGE_TYPE, OUTPUT_STREAM, OUTPUT_WINDOW_BYTES, parseOutputPiece } from '@muster/protocol/output-stream.ts';
import type { OutputPiece } from '@muster/protocol/output-stream.ts';
import type { Ids, NodeId, Scope } from '../ids.ts';
import type { Counter, Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import type { Alarms } from './alarms.ts';
import { Answers } from './answers.ts';
import type { Complain, Complaint } from './complaints.ts';
import type { Connection } from './connection.ts';
import { verdictOf } from './inbound.ts';
import type { Arrived, Inbound, Sender } from './inbound.ts';
import type { ChannelLimits } from './limits.ts';
import { resendAfterMs } from './outbound.ts';
import type { Outbound } from './outbound.ts';
import type { PollingNode } from './polling-node.ts';
import type { Registry } from './registry.ts';
import { takeOpening } from './opening.ts';
import type { ChannelTokens } from './tokens.ts';

/** WebSocket close codes (RFC 6455, 7.4.1). */
export const CLOSE = { goingAway: 1001, protocolError: 1002, policyViolation: 1008 } as const;

export interface ControlChannelOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly metrics: Metrics;
  readonly limits: ChannelLimits;
  readonly registry: Registry;
  readonly tokens: ChannelTokens;
  readonly inbound: Inbound;
  readonly outbound: Outbound;
  readonly alarms: Alarms<Connection | PollingNode>;
  readonly complain: Complain;
}

/** Labels are made once: messages are counted on the hot path. */
const COUNTED = {
  ack: { type: MESSAGE_TYPE.jobAck, direction: 'in' },
  reply: { type: MESSAGE_TYPE.jobReply, direction: 'in' },
  output: { type: OUTPUT_MESSAGE_TYPE.output, direction: 'in' },
  other: { type: 'other', direction: 'in' },
} as const;

export class ControlChannel implements Sender {
  readonly #options: ControlChannelOptions;
  readonly #frames: Counter;
  readonly #answers: Answers;
  readonly #paused = new Set<Connection>();
  #opening = 0;

  constructor(options: ControlChannelOptions) {
    this.#options = options;
    this.#frames = options.metrics.counter('muster_channels_frames_total', 'Messages on control channels.');
    this.#answers = new Answers({ ...options, frames: this.#frames, drop: (connection) => this.#terminate(connection) });
  }

  /** Connections that have not shown their token yet. */
  get opening(): number {
    return this.#opening;
  }

  accepted(connection: Connection): void {
    this.#opening++;
    this.#options.alarms.atLatest(connection, connection.openedAtMs + this.#options.limits.openingMs);
  }

  received(connection: Connection, data: Buffer, isBinary: boolean): void {
    connection.lastHeardMs = this.#options.clock.nowMs();
    if (connection.phase === 'opening') {
      this.#open(connection, data, isBinary);
      return;
    }
    if (connection.phase === 'closed') return;
    if (!isBinary) {
      this.#refuse(connection, 'text-frame', CLOSE.policyViolation, 'A text frame came after the opening one.');
      return;
    }
    try {
      this.#message(connection, decodeAgentMessage(data));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#refuse(connection, 'bad-frame', CLOSE.protocolError, error.message);
    }
  }

  closed(connection: Connection): void {
    const { alarms, outbound, registry } = this.#options;
    if (connection.phase === 'closed') return;
    if (connection.phase === 'opening') this.#opening--;
    connection.phase = 'closed';
    connection.sent = undefined;
    alarms.clear(connection);
    this.#paused.delete(connection);
    registry.close(connection);
    // A long poll that waits may now be given what was meant for the channel.
    const polling = registry.of(connection.scope).polling.get(connection.nodeId);
    if (polling !== undefined) outbound.wakeNode(polling);
  }

  /** Looks what is due on this connection. */
  ring(connection: Connection, nowMs: number): void {
    const { alarms, limits, outbound } = this.#options;
    const nodeId = connection.nodeId;
    if (connection.phase === 'opening') {
      this.#options.complain('opening-too-late', { nodeId });
      this.#terminate(connection);
      return;
    }
    if (connection.phase === 'closed') return;
    const deadAtMs = connection.lastHeardMs + limits.deadAfterMs;
    if (nowMs >= deadAtMs) {
      this.#options.complain('silent', { nodeId });
      this.#terminate(connection);
      return;
    }
    const reads = this.#reads(connection, nowMs);
    if (reads === 'stuck') return;
    const resend = connection.sent?.some((job) => !job.acknowledging && job.nextAtMs <= nowMs) ?? false;
    if (resend || reads === 'again' || connection.lookAtMs <= nowMs || connection.checkAtMs <= nowMs) {
      connection.lookAtMs = Infinity;
      connection.checkAtMs = nowMs + limits.deadAfterMs;
      outbound.wakeNode(connection);
    }
    let nextMs = Math.min(deadAtMs, connection.checkAtMs, connection.lookAtMs);
    if (connection.slowSinceMs > 0) nextMs = Math.min(nextMs, nowMs + resendAfterMs(1));
    for (const job of connection.sent ?? []) if (job.nextAtMs > nowMs) nextMs = Math.min(nextMs, job.nextAtMs);
    alarms.atLatest(connection, nextMs);
  }

  /** Reads on where reading was stopped because too much was waiting. */
  resume(): void {
    for (const connection of this.#paused) this.#resume(connection);
  }

  disconnect(scope: Scope, nodeId: NodeId): void {
    const connection = this.#options.registry.of(scope).connections.get(nodeId);
    if (connection !== undefined) this.#terminate(connection);
  }

  pauseAll(): void {
    for (const { connections } of this.#options.registry.all()) for (const { socket } of connections.values()) socket.pause();
  }

  closeAll(code: number): void {
    for (const { connections } of this.#options.registry.all())
      for (const connection of connections.values()) {
        connection.socket.close(code);
        this.#terminate(connection);
      }
  }

  stored(item: Arrived): void {
    const connection = this.#done(item);
    if (connection === undefined) return;
    if (item.ack !== undefined || item.impliesAck) connection.forgetJob(item.jobId);
    if (item.reply !== undefined) this.#answers.reply(connection, item.jobId, item.reply.replyId);
    if (item.output !== undefined) this.#answers.output(connection, item.output, item.verdict);
  }

  failed(item: Arrived): void {
    const sent = this.#done(item)?.sentJob(item.jobId);
    if (sent !== undefined) sent.acknowledging = false;
  }

  #open(connection: Connection, data: Buffer, isBinary: boolean): void {
    const { alarms, clock, limits, outbound, registry, tokens } = this.#options;
    const opened = isBinary ? 'The opening frame is not text.' : takeOpening(connection, data, tokens);
    if (typeof opened === 'string') {
      this.#refuse(connection, 'bad-opening', CLOSE.policyViolation, opened);
      return;
    }
    connection.streamsOutput = opened.extensions.includes(OUTPUT_STREAM);
    this.#opening--;
    connection.phase = 'open';
    const replaced = registry.open(connection);
    if (replaced !== undefined) this.#terminate(replaced);
    connection.checkAtMs = clock.nowMs() + limits.deadAfterMs;
    alarms.clear(connection);
    alarms.atLatest(connection, connection.checkAtMs);
    // Only those that offer something hear of it: the stock agent gets what it knows.
    if (connection.streamsOutput) this.#answers.extensions(connection);
    outbound.wakeNode(connection);
  }

  #message(connection: Connection, message: AgentMessage): void {
    try {
      if (message.messageType === MESSAGE_TYPE.jobAck) this.#ack(connection, message);
      else if (message.messageType === MESSAGE_TYPE.jobReply) this.#reply(connection, message);
      else if (message.messageType === OUTPUT_MESSAGE_TYPE.output) this.#output(connection, message);
      // Telemetry, sessions' completions and whatever later agents invent.
      else this.#frames.inc(COUNTED.other);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.complain('bad-payload', { nodeId: connection.nodeId, type: message.messageType, problem: error.message });
    }
  }

  #ack(connection: Connection, message: AgentMessage): void {
    this.#frames.inc(COUNTED.ack);
    const { jobId, statusCode, errorMessage } = parseAgentJobAck(message.payload);
    if (!this.#isOwn(connection, jobId)) return;
    const { clock, limits } = this.#options;
    const sent = connection.sentJob(jobId);
    const verdict = verdictOf(statusCode, sent?.refusals ?? 0, limits);
    if (verdict === 'retry') {
      // Not sent on this connection: the next look at the mailbox sends it anyhow.
      if (sent === undefined || sent.acknowledging) return;
      sent.refusals++;
      sent.nextAtMs = clock.nowMs() + resendAfterMs(sent.refusals + 1);
      this.#options.alarms.atLatest(connection, sent.nextAtMs);
      return;
    }
    if (sent !== undefined) sent.acknowledging = true;
    this.#push(connection, message, { jobId, ack: { verdict, statusCode, errorMessage }, impliesAck: false });
  }

  #reply(connection: Connection, message: AgentMessage): void {
    this.#frames.inc(COUNTED.reply);
    const { jobId, topic, content } = parseAgentJobReply(message.payload);
    if (!this.#isOwn(connection, jobId)) return;
    const replyId = message.messageId;
    try {
      const sent = connection.sentJob(jobId);
      const impliesAck = sent !== undefined && !sent.acknowledging;
      this.#push(connection, message, { jobId, reply: { replyId, topic, content: parseAgentReply(content) }, impliesAck });
      if (impliesAck) sent.acknowledging = true;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // It will never be better: an agent without an answer would repeat it for two hours.
      this.#options.complain('bad-payload', { nodeId: connection.nodeId, type: message.messageType, problem: error.message });
      this.#answers.reply(connection, jobId, replyId);
    }
  }

  /** Only an agent of ours sends it, so there is no stock behaviour to bear with: what is wrong costs it its socket. */
  #output(connection: Connection, message: AgentMessage): void {
    this.#frames.inc(COUNTED.output);
    const refuse = (problem: string): void => this.#refuse(connection, 'bad-output', CLOSE.protocolError, problem);
    if (!connection.streamsOutput) return refuse('Output came without the extension.');
    let piece: OutputPiece;
    try {
      piece = parseOutputPiece(message.payload);
    } catch (error) {
      if (error instanceof ProtocolError) return refuse(error.message);
      throw error;
    }
    if (!this.#isOwn(connection, piece.jobId)) return refuse('Output of another node.');
    if (connection.outputBytes + piece.bytes.length > OUTPUT_WINDOW_BYTES) return refuse('More output than the window allows.');
    connection.outputBytes += piece.bytes.length;
    this.#push(connection, message, { jobId: piece.jobId, output: piece, impliesAck: false });
  }

  #isOwn(connection: Connection, jobId: string): boolean {
    if (parseJobId(jobId)?.nodeId === connection.nodeId) return true;
    this.#options.complain('foreign-node', { nodeId: connection.nodeId, jobId });
    return false;
  }

  #push(
    connection: Connection,
    message: AgentMessage,
    what: Pick<Arrived, 'jobId' | 'ack' | 'reply' | 'output' | 'impliesAck'>,
  ): void {
    const { clock, inbound, limits } = this.#options;
    inbound.push({
      scope: connection.scope,
      nodeId: connection.nodeId,
      sender: this,
      bytes: message.payload.length,
      receivedAtMs: clock.nowMs(),
      ...what,
    });
    connection.waiting++;
    if (connection.paused || (connection.waiting < limits.inboundPerNodeMax && !inbound.full)) return;
    connection.paused = true;
    this.#paused.add(connection);
    connection.socket.pause();
  }

  /** The connection that gets the answer: the node's present one, which need not be the one that asked. */
  #done(item: Arrived): Connection | undefined {
    const connection = this.#options.registry.of(item.scope).connections.get(item.nodeId);
    if (connection === undefined) return undefined;
    connection.waiting = Math.max(0, connection.waiting - 1);
    connection.outputBytes = Math.max(0, connection.outputBytes - (item.output?.bytes.length ?? 0));
    if (connection.paused) this.#resume(connection);
    return connection;
  }

  #resume(connection: Connection): void {
    const { inbound, limits } = this.#options;
    if (connection.waiting >= limits.inboundPerNodeMax / 2 || inbound.full) return;
    connection.paused = false;
    this.#paused.delete(connection);
    connection.socket.resume();
  }

  /** Whether a connection that did not read its jobs reads again. */
  #reads(connection: Connection, nowMs: number): 'yes' | 'again' | 'no' | 'stuck' {
    const { limits } = this.#options;
    if (connection.slowSinceMs === 0) return 'yes';
    const { bufferedAmount } = connection.socket;
    if (bufferedAmount <= limits.slowBytes) {
      connection.slowSinceMs = 0;
      return 'again';
    }
    if (bufferedAmount <= limits.stuckBytes && nowMs - connection.slowSinceMs < limits.slowMs) return 'no';
    this.#options.complain('slow-reader', { nodeId: connection.nodeId });
    this.#terminate(connection);
    return 'stuck';
  }

  #refuse(connection: Connection, complaint: Complaint, code: number, problem: string): void {
    this.#options.complain(complaint, { nodeId: connection.nodeId, problem });
    connection.socket.close(code, problem.slice(0, 120));
    this.#terminate(connection);
  }

  /** Agents take a socket that just ends for what it is. */
  #terminate(connection: Connection): void {
    this.closed(connection);
    connection.socket.terminate();
  }
}
