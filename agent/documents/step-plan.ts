// What is to be done about a step: run it, or say at once why not. Pure.
import type { DocumentStep } from '@muster/protocol/document.ts';
import type { PlatformType } from '../machine/facts.ts';
import type { JobDocument } from './job-document.ts';
import type { NodePolicy } from './node-policy.ts';
import { judgeStep } from './preconditions.ts';
import type { PluginPlatforms } from './preconditions.ts';
import { failure } from './result.ts';
import type { PluginOutcome } from './result.ts';
import { substituteInputs, SubstitutionError } from './substitution.ts';
import type { VariableSyntax } from './substitution.ts';

export interface StepCircumstances {
  readonly platform: PlatformType;
  readonly platformsOf: PluginPlatforms;
  readonly policy: NodePolicy;
  /** A step before said that the document ends. */
  readonly ended: boolean;
  /** The journal says that its script may run: the judgement has been made, only its end is open. */
  readonly started: boolean;
  readonly cancelled: boolean;
}

export type StepPlan =
  | { readonly kind: 'run'; readonly step: DocumentStep }
  /** Without running anything. */
  | { readonly kind: 'told'; readonly outcome: PluginOutcome };

export function planStep(job: JobDocument, index: number, now: StepCircumstances): StepPlan {
  const step = job.document.steps[index];
  if (step === undefined) throw new Error(`the document has no step ${index}`);
  if (now.started) return { kind: 'run', step };
  if (now.cancelled) return told({ status: 'Cancelled', code: 1, standardOutput: '', standardError: '', ends: false });
  if (now.ended && !isFinallyStep(step)) {
    const text = `Plugin with name ${step.action} and id ${step.name} skipped due to prior step with an exit condition`;
    return told({ status: 'Skipped', code: 0, standardOutput: text, standardError: '', ends: false });
  }
  const refusal = now.policy.refusal(job.documentName, step.action);
  if (refusal !== undefined) return told(failure(refusal));
  const { parameters, schemaVersion } = job.document;
  const substitution = { parameters, values: job.values, syntax: 'shell' } as const;
  const verdict = judgeStep(step, schemaVersion, now.platform, now.platformsOf, substitution);
  if (verdict.kind === 'fail') return told(failure(verdict.message));
  if (verdict.kind === 'skip') {
    return told({ status: 'Skipped', code: 0, standardOutput: verdict.message, standardError: '', ends: false });
  }
  return { kind: 'run', step };
}

function told(outcome: PluginOutcome): StepPlan {
  return { kind: 'told', outcome };
}

function isFinallyStep(step: DocumentStep): boolean {
  return step.inputs.some((inputs) => inputs['finallyStep'] === true || inputs['finallyStep'] === 'true');
}

/** The inputs with the parameters filled in; a sentence when they cannot be. */
export function stepInputs(
  job: JobDocument,
  inputs: Readonly<Record<string, unknown>>,
  syntax: VariableSyntax,
): Readonly<Record<string, unknown>> | string {
  try {
    return substituteInputs(inputs, { parameters: job.document.parameters, values: job.values, syntax });
  } catch (error) {
    if (error instanceof SubstitutionError) return error.message;
    throw error;
  }
}
