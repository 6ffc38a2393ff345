// One simulated node: behaves on the control channel as the stock agent does (acknowledges, de-duplicates by job id, reports in three replies,
// keeps each reply until it is acknowledged, sends it again after a reconnect), but runs nothing: a script decides what a job's
// end is and when. Counts how often each job was started, so that a test can prove that nothing ran twice.
import { randomUUID } from 'node:crypto';
import { decodeAgentMessage, encodeAgentMessage } from '@muster/protocol/agent-message.ts';
import {
  OUTPUT_MESSAGE_TYPE,
  OUTPUT_STREAM,
  outputPiecePayload,
  parseExtensions,
  parseOutputAck,
} from '@muster/protocol/output-stream.ts';
import type { OutputAck, OutputPiece } from '@muster/protocol/output-stream.ts';
import type { Clock, Timer } from '@muster/server/platform/time/clock.ts';

export interface Outcome {
  readonly status: 'Success' | 'Failed' | 'TimedOut';
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** How long the job takes. */
  readonly delayMs: number;
}

export interface ReceivedJob {
  readonly nodeId: string;
  readonly jobId: string;
  readonly documentName: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Everything, as it came. */
  readonly content: string;
}

/** `silent`: the job is acknowledged and never heard of again. */
export type Script = (job: ReceivedJob) => Outcome | 'silent';

export const SUCCEED: Outcome = { status: 'Success', code: 0, stdout: 'ok\n', stderr: '', delayMs: 0 };

export interface SimulatedNodeOptions {
  readonly nodeId: string;
  readonly clock: Clock;
  readonly script: Script;
  readonly uuid?: () => string;
  /** It offers `output-stream/1`: a test sends pieces with `stream`. */
  readonly streams?: boolean;
  /** How long a job id is remembered, as the stock agent's 30 minutes. Default: for ever. */
  readonly memoryMs?: number;
}

interface Running {
  readonly timer: Timer | undefined;
  readonly plugin: string;
}

export class SimulatedNode {
  readonly nodeId: string;
  /** Job id -> how often it was started. */
  readonly starts = new Map<string, number>();
  /** Jobs that came again although the server had told that a report of them is stored: it must have known that they had arrived. */
  readonly sentAgain: string[] = [];
  /** Jobs of which the server told so. */
  readonly #stored = new Set<string>();
  /** Message id of an unacknowledged reply -> its job. */
  readonly #repliesOf = new Map<string, string>();
  /** Job id -> until when it is known. */
  readonly #known = new Map<string, number>();
  readonly #memoryMs: number;
  /** Message id -> frame: replies that the server has not acknowledged. */
  readonly #unacknowledged = new Map<string, Buffer>();
  readonly #running = new Map<string, Running>();
  readonly extensions: readonly string[];
  /** The server said that it understands them. */
  understood = false;
  readonly outputAcks: OutputAck[] = [];
  readonly #clock: Clock;
  readonly #uuid: () => string;
  script: Script;
  #send: ((frame: Buffer) => void) | undefined;

  constructor(options: SimulatedNodeOptions) {
    this.nodeId = options.nodeId;
    this.script = options.script;
    this.extensions = options.streams === true ? [OUTPUT_STREAM] : [];
    this.#clock = options.clock;
    this.#uuid = options.uuid ?? randomUUID;
    this.#memoryMs = options.memoryMs ?? Number.POSITIVE_INFINITY;
  }

  get unacknowledged(): number {
    return this.#unacknowledged.size;
  }

  connected(send: (frame: Buffer) => void): void {
    this.#send = send;
    for (const frame of this.#unacknowledged.values()) send(frame);
  }

  disconnected(): void {
    this.#send = undefined;
    this.understood = false;
  }

  /** One piece of a step's output. */
  stream(piece: Partial<OutputPiece> & Pick<OutputPiece, 'jobId' | 'stepName'>): void {
    const whole: OutputPiece = { stream: 'stdout', offset: 0, gapBytes: 0, last: false, bytes: Buffer.alloc(0), ...piece };
    this.#send?.(this.#frame(OUTPUT_MESSAGE_TYPE.output, this.#uuid(), outputPiecePayload(whole)));
  }

  receive(bytes: Buffer): void {
    const message = decodeAgentMessage(bytes);
    if (message.messageType === OUTPUT_MESSAGE_TYPE.outputAck) {
      this.outputAcks.push(parseOutputAck(message.payload));
      return;
    }
    if (message.messageType === OUTPUT_MESSAGE_TYPE.extensions) {
      this.understood = parseExtensions(message.payload).includes(OUTPUT_STREAM);
      return;
    }
    const payload = JSON.parse(message.payload.toString('utf8')) as Record<string, string>;
    if (message.messageType === 'agent_job_reply_ack') this.#replyStored(payload['acknowledgedMessageId'] ?? '');
    if (message.messageType === 'agent_job') this.#job(message.messageId, payload);
  }

  #replyStored(messageId: string): void {
    this.#unacknowledged.delete(messageId);
    const jobId = this.#repliesOf.get(messageId);
    if (jobId !== undefined) this.#stored.add(jobId);
    this.#repliesOf.delete(messageId);
  }

