// Which nodes this replica talks to, by account and region: their control channels, their long polls, and those whose mailbox must be
// looked at. The latest control channel of a node is its only one.
import type { NodeId, Scope } from '../ids.ts';
import type { Connection } from './connection.ts';
import type { PollingNode } from './polling-node.ts';
import type { ConnectionChannel, Presence, PresenceListener } from './ports.ts';

export class ScopeNodes {
  readonly scope: Scope;
  readonly connections = new Map<NodeId, Connection>();
  readonly polling = new Map<NodeId, PollingNode>();
  /** Nodes whose mailbox must be looked at. */
  dirty = new Set<NodeId>();

  constructor({ account, region }: Scope) {
    this.scope = { account, region };
  }
}

export class Registry implements Presence {
  readonly #scopes = new Map<string, ScopeNodes>();
  readonly #listener: PresenceListener;

  constructor(listener: PresenceListener) {
    this.#listener = listener;
  }

  of(scope: Scope): ScopeNodes {
    const key = `${scope.account}/${scope.region}`;
    const known = this.#scopes.get(key) ?? new ScopeNodes(scope);
    this.#scopes.set(key, known);
    return known;
  }

  all(): Iterable<ScopeNodes> {
    return this.#scopes.values();
  }

  get count(): number {
    let count = 0;
    for (const nodes of this.#scopes.values()) count += nodes.connections.size;
    return count;
  }

  get pollCount(): number {
    let count = 0;
    for (const nodes of this.#scopes.values()) count += nodes.polling.size;
    return count;
  }

  isConnected(scope: Scope, nodeId: NodeId): boolean {
    const nodes = this.of(scope);
    return nodes.connections.has(nodeId) || nodes.polling.has(nodeId);
  }

  /** Answers the channel that it replaces. */
  open(connection: Connection): Connection | undefined {
    const { connections } = this.of(connection.scope);
    const replaced = connections.get(connection.nodeId);
    connections.set(connection.nodeId, connection);
    if (replaced === undefined) this.#tell('opened', connection, 'ssmmessages');
    return replaced;
  }

  /** False when it had been replaced. */
  close(connection: Connection): boolean {
    const { connections } = this.of(connection.scope);
    if (connections.get(connection.nodeId) !== connection) return false;
    connections.delete(connection.nodeId);
    this.#tell('closed', connection, 'ssmmessages');
    return true;
  }

  addPolling(node: PollingNode): void {
    this.of(node.scope).polling.set(node.nodeId, node);
    this.#tell('opened', node, 'ec2messages');
  }

  removePolling(node: PollingNode): void {
    this.of(node.scope).polling.delete(node.nodeId);
    this.#tell('closed', node, 'ec2messages');
  }

  #tell(event: 'opened' | 'closed', node: { readonly scope: Scope; readonly nodeId: NodeId }, channel: ConnectionChannel): void {
    this.#listener[event](node.scope, node.nodeId, channel);
  }
}
