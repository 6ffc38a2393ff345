// Sends what steps write while they write it, to a server that understands `output-stream/1`. At most a window of bytes is on its way, streams
// take turns, and where each goes on the server says: after a new channel, or a silence, it is asked again. What a reply tells whole is not
// sent: a short step costs nothing here.
//
//   step runs ──300 ms and something written──▶ streaming ──its end──▶ its reply has all: dropped
//                                                                 └──▶ sent to the end, until the server has closed it
import { OUTPUT_PIECE_BYTES_MAX, OUTPUT_WINDOW_BYTES } from '@muster/protocol/output-stream.ts';
import type { OutputAck, OutputPiece, OutputStreamName } from '@muster/protocol/output-stream.ts';
import type { Clock, Timer } from '../machine/clock.ts';
import type { Log } from '../machine/log.ts';
import type { PendingStep, PendingSteps } from './pending-steps.ts';
import { readPiece } from './spool.ts';
import { StepStreams } from './step-streams.ts';
import type { Stream } from './step-streams.ts';

/** A step that ends before is told by its reply alone. Also how often files are looked at. */
const LOOK_MS = 300;
/** No answer for so long: the server is asked where to go on. */
const SILENT_MS = 30_000;
/** A server that takes nothing is tried again after this. */
const STALLED_MS = 5_000;
/** Steps whose output waits for the server; above it the oldest stay on this machine. */
const STEPS_MAX = 1_000;

/** Sends one frame; false when the channel cannot take it. */
export type SendOutput = (piece: OutputPiece) => boolean;

/** What a step's outcome has to say. */
export interface EndTexts {
  readonly texts: Readonly<Record<OutputStreamName, string>>;
  /** Whether the reply carries these texts as they are. */
  readonly inReply: boolean;
}

export interface StepOutput {
  /** The files of this run belong to the step. */
  follow(runDirectory: string): void;
  /** Before the reply is sent. */
  end(end: EndTexts): void;
}

export interface OutputStreams {
  begin(jobId: string, step: number, stepName: string, directory: string): StepOutput;
  /** The server understands the extension; undefined: the channel is closed. */
  connect(send: SendOutput | undefined): void;
  acknowledged(ack: OutputAck): void;
  close(): void;
}

export interface OutputStreamsOptions {
  readonly pending: PendingSteps;
  /** Jobs that go on: their steps are begun again. */
  readonly isLive: (jobId: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

export function createOutputStreams(options: OutputStreamsOptions): OutputStreams {
  return new StreamTable(options);
}

class StreamTable implements OutputStreams {
  readonly #options: OutputStreamsOptions;
  readonly #steps = new Map<string, StepStreams>();
  #send: SendOutput | undefined;
  #timer: Timer | undefined;
  /** Bytes on their way. */
  #unacknowledged = 0;
  /** Whose turn it is. */
  #turn = 0;

  constructor(options: OutputStreamsOptions) {
    this.#options = options;
    for (const pending of options.pending.load()) {
      if (pending.ended === undefined && !options.isLive(pending.jobId)) options.pending.remove(pending);
      else this.#add(pending, true);
    }
  }

  begin(jobId: string, step: number, stepName: string, directory: string): StepOutput {
    const known = this.#steps.get(keyOf(jobId, step));
    const streams = known ?? this.#add({ jobId, step, stepName, directory, ended: undefined }, false);
    this.#schedule();
    return {
      follow: (runDirectory) => streams.follow(runDirectory),
      end: (end) => this.#end(streams, end),
    };
  }

  connect(send: SendOutput | undefined): void {
    this.#send = send;
    this.#unacknowledged = 0;
    for (const step of this.#steps.values()) step.forgetPositions();
    if (send !== undefined) this.#look();
    this.#schedule();
  }

  acknowledged(ack: OutputAck): void {
    for (const step of this.#steps.values()) {
      const stream = step.jobId === ack.jobId && step.stepName === ack.stepName ? step.find(ack.stream) : undefined;
      if (stream === undefined) continue;
      const nowMs = this.#options.clock.nowMs();
      const sent = stream.inFlight.shift();
      this.#unacknowledged -= sent ?? 0;
      stream.answeredAtMs = nowMs;
      if (ack.closed) stream.closed = true;
      // Refused, or stored before: from there.
      if (ack.nextOffset > stream.sent || stream.inFlight.length === 0) {
        const stands = stream.acknowledged === ack.nextOffset && ack.nextOffset < stream.sent;
        if (stands) stream.notBeforeMs = nowMs + STALLED_MS;
        if (ack.nextOffset < stream.sent) stream.lastSent = false;
        stream.sent = ack.nextOffset;
      }
      stream.acknowledged = ack.nextOffset;
      this.#settle(step);
    }
    this.#pump();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #add(pending: PendingStep, told: boolean): StepStreams {
    const step = new StepStreams(pending, told, this.#options.clock.nowMs());
    this.#steps.set(keyOf(pending.jobId, pending.step), step);
    for (const [key, oldest] of this.#steps) {
      if (this.#steps.size <= STEPS_MAX) break;
      if (!oldest.ended) continue;
      this.#options.log.warn('the output of a step waits too long for the server and stays here', { jobId: oldest.jobId });
      this.#drop(key, oldest);
    }
    return step;
  }

  #end(step: StepStreams, end: EndTexts): void {
    step.end(end.texts, end.inReply);
    for (const bytes of step.takeDropped()) this.#unacknowledged -= bytes;
    if (step.streams.length > 0) this.#options.pending.save(step.pending());
    this.#settle(step);
    this.#pump();
    // The server must know before the reply that there is more than it tells, also where the window has no room by now.
    for (const stream of step.streams) if (stream.isUnknown()) stream.forgetPosition();
    this.#pump();
  }

  /** A step that has nothing more to tell is forgotten. */
  #settle(step: StepStreams): void {
    if (step.ended && step.streams.every((stream) => stream.closed)) this.#drop(keyOf(step.jobId, step.step), step);
  }

  #drop(key: string, step: StepStreams): void {
    for (const stream of step.streams) for (const bytes of stream.inFlight) this.#unacknowledged -= bytes;
    this.#steps.delete(key);
    this.#options.pending.remove(step);
  }

  /** What has been written since; and those that nobody answered are asked about again. */
  #look(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const step of this.#steps.values()) {
      if (!step.ended && nowMs - step.begunAtMs < LOOK_MS) continue;
      if (step.look()) this.#options.pending.save(step.pending());
      for (const stream of step.streams) {
        if (stream.inFlight.length === 0 || nowMs - stream.answeredAtMs < SILENT_MS) continue;
        for (const bytes of stream.inFlight) this.#unacknowledged -= bytes;
        stream.forgetPosition();
      }
    }
    this.#pump();
  }

