// Run Command's public face: how it is made, and the list of its operations.
import type { JobHandler } from '../platform/channels/ports.ts';
import { type AnyOperation, type BoundOperation, bindOperations } from '../platform/api/operation.ts';
import type { Reconciler } from '../platform/reconcile/reconciler.ts';
import { abandonNode, createDispatcher } from './dispatcher.ts';
import type { RunCommand } from './domain.ts';
import cancelCommand from './operations/cancel-command.ts';
import describeCommand from './operations/describe-command.ts';
import explainInvocation from './operations/explain-invocation.ts';
import getCommandInvocation from './operations/get-command-invocation.ts';
import getCommandOutput from './operations/get-command-output.ts';
import listCommandInvocations from './operations/list-command-invocations.ts';
import listCommands from './operations/list-commands.ts';
import listInvocationGroups from './operations/list-invocation-groups.ts';
import listInvocationSteps from './operations/list-invocation-steps.ts';
import pauseCommand from './operations/pause-command.ts';
import previewCommand from './operations/preview-command.ts';
import rerunCommand from './operations/rerun-command.ts';
import resumeCommand from './operations/resume-command.ts';
import sendCommand from './operations/send-command.ts';
import updateCommand from './operations/update-command.ts';
import watchCommand from './operations/watch-command.ts';
import { acceptOutput } from './output/accept.ts';
import { createOutputSealer } from './output/seal.ts';
import { renderLetter } from './render.ts';
import { acceptAcknowledgements, acceptReplies } from './results.ts';

export type { AlarmStates, RunCommand, RunCommandSettings } from './domain.ts';
export type { ParameterSource, ReferencedParameter } from './sending/parameter-references.ts';
export { migrations } from './migrations/index.ts';
export { createRetention } from './history/retention.ts';

export const operations: readonly AnyOperation<RunCommand>[] = [
  cancelCommand,
  describeCommand,
  explainInvocation,
  getCommandInvocation,
  getCommandOutput,
  listCommandInvocations,
  listCommands,
  listInvocationGroups,
  listInvocationSteps,
  pauseCommand,
  previewCommand,
  rerunCommand,
  resumeCommand,
  sendCommand,
  updateCommand,
  watchCommand,
];

export interface RunCommandParts {
  readonly operations: readonly BoundOperation[];
  readonly reconcilers: readonly Reconciler[];
}

export function createRunCommand(run: RunCommand): RunCommandParts {
  run.nodes.onDeregistered((scope, nodeId) => {
    abandonNode(run, scope, nodeId).catch((error: unknown) => {
      run.log.error('could not close the invocations of a deregistered node; they end at their deadline', { nodeId }, error);
    });
  });
  return { operations: bindOperations(run, operations), reconcilers: [createDispatcher(run), createOutputSealer(run)] };
}

/**
 * The handler that the channels call. It is made before Run Command itself is (the channels come first in the composition root), so it
 * takes a way to reach it.
 */
export function createJobHandler(run: () => RunCommand): JobHandler {
  return {
    render: (letter) => renderLetter(run(), letter),
    acknowledged: (tx, batch) => acceptAcknowledgements(run(), tx, batch),
    replied: (tx, batch) => acceptReplies(run(), tx, batch),
    output: (tx, batch) => acceptOutput(run(), tx, batch),
  };
}
