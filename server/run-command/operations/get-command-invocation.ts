// GetCommandInvocation: one step of one node, with its output as AWS bounds it.
import { operation } from '../../platform/api/operation.ts';
import type { SsmApi } from '../../platform/api/models/ssm.types.gen.ts';
import type { CommandId } from '../../platform/ids.ts';
import { formatIsoDuration } from '../../platform/time/iso-duration.ts';
import { invocationStatus } from '../command.ts';
import type { CommandKey } from '../command.ts';
import type { RunCommand } from '../domain.ts';
import type { SentDocument } from '../sending/resolve-targets.ts';
import * as store from '../store.ts';
import type { StepRow } from '../tables.ts';
import { stepOrInvocationState } from '../view.ts';

/** AWS's limits on the wire, in characters. */
const STDOUT_LENGTH_MAX = 24_000;
const STDERR_LENGTH_MAX = 8_000;
/** What AWS answers for a step that has not ended. */
const NO_RESPONSE_CODE = -1;

export default operation<SsmApi, RunCommand>()('ssm', 'GetCommandInvocation', {
  action: 'ssm:GetCommandInvocation',
  audit: 'read',
  resources: () => ['*'],
  async handle(run, ctx, input) {
    const key: CommandKey = { account: ctx.account, region: ctx.region, commandId: input.CommandId as CommandId };
    return run.database.read(async (tx) => {
      const command = await store.findCommand(tx, key);
      const invocation = command === undefined ? undefined : await store.findInvocation(tx, key, input.InstanceId);
      if (command === undefined || invocation === undefined) return ctx.fail('InvocationDoesNotExist', '');
      const content = await store.findContent(tx, key, command.document_hash);
      const declared = content === undefined ? [] : (JSON.parse(content) as SentDocument).steps;
      const wanted =
        input.PluginName === undefined && declared.length === 1
          ? declared[0]
          : declared.find((step) => step.name === input.PluginName);
      if (wanted === undefined) return ctx.fail('InvalidPluginName', '');
      const step = await store.findStep(tx, key, input.InstanceId, wanted.name);
      const state = stepOrInvocationState(invocation, step, declared.length === 1);
      return {
        CommandId: command.command_id,
        InstanceId: invocation.node_id,
        Comment: command.comment,
        DocumentName: command.document_name,
        DocumentVersion: command.document_version,
        PluginName: wanted.name,
        ResponseCode: step?.ended_at === null ? NO_RESPONSE_CODE : (step?.code ?? NO_RESPONSE_CODE),
        ...times(step),
        Status: invocationStatus(state),
        StatusDetails: state,
        StandardOutputContent: (step?.stdout ?? '').slice(0, STDOUT_LENGTH_MAX),
        StandardOutputUrl: '',
        StandardErrorContent: (step?.stderr ?? invocation.trace).slice(0, STDERR_LENGTH_MAX),
        StandardErrorUrl: '',
        CloudWatchOutputConfig: { CloudWatchLogGroupName: '', CloudWatchOutputEnabled: false },
      };
    });
  },
});

/** Modelled as strings; empty where there is no time yet. */
function times(step: StepRow | undefined): {
  ExecutionStartDateTime: string;
  ExecutionElapsedTime: string;
  ExecutionEndDateTime: string;
} {
  const started = step?.started_at ?? null;
  const ended = step?.ended_at ?? null;
  return {
    ExecutionStartDateTime: started === null ? '' : new Date(started).toISOString(),
    ExecutionElapsedTime: started === null || ended === null ? '' : formatIsoDuration(ended - started),
    ExecutionEndDateTime: ended === null ? '' : new Date(ended).toISOString(),
  };
}
