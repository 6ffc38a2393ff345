// What the server answers on the sockets of agents, once what they sent is stored. A node that does not read its answers loses its socket.
import { encodeAgentMessage } from '@muster/protocol/agent-message.ts';
import { agentJobReplyAckText, MESSAGE_TYPE } from '@muster/protocol/channel.ts';
import { extensionsText, OUTPUT_MESSAGE_TYPE, OUTPUT_STREAM, outputAckPayload } from '@muster/protocol/output-stream.ts';
import type { OutputPiece } from '@muster/protocol/output-stream.ts';
import type { Ids } from '../ids.ts';
import type { Counter } from '../telemetry/metrics.ts';
import type { Clock } from '../time/clock.ts';
import type { Complain } from './complaints.ts';
import type { Connection } from './connection.ts';
import type { ChannelLimits } from './limits.ts';
import { SEND_OPTIONS } from './outbound.ts';
import type { OutputVerdict } from './ports.ts';

export interface AnswersOptions {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly limits: Pick<ChannelLimits, 'stuckBytes'>;
  readonly complain: Complain;
  readonly frames: Counter;
  /** Ends the socket. */
  drop(connection: Connection): void;
}

/** Labels are made once: messages are counted on the hot path. */
const COUNTED = {
  replyAck: { type: MESSAGE_TYPE.jobReplyAck, direction: 'out' },
  outputAck: { type: OUTPUT_MESSAGE_TYPE.outputAck, direction: 'out' },
} as const;

export class Answers {
  readonly #options: AnswersOptions;
  /** Held back until the answers to one batch are made. */
  readonly #corked = new Set<Connection>();

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  extensions(connection: Connection): void {
    this.#send(connection, OUTPUT_MESSAGE_TYPE.extensions, extensionsText([OUTPUT_STREAM]));
  }

  reply(connection: Connection, jobId: string, replyId: string): void {
    if (!this.#mayAnswer(connection)) return;
    this.#send(connection, MESSAGE_TYPE.jobReplyAck, agentJobReplyAckText(jobId, replyId));
    this.#options.frames.inc(COUNTED.replyAck);
  }

  output(connection: Connection, piece: OutputPiece, verdict: OutputVerdict | undefined): void {
    if (!this.#mayAnswer(connection) || !connection.streamsOutput) return;
    const { jobId, stepName, stream } = piece;
    const { nextOffset, closed } = verdict ?? { nextOffset: piece.offset, closed: true };
    this.#send(connection, OUTPUT_MESSAGE_TYPE.outputAck, outputAckPayload({ jobId, stepName, stream, nextOffset, closed }));
    this.#options.frames.inc(COUNTED.outputAck);
  }

  #mayAnswer(connection: Connection): boolean {
    if (connection.phase !== 'open') return false;
    if (connection.socket.bufferedAmount <= this.#options.limits.stuckBytes) return true;
    this.#options.complain('slow-reader', { nodeId: connection.nodeId });
    this.#options.drop(connection);
    return false;
  }

  #send(connection: Connection, messageType: string, payload: string | Buffer): void {
    const { clock, ids } = this.#options;
    this.#cork(connection);
    const frame = encodeAgentMessage({
      messageType,
      schemaVersion: 1,
      createdDate: clock.nowMs(),
      sequenceNumber: 0,
      flags: 0,
      messageId: ids.uuid(),
      payloadType: 0,
      payload,
    });
    connection.socket.send(frame, SEND_OPTIONS);
  }

  /** The answers to one batch are made in one go: a node's leave in one write, which costs more than making them. */
  #cork(connection: Connection): void {
    if (this.#corked.has(connection)) return;
    if (this.#corked.size === 0) queueMicrotask(() => this.#uncork());
    this.#corked.add(connection);
    connection.stream.cork();
  }

  #uncork(): void {
    for (const { stream } of this.#corked) stream.uncork();
    this.#corked.clear();
  }
}
