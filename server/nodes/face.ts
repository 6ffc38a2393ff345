// What higher domains may ask the nodes domain; index.ts re-exports it with the implementation.
import type { NodeId, Scope } from '../platform/ids.ts';
import type { ReadTx } from '../platform/store/database.ts';
import type { NodeFacts, PingStatus } from './node.ts';

/** A `Targets` entry as SendCommand takes it. */
export interface NodeTarget {
  readonly Key?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

/** How a node stands to one entry of `Targets`, for explaining. */
export interface TargetStanding {
  readonly key: string;
  readonly values: readonly string[];
  readonly matches: boolean;
  /** What the node has where it does not match: its value of the tag. Undefined: nothing, or the key has no value of a node's. */
  readonly has: string | undefined;
}

export interface NodeStanding {
  readonly node: NodeFacts;
  readonly registeredAt: Date;
  readonly pingStatus: PingStatus;
  readonly lastPingAt: Date | undefined;
  /** In the order of the targets. `resource-groups:ResourceTypeFilters` is judged with the group's name. */
  readonly targets: readonly TargetStanding[];
}

export interface NodeDirectory {
  /** Registered nodes among `ids` (at most 500 at a time). */
  findMany(tx: ReadTx, scope: Scope, ids: readonly NodeId[]): Promise<Map<NodeId, NodeFacts>>;
  /**
   * Registered nodes that match every target (`InstanceIds`, `tag:<k>`, `tag-key`, `resource-groups:Name` with or without
   * `resource-groups:ResourceTypeFilters`; values are alternatives), in id order, after `after`, at most `limit`. Never reads the
   * fleet whole. A group that is not there has no nodes.
   */
  page(tx: ReadTx, scope: Scope, targets: readonly NodeTarget[], after: NodeId | undefined, limit: number): Promise<NodeFacts[]>;
  /** A node as it is now, and which of the targets it matches; undefined when it is not registered. */
  standing(tx: ReadTx, scope: Scope, nodeId: NodeId, targets: readonly NodeTarget[]): Promise<NodeStanding | undefined>;
  /** The resource group that the targets name and that is not there. */
  findMissingGroup(tx: ReadTx, scope: Scope, targets: readonly NodeTarget[]): Promise<string | undefined>;
  /** Called after the commit that deregistered a node. */
  onDeregistered(listener: (scope: Scope, nodeId: NodeId) => void): void;
}
