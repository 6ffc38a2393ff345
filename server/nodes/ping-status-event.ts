// The event that tells the world that a node came or went. AWS has none; ours carries our own source, so that no rule written for AWS
// catches it by accident.
import type { Scope } from '../platform/ids.ts';
import type { OutboxEvent } from '../platform/outbox/outbox.ts';
import { nodeArn } from '../platform/node-arn.ts';
import type { PingStatus } from './node.ts';

export function pingStatusEvent(scope: Scope, nodeId: string, pingStatus: PingStatus, at: Date): OutboxEvent {
  return {
    account: scope.account,
    region: scope.region,
    source: 'muster.nodes',
    detailType: 'Managed Node Ping Status-change Notification',
    detail: { 'instance-id': nodeId, 'ping-status': pingStatus },
    resources: [nodeArn(scope, nodeId)],
    at,
  };
}
