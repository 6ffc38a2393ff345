// One step of an invocation as ListInvocationSteps answers it. Pure.
import type { InvocationStep } from '../../platform/api/models/muster/run-command.types.gen.ts';
import { invocationStatus, isFinal } from '../command.ts';
import type { DeclaredStep } from './declared-steps.ts';
import type { StepSizes } from '../store.ts';
import type { InvocationRow, StreamRow } from '../tables.ts';
import { stepOrInvocationState } from '../view.ts';

export function stepView(
  declared: DeclaredStep,
  invocation: InvocationRow,
  row: StepSizes | undefined,
  streams: readonly StreamRow[],
  only: boolean,
): InvocationStep {
  // A step that has told nothing: it writes already, or it has not begun; after the invocation's end it never will.
  const silent = streams.length > 0 ? 'InProgress' : 'Pending';
  const state = row === undefined && !only && !isFinal(invocation.state) ? silent : stepOrInvocationState(invocation, row, only);
  const bytes = (stream: StreamRow['stream'], told: number): number =>
    streams.find((one) => one.stream === stream)?.next_offset ?? told;
  return {
    StepName: declared.name,
    Plugin: declared.plugin,
    Status: invocationStatus(state),
    // AWS has no word for a step that was skipped; here it is told from one that ran.
    StatusDetails: row?.status === 'Skipped' && state === 'Success' ? 'Skipped' : state,
    ...(row === undefined || row.ended_at === null ? {} : { ResponseCode: row.code, FinishDateTime: new Date(row.ended_at) }),
    ...(row === undefined || row.started_at === null ? {} : { StartDateTime: new Date(row.started_at) }),
    StandardOutputBytes: bytes('stdout', row?.stdout_bytes ?? 0),
    StandardErrorBytes: bytes('stderr', row?.stderr_bytes ?? 0),
  };
}
