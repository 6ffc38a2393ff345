// The EventBridge events of Run Command, as AWS shapes them. One for each change of a command's or an invocation's Status.
import { nodeArn } from '../platform/node-arn.ts';
import type { OutboxEvent } from '../platform/outbox/outbox.ts';
import type { NodeId, Scope } from '../platform/ids.ts';
import { commandStatus, invocationStatus, type CommandState, type InvocationState } from './command.ts';
import type { CommandRow } from './tables.ts';

export function commandEvent(row: CommandRow, scope: Scope, state: CommandState, at: Date): OutboxEvent {
  const instanceIds = JSON.parse(row.instance_ids) as string[];
  return {
    ...scopeOf(scope),
    source: 'aws.ssm',
    detailType: 'EC2 Command Status-change Notification',
    detail: {
      'command-id': row.command_id,
      'document-name': row.document_name,
      'expire-after': new Date(row.expires_at).toISOString(),
      parameters: JSON.parse(row.parameters) as unknown,
      'requested-date-time': new Date(row.requested_at).toISOString(),
      status: commandStatus(state),
    },
    resources: instanceIds.map((nodeId) => nodeArn(scope, nodeId)),
    at,
  };
}

export function invocationEvent(row: CommandRow, scope: Scope, nodeId: NodeId, state: InvocationState, at: Date): OutboxEvent {
  return {
    ...scopeOf(scope),
    source: 'aws.ssm',
    detailType: 'EC2 Command Invocation Status-change Notification',
    detail: {
      'command-id': row.command_id,
      'document-name': row.document_name,
      'instance-id': nodeId,
      'requested-date-time': new Date(row.requested_at).toISOString(),
      status: invocationStatus(state),
    },
    resources: [nodeArn(scope, nodeId)],
    at,
  };
}

function scopeOf(scope: Scope): Scope {
  return { account: scope.account, region: scope.region };
}
