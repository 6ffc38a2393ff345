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

export function createGate(inFlightMax = IN_FLIGHT_MAX): Gate {
  const inside = { people: new Set<AbortController>(), agents: new Set<AbortController>() };
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
      const controller = new AbortController();
      if (draining) controller.abort();
      const gone = () => controller.abort();
      place.add(controller);
      response.once('close', gone);
      return {
        signal: controller.signal,
        done() {
          response.removeListener('close', gone);
          if (place.delete(controller)) addToNode(nodeId, -1);
          if (count() === 0) emptied?.();
        },
      };
    },
    async drain() {
      draining = true;
      const empty = Promise.withResolvers<void>();
      emptied = empty.resolve;
      for (const controller of [...inside.people, ...inside.agents]) controller.abort();
      if (count() === 0) return;
      await empty.promise;
    },
  };
}
