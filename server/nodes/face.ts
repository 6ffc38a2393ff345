// What higher domains may ask the nodes domain; index.ts re-exports it with the implementation.
import type { NodeId, Scope } from '../platform/ids.ts';
import type { ReadTx } from '../platform/store/database.ts';
import type { NodeFacts } from './node.ts';

/** A `Targets` entry as SendCommand takes it. */
export interface NodeTarget {
  readonly Key?: string | undefined;
  readonly Values?: readonly string[] | undefined;
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
  /** The resource group that the targets name and that is not there. */
  findMissingGroup(tx: ReadTx, scope: Scope, targets: readonly NodeTarget[]): Promise<string | undefined>;
  /** Called after the commit that deregistered a node. */
  onDeregistered(listener: (scope: Scope, nodeId: NodeId) => void): void;
}
