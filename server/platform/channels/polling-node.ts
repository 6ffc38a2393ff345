// A node that asks for its messages by long poll: the fallback of agents whose WebSocket does not work, and of old ones.
import type { NodeId, Scope } from '../ids.ts';
import type { Letter, RenderedJob } from './ports.ts';

export interface PolledJob {
  readonly letter: Letter;
  readonly job: RenderedJob;
}

export interface Poll {
  readonly endsAtMs: number;
  readonly visibilityMs: number;
  readonly finish: (jobs: readonly PolledJob[]) => void;
}

export class PollingNode {
  readonly scope: Scope;
  readonly nodeId: NodeId;
  /** The one poll that is held. */
  poll: Poll | undefined;
  /** When the last poll ended. */
  lastPollMs: number;
  /** Jobs that were handed out, until when they are not handed out again. */
  handedOut: Map<string, number> | undefined;
  /** When its mailbox must be looked at although nobody asks. */
  lookAtMs = Infinity;

  constructor(scope: Scope, nodeId: NodeId, nowMs: number) {
    this.scope = scope;
    this.nodeId = nodeId;
    this.lastPollMs = nowMs;
  }

  isHandedOut(jobId: string, nowMs: number): boolean {
    const until = this.handedOut?.get(jobId);
    return until !== undefined && until > nowMs;
  }

  /** The next moment at which a job may be handed out again. */
  nextVisibleMs(nowMs: number): number {
    let next = Infinity;
    for (const until of this.handedOut?.values() ?? []) if (until > nowMs) next = Math.min(next, until);
    return next;
  }
}
