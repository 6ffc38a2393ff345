// How one node stands to targets, each by itself: what explains why a command did not reach it. Reads that node alone, never the fleet.
import type { NodeId, Scope } from '../platform/ids.ts';
import type { ReadTx } from '../platform/store/index.ts';
import { type DirectoryParts, NODE_TAG_TYPE, readGroup, tagAlternatives } from './directory.ts';
import type { NodeStanding, NodeTarget, TargetStanding } from './face.ts';
import * as store from './store.ts';

export async function standingOf(
  { tags, groups }: DirectoryParts,
  tx: ReadTx,
  scope: Scope,
  nodeId: NodeId,
  targets: readonly NodeTarget[],
): Promise<NodeStanding | undefined> {
  const [node] = await store.findNodes(tx, scope, [nodeId]);
  if (node === undefined) return undefined;
  const listed = (await tags.listMany(tx, scope, NODE_TAG_TYPE, [nodeId])).get(nodeId) ?? [];
  const own = new Map(listed.map(({ Key, Value }) => [Key, Value]));
  const group = readGroup(targets);
  const inGroup = group !== undefined && (await groups.keep(tx, scope, group.name, group.resourceTypes, [nodeId])).length > 0;
  return {
    node,
    registeredAt: node.registeredAt,
    pingStatus: node.pingStatus,
    lastPingAt: node.lastPingAt,
    targets: targets.map((target) => targetStanding(target, nodeId, own, inGroup)),
  };
}

function targetStanding(
  { Key: key = '', Values: values = [] }: NodeTarget,
  nodeId: string,
  own: ReadonlyMap<string, string>,
  inGroup: boolean,
): TargetStanding {
  if (/^instanceids$/i.test(key))
    return { key, values, matches: values.includes(nodeId) || values.includes('*'), has: undefined };
  if (/^resource-groups:/i.test(key)) return { key, values, matches: inGroup, has: undefined };
  const alternatives = tagAlternatives(key, values) ?? [];
  const matches = alternatives.some(({ key: tag, values: wanted }) => {
    const value = own.get(tag);
    return value !== undefined && (wanted === undefined || wanted.includes(value));
  });
  return { key, values, matches, has: key.startsWith('tag:') ? own.get(key.slice('tag:'.length)) : undefined };
}