  #job(messageId: string, payload: Readonly<Record<string, string>>): void {
    const jobId = payload['JobId'] ?? '';
    if (this.#stored.has(jobId)) this.sentAgain.push(jobId);
    if ((payload['Topic'] ?? '').startsWith('aws.ssm.cancelCommand')) {
      this.#acknowledge(messageId, jobId, '200', 'Successful');
      this.#reply(jobId, 'aws.ssm.cancelCommand', report('InProgress', null, null));
      this.#cancel((JSON.parse(payload['Content'] ?? '{}') as { CancelMessageId: string }).CancelMessageId);
      return;
    }
    if ((this.#known.get(jobId) ?? 0) > this.#clock.nowMs())
      return this.#acknowledge(messageId, jobId, '51405', 'DuplicateCommand');
    this.#known.set(jobId, this.#clock.nowMs() + this.#memoryMs);
    this.starts.set(jobId, (this.starts.get(jobId) ?? 0) + 1);
    this.#acknowledge(messageId, jobId, '200', 'Successful');
    this.#reply(jobId, TOPIC, report('InProgress', null, null));
    const content = JSON.parse(payload['Content'] ?? '{}') as {
      DocumentName: string;
      Parameters: Record<string, unknown>;
      DocumentContent: DocumentContent;
    };
    const outcome = this.script({
      nodeId: this.nodeId,
      jobId,
      documentName: content.DocumentName,
      parameters: content.Parameters,
      content: payload['Content'] ?? '{}',
    });
    const plugin = firstStepName(content.DocumentContent);
    if (outcome === 'silent') {
      this.#running.set(jobId, { timer: undefined, plugin });
      return;
    }
    const finish = () => {
      this.#running.delete(jobId);
      this.#end(jobId, plugin, outcome);
    };
    if (outcome.delayMs === 0) finish();
    else this.#running.set(jobId, { timer: this.#clock.setTimer(outcome.delayMs, finish), plugin });
  }

  #cancel(jobId: string): void {
    const running = this.#running.get(jobId);
    if (running === undefined) return;
    running.timer?.cancel();
    this.#running.delete(jobId);
    this.#end(jobId, running.plugin, { status: 'Cancelled', code: 137, stdout: '', stderr: '' });
  }

  #end(jobId: string, plugin: string, outcome: { status: string; code: number; stdout: string; stderr: string }): void {
    const at = this.#clock.now().toISOString();
    const runtimeStatus = {
      [plugin]: {
        status: outcome.status,
        code: outcome.code,
        name: 'aws:runShellScript',
        output: outcome.stdout.slice(0, OUTPUT_LENGTH_MAX),
        startDateTime: at,
        endDateTime: at,
        outputS3BucketName: '',
        outputS3KeyPrefix: '',
        stepName: '',
        standardOutput: outcome.stdout,
        standardError: outcome.stderr,
      },
    };
    const counts = { [outcome.status]: 1 };
    this.#reply(jobId, TOPIC, report('InProgress', counts, runtimeStatus));
    this.#reply(jobId, TOPIC, report(outcome.status, counts, runtimeStatus));
  }

  #acknowledge(acknowledgedMessageId: string, jobId: string, statusCode: string, errorMessage: string): void {
    const payload = { jobId, acknowledgedMessageId, createdDate: this.#clock.now().toISOString(), statusCode, errorMessage };
    this.#send?.(this.#frame('agent_job_ack', this.#uuid(), JSON.stringify(payload)));
  }

  #reply(jobId: string, topic: string, content: string): void {
    const messageId = this.#uuid();
    const frame = this.#frame('agent_job_reply', messageId, JSON.stringify({ schemaVersion: 1, jobId, content, topic }));
    this.#unacknowledged.set(messageId, frame);
    this.#repliesOf.set(messageId, jobId);
    this.#send?.(frame);
  }

  #frame(messageType: string, messageId: string, payload: string | Buffer): Buffer {
    return encodeAgentMessage({
      messageType,
      schemaVersion: 1,
      createdDate: this.#clock.nowMs(),
      sequenceNumber: 0,
      flags: 0,
      messageId,
      payloadType: 0,
      payload,
    });
  }
}

const TOPIC = 'aws.ssm.sendCommand';
/** As the stock agent cuts it. */
const OUTPUT_LENGTH_MAX = 2_500;

interface DocumentContent {
  readonly mainSteps?: readonly { readonly name: string }[];
  readonly runtimeConfig?: Readonly<Record<string, unknown>>;
}

function firstStepName(content: DocumentContent): string {
  return content.mainSteps?.[0]?.name ?? Object.keys(content.runtimeConfig ?? {})[0] ?? 'aws:runShellScript';
}

function report(
  documentStatus: string,
  runtimeStatusCounts: Readonly<Record<string, number>> | null,
  runtimeStatus: unknown,
): string {
  return JSON.stringify({
    additionalInfo: {
      agent: { lang: 'en-US', name: 'amazon-ssm-agent', os: '', osver: '1', ver: '3.3.0.0' },
      dateTime: '2026-11-20T15:36:07.444Z',
      runId: '',
      runtimeStatusCounts,
    },
    documentStatus,
    documentTraceOutput: '',
    runtimeStatus,
  });
}