  #pump(): void {
    for (;;) {
      const send = this.#send;
      const nowMs = this.#options.clock.nowMs();
      // A question takes no room.
      const isFull = this.#unacknowledged >= OUTPUT_WINDOW_BYTES;
      const turns = [...this.#steps.values()].flatMap((step) =>
        step.streams
          .filter((stream) => stream.wants(nowMs) && (!isFull || stream.acknowledged === undefined))
          .map((stream) => ({ step, stream })),
      );
      this.#turn += 1;
      const next = turns[this.#turn % Math.max(1, turns.length)];
      if (send === undefined || next === undefined) return;
      if (!this.#sendPiece(send, next.step, next.stream)) return;
    }
  }

  #sendPiece(send: SendOutput, step: StepStreams, stream: Stream): boolean {
    const room = Math.min(OUTPUT_PIECE_BYTES_MAX, OUTPUT_WINDOW_BYTES - this.#unacknowledged);
    const asks = stream.acknowledged === undefined;
    const read = asks ? undefined : readPiece(stream.spool, stream.sent, room);
    const offset = read?.offset ?? stream.sent;
    const bytes = read?.bytes ?? Buffer.alloc(0);
    // Without anything to read, this is the end, whatever was expected: a file may have gone.
    const last = !asks && step.ended && (read === undefined || offset + bytes.length >= stream.spool.end);
    const { jobId, stepName } = step;
    const gapBytes = offset - stream.sent;
    if (!asks && read === undefined && !last) {
      stream.spool = { ...stream.spool, end: stream.sent };
      return true;
    }
    if (!send({ jobId, stepName, stream: stream.name, offset, gapBytes, last, bytes })) return false;
    if (stream.inFlight.length === 0) stream.answeredAtMs = this.#options.clock.nowMs();
    stream.inFlight.push(bytes.length);
    this.#unacknowledged += bytes.length;
    if (!asks) stream.sent = offset + bytes.length;
    stream.lastSent = last;
    return true;
  }

  /** Looks while there is something to look at. */
  #schedule(): void {
    if (this.#timer !== undefined || this.#send === undefined || this.#steps.size === 0) return;
    this.#timer = this.#options.clock.setTimer(LOOK_MS, () => {
      this.#timer = undefined;
      this.#look();
      this.#schedule();
    });
  }
}

function keyOf(jobId: string, step: number): string {
  return `${jobId} ${step}`;
}
