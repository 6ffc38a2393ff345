// SendCommand: checks everything that can be checked, then one transaction: the command, an invocation for each node named by id, the
// journal. Targets by tag are resolved afterwards, page by page, by the dispatcher.
import { createHash } from 'node:crypto';
import { documentArn } from '../../documents/index.ts';
import type { RequestContext } from '../../platform/api/operation.ts';
import { operation } from '../../platform/api/operation.ts';
import type { SendCommandRequest, SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import { nodeArn } from '../../platform/node-arn.ts';
import type { CommandKey } from '../command.ts';
import { alarmsOf } from '../steering/alarms.ts';
import { type CheckedSend, checkSend } from '../sending/check-send.ts';
import { DISPATCHER, type RunCommand, wakeKey } from '../domain.ts';
import { executionTimeoutSeconds } from '../sending/execution-timeout.ts';
import { justMade } from '../sending/new-command.ts';
import { DEFAULT_MAX_CONCURRENCY, DEFAULT_MAX_ERRORS } from '../rate.ts';
import { newInvocation } from '../sending/resolve-targets.ts';
import { requesterText } from '../sending/requester.ts';
import { sendConditions } from '../sending/send-facts.ts';
import * as store from '../store.ts';
import type { CommandRow } from '../tables.ts';
import { commandView } from '../view.ts';

type Context = RequestContext<SsmApi['SendCommand']['errors']>;

const DEFAULT_TIMEOUT_SECONDS = 3_600;

export default operation<SsmApi, RunCommand>()('ssm', 'SendCommand', {
  action: 'ssm:SendCommand',
  audit: 'write',
  resources: (input, scope) => [
    documentArn(scope, input.DocumentName),
    ...(input.InstanceIds ?? []).map((nodeId) => nodeArn(scope, nodeId)),
  ],
  conditions: sendConditions,
  async handle(run, ctx, input) {
    refuseWhatIsNotDone(ctx, input);
    const alarms = alarmsOf(run, ctx, input.AlarmConfiguration);
    const checked = await checkSend(run, ctx, input);
    const { targets, nodes = [], document } = checked;
    const content = JSON.stringify(checked.sent);
    const row: CommandRow = { ...commandRow(run, ctx, input, checked, content), alarms };
    const key = { account: ctx.account, region: ctx.region, commandId: row.command_id } as CommandKey;
    await run.database.write('run-command.send', async (tx) => {
      await store.insertCommand(tx, row, content);
      await store.insertInvocations(
        tx,
        nodes.map((node) => newInvocation(key, row, node, 'Pending')),
      );
      await ctx.journal(tx, [document.arn, ...nodes.map((node) => nodeArn(ctx, node.nodeId))]);
    });
    run.wakeups.wake(DISPATCHER, wakeKey(key));
    return { Command: { ...commandView(row), ...(targets.byTarget ? { TargetCount: 0 } : {}) } };
  },
});

function commandRow(
  run: RunCommand,
  ctx: Context,
  input: SendCommandRequest,
  { nodes, document, values }: CheckedSend,
  content: string,
): CommandRow {
  const timeoutSeconds = input.TimeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  return {
    account: ctx.account,
    region: ctx.region,
    command_id: run.ids.uuid(),
    document_name: document.name,
    document_version: input.DocumentVersion ?? '$DEFAULT',
    document_hash: createHash('sha256').update(content).digest('hex'),
    comment: input.Comment ?? '',
    parameters: JSON.stringify(input.Parameters ?? {}),
    agent_parameters: JSON.stringify(values),
    instance_ids: JSON.stringify(input.InstanceIds ?? []),
    targets: JSON.stringify(input.Targets ?? []),
    requested_at: ctx.now.getTime(),
    expires_at: ctx.now.getTime() + (timeoutSeconds + executionTimeoutSeconds(document.document, values)) * 1_000,
    timeout_seconds: timeoutSeconds,
    max_concurrency: input.MaxConcurrency ?? DEFAULT_MAX_CONCURRENCY,
    max_errors: input.MaxErrors ?? DEFAULT_MAX_ERRORS,
    requested_by: requesterText(ctx),
    ...justMade(ctx.now),
    resolved: nodes === undefined ? 0 : 1,
    pending: nodes?.length ?? 0,
  };
}

/** Output to S3 and CloudWatch and notifications need services that are not part of the product yet: better refused than ignored. */
function refuseWhatIsNotDone(ctx: Context, input: SendCommandRequest): void {
  const asked = [
    [input.OutputS3BucketName, 'OutputS3BucketName'],
    [input.CloudWatchOutputConfig?.CloudWatchOutputEnabled === true ? 'true' : undefined, 'CloudWatchOutputConfig'],
    [input.NotificationConfig?.NotificationArn, 'NotificationConfig'],
  ] as const;
  for (const [value, name] of asked) {
    if (value === undefined || value === '') continue;
    ctx.fail('ValidationException', `${name} is not supported yet: leave it out and read the output with GetCommandInvocation.`);
  }
}
