// One control channel: a socket and what the hub must remember of it. Thousands of them idle, so an idle one is a handful of fields;
// what was sent and not acknowledged is kept only while there is any.
//
//   opening --valid opening frame--> open --closed by either side, dead, stuck or replaced--> closed
//      \--late or wrong frame-------------------------------------------------------------------^
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { NodeId, Scope } from '../ids.ts';
import type { LetterKind } from './ports.ts';

/** A job that was sent and not acknowledged. */
export interface SentJob {
  readonly jobId: string;
  readonly kind: LetterKind;
  attempts: number;
  /** Refusals that may pass. */
  refusals: number;
  /** When it may be sent again. */
  nextAtMs: number;
  /** Its acknowledgement is being written: not to be sent meanwhile. */
  acknowledging: boolean;
}

/** The handlers of all sockets are the same few functions; they find their connection here. */
export class ControlSocket extends WebSocket {
  connection: Connection | undefined;
}

export class Connection {
  readonly socket: ControlSocket;
  /** What the WebSocket writes to: held back while several answers are made, so that they leave in one write. */
  readonly stream: Duplex;
  readonly scope: Scope;
  readonly nodeId: NodeId;
  phase: 'opening' | 'open' | 'closed' = 'opening';
  readonly openedAtMs: number;
  lastHeardMs: number;
  /** Since when it does not read; 0 when it does. */
  slowSinceMs = 0;
  /** Messages that wait to be written. */
  waiting = 0;
  paused = false;
  /** The agent offered `output-stream/1`, and was told that it is understood. */
  streamsOutput = false;
  /** Bytes of output among what waits. */
  outputBytes = 0;
  /** When its mailbox must be looked at although nobody asks; Infinity: only when woken. */
  lookAtMs = Infinity;
  /** When it is looked at in any case: a wake-up between replicas may be lost. */
  checkAtMs = 0;
  sent: SentJob[] | undefined;

  constructor(socket: ControlSocket, stream: Duplex, scope: Scope, nodeId: NodeId, nowMs: number) {
    this.socket = socket;
    this.stream = stream;
    this.scope = scope;
    this.nodeId = nodeId;
    this.openedAtMs = nowMs;
    this.lastHeardMs = nowMs;
  }

  sentJob(jobId: string): SentJob | undefined {
    return this.sent?.find((job) => job.jobId === jobId);
  }

  forgetJob(jobId: string): void {
    const rest = this.sent?.filter((job) => job.jobId !== jobId);
    this.sent = rest === undefined || rest.length === 0 ? undefined : rest;
  }
}
