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

interface Place {
  readonly visits: Set<Visit>;
  readonly max: number;
}

/** The signal is made when it is first asked for: most calls are over before anybody could want to end them, and it is dear. */
class Visit implements Passage {
  readonly place: Place;
  readonly nodeId: string | undefined;
  readonly #response: ServerResponse;
  readonly #leave: (visit: Visit) => void;
  #aborted: boolean;
  #controller: AbortController | undefined;
  #closed: (() => void) | undefined;

  constructor(
    place: Place,
    nodeId: string | undefined,
    response: ServerResponse,
    aborted: boolean,
    leave: (visit: Visit) => void,
  ) {
    this.place = place;
    this.nodeId = nodeId;
    this.#response = response;
    this.#aborted = aborted;
    this.#leave = leave;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted || this.#response.destroyed) this.#controller.abort();
      else {
        this.#closed = () => this.abort();
        this.#response.once('close', this.#closed);
      }
    }
    return this.#controller.signal;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }

  done(): void {
    if (this.#closed !== undefined) this.#response.removeListener('close', this.#closed);
    this.#leave(this);
  }
}

export function createGate(inFlightMax = IN_FLIGHT_MAX): Gate {
  const people: Place = { visits: new Set(), max: inFlightMax };
  const agents: Place = { visits: new Set(), max: AGENTS_IN_FLIGHT_MAX };
  const byNode = new Map<string, number>();
  const addToNode = (nodeId: string | undefined, by: number): void => {
    if (nodeId === undefined) return;
    const left = (byNode.get(nodeId) ?? 0) + by;
    if (left === 0) byNode.delete(nodeId);
    else byNode.set(nodeId, left);
  };
  const count = () => people.visits.size + agents.visits.size;
  let draining = false;
  let emptied: (() => void) | undefined;
  const leave = (visit: Visit): void => {
    if (visit.place.visits.delete(visit)) addToNode(visit.nodeId, -1);
    if (count() === 0) emptied?.();
  };

  return {
    get inFlight() {
      return count();
    },
    enter(audit, response, nodeId) {
      const place = audit === 'agent-plane' ? agents : people;
      if (place.visits.size >= place.max)
        throw new ApiError('ServiceUnavailable', 'The server has too many requests in flight. Try again.');
      if (nodeId !== undefined && (byNode.get(nodeId) ?? 0) >= NODE_IN_FLIGHT_MAX)
        throw new ApiError('ThrottlingException', 'Rate exceeded');
      addToNode(nodeId, 1);
      const visit = new Visit(place, nodeId, response, draining, leave);
      place.visits.add(visit);
      return visit;
    },
    async drain() {
      draining = true;
      const empty = Promise.withResolvers<void>();
      emptied = empty.resolve;
      for (const visit of [...people.visits, ...agents.visits]) visit.abort();
      if (count() === 0) return;
      await empty.promise;
    },
  };
}
