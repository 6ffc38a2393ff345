// Rows as the API answers them. Pure.
import type { Command, CommandInvocation, CommandPlugin, CommandPluginStatus } from '../platform/api/models/ssm.types.gen.ts';
import {
  commandStatus,
  completedCount,
  errorCount,
  type InvocationState,
  invocationStatus,
  isFinal,
  totalCount,
} from './command.ts';
import { parseAlarms, parseTriggeredAlarms } from './steering/alarms.ts';
import { countsOf } from './facts.ts';
import type { StepSummary } from './store.ts';
import type { CommandRow, InvocationRow, StepRow } from './tables.ts';

/** AWS cuts the combined output in lists, in characters. */
const OUTPUT_LENGTH_MAX = 2_500;

export function commandView(row: CommandRow): Command {
  const counts = countsOf(row);
  return {
    CommandId: row.command_id,
    DocumentName: row.document_name,
    DocumentVersion: row.document_version,
    Comment: row.comment,
    ExpiresAfter: new Date(row.expires_at),
    Parameters: JSON.parse(row.parameters) as Record<string, string[]>,
    InstanceIds: JSON.parse(row.instance_ids) as string[],
    Targets: JSON.parse(row.targets) as { Key?: string; Values?: string[] }[],
    RequestedDateTime: new Date(row.requested_at),
    Status: commandStatus(row.state),
    StatusDetails: row.state,
    OutputS3BucketName: '',
    OutputS3KeyPrefix: '',
    MaxConcurrency: row.max_concurrency,
    MaxErrors: row.max_errors,
    TargetCount: totalCount(counts),
    CompletedCount: completedCount(counts),
    ErrorCount: errorCount(counts),
    DeliveryTimedOutCount: counts.deliveryTimedOut,
    ServiceRole: '',
    NotificationConfig: { NotificationArn: '', NotificationEvents: [], NotificationType: '' as never },
    CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false },
    TimeoutSeconds: row.timeout_seconds,
    ...alarmViews(row),
  };
}

function alarmViews(row: CommandRow): Pick<Command, 'AlarmConfiguration' | 'TriggeredAlarms'> {
  const configuration = parseAlarms(row.alarms);
  return {
    ...(configuration === undefined ? {} : { AlarmConfiguration: configuration }),
    TriggeredAlarms: parseTriggeredAlarms(row.triggered_alarms),
  };
}

export function invocationView(row: InvocationRow, command: CommandRow, steps: readonly StepSummary[]): CommandInvocation {
  return {
    CommandId: row.command_id,
    InstanceId: row.node_id,
    InstanceName: row.computer_name,
    Comment: command.comment,
    DocumentName: command.document_name,
    DocumentVersion: command.document_version,
    RequestedDateTime: new Date(row.requested_at),
    Status: invocationStatus(row.state),
    StatusDetails: row.state,
    TraceOutput: row.trace,
    StandardOutputUrl: '',
    StandardErrorUrl: '',
    CommandPlugins: steps.map(pluginView),
    ServiceRole: '',
    NotificationConfig: { NotificationArn: '', NotificationEvents: [], NotificationType: '' as never },
    CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false },
  };
}

function pluginView(step: StepSummary): CommandPlugin {
  const state = stepState(step.status);
  return {
    Name: step.step_name,
    Status: pluginStatus(state),
    StatusDetails: state,
    ResponseCode: step.code,
    ...(step.started_at === null ? {} : { ResponseStartDateTime: new Date(step.started_at) }),
    ...(step.ended_at === null ? {} : { ResponseFinishDateTime: new Date(step.ended_at) }),
    Output: step.output.slice(0, OUTPUT_LENGTH_MAX),
    StandardOutputUrl: '',
    StandardErrorUrl: '',
    OutputS3Region: '',
    OutputS3BucketName: '',
    OutputS3KeyPrefix: '',
  };
}

/** A step's status in the words of invocations. A skipped step counts as success; one that reboots the node is still running. */
export function stepState(status: string): InvocationState {
  switch (status) {
    case 'Success':
    case 'Skipped':
    case 'TestPass':
      return 'Success';
    case 'Failed':
    case 'TestFailure':
      return 'Failed';
    case 'Cancelled':
      return 'Cancelled';
    case 'TimedOut':
      return 'ExecutionTimedOut';
    case 'NotStarted':
      return 'Pending';
    default:
      return 'InProgress';
  }
}

function pluginStatus(state: InvocationState): CommandPluginStatus {
  const status = invocationStatus(state);
  return status === 'Delayed' || status === 'Cancelling' ? 'InProgress' : status;
}

/**
 * The state that GetCommandInvocation answers for one step: the step's own where it has reported, else the invocation's. A document of
 * one step answers the invocation's, so that waiters see Cancelling and server-made ends.
 */
export function stepOrInvocationState(
  invocation: InvocationRow,
  step: Pick<StepRow, 'status'> | undefined,
  only: boolean,
): InvocationState {
  if (step === undefined || only) return invocation.state;
  const state = stepState(step.status);
  return isFinal(invocation.state) && !isFinal(state) ? invocation.state : state;
}
