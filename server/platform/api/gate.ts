// Counts requests in flight and bounds them; gives each its abort signal, which fires when its client has gone or the server drains.
// Agents' calls have a place of their own: thousands of nodes wait in long polls, and must not shut people out.
import type { ServerResponse } from 'node:http';
import { ApiError } from './errors.ts';
import type { AuditClass } from './operation.ts';

/** People's and tools' calls at once. Each may hold a body of 1 MiB. */
export const IN_FLIGHT_MAX = 1_000;
/** Agents' long polls at once: one a node. */
export const AGENTS_IN_FLIGHT_MAX = 20_000;
/** Of one node: its long poll, its heartbeat, the replies of its workers (five) with their repetitions. Each may hold a body of 1 MiB. */
export const NODE_IN_FLIGHT_MAX = 32;

export interface Passage {
  readonly signal: AbortSignal;
  done(): void;
}

export interface Gate {
  readonly inFlight: number;
  /**
   * Throws ServiceUnavailable when the house is full, ThrottlingException when this node has its share. `audit` is unknown where the
   * operation stands in the body.
   */
  enter(audit: AuditClass | undefined, response: ServerResponse, nodeId: string | undefined): Passage;
  drain(): Promise<void>;
}

/** The signal is made when it is first asked for: most calls are over before anybody could want to end them, and it is dear. */
class Visit implements Passage {
  readonly #response: ServerResponse;
  readonly #leave: () => void;
  #aborted: boolean;
  #controller: AbortController | undefined;

  constructor(response: ServerResponse, aborted: boolean, leave: () => void) {
    this.#response = response;
    this.#aborted = aborted;
    this.#leave = leave;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted || this.#response.destroyed) this.#controller.abort();
      else this.#response.once('close', this.abort);
    }
    return this.#controller.signal;
  }

  readonly abort = (): void => {
    this.#aborted = true;
    this.#controller?.abort();
  };

  done(): void {
    if (this.#controller !== undefined) this.#response.removeListener('close', this.abort);
    this.#leave();
  }
}

export function createGate(inFlightMax = IN_FLIGHT_MAX): Gate {
  const inside = { people: new Set<Visit>(), agents: new Set<Visit>() };
  const byNode = new Map<string, number>();
  const addToNode = (nodeId: string | undefined, by: number): void => {
    if (nodeId === undefined) return;
    const left = (byNode.get(nodeId) ?? 0) + by;
    if (left === 0) byNode.delete(nodeId);
    else byNode.set(nodeId, left);
  };
  const count = () => inside.people.size + inside.agents.size;
  let draining = false;
  let emptied: (() => void) | undefined;

  return {
    get inFlight() {
      return count();
    },
    enter(audit, response, nodeId) {
      const agents = audit === 'agent-plane';
      const place = agents ? inside.agents : inside.people;
      if (place.size >= (agents ? AGENTS_IN_FLIGHT_MAX : inFlightMax))
        throw new ApiError('ServiceUnavailable', 'The server has too many requests in flight. Try again.');
      if (nodeId !== undefined && (byNode.get(nodeId) ?? 0) >= NODE_IN_FLIGHT_MAX)
        throw new ApiError('ThrottlingException', 'Rate exceeded');
      addToNode(nodeId, 1);
      const visit = new Visit(response, draining, () => {
        if (place.delete(visit)) addToNode(nodeId, -1);
        if (count() === 0) emptied?.();
      });
      place.add(visit);
      return visit;
    },
    async drain() {
      draining = true;
      const empty = Promise.withResolvers<void>();
      emptied = empty.resolve;
      for (const visit of [...inside.people, ...inside.agents]) visit.abort();
      if (count() === 0) return;
      await empty.promise;
    },
  };
}
