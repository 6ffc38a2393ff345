// Whether a step runs on this machine at all. Pure; the sentences are the stock agent's, people search for them.
import type { DocumentStep, Precondition, SchemaVersion } from '@muster/protocol/document.ts';
import type { PlatformType } from '../machine/facts.ts';
import { asText, substitute, SubstitutionError } from './substitution.ts';
import type { Substitution } from './substitution.ts';

export type StepVerdict =
  | { readonly kind: 'run' }
  | { readonly kind: 'skip'; readonly message: string }
  | { readonly kind: 'fail'; readonly message: string };

const RUN: StepVerdict = { kind: 'run' };

/** Where a plugin runs; undefined: this agent has no such plugin. */
export type PluginPlatforms = (action: string) => readonly PlatformType[] | undefined;

export function judgeStep(
  step: DocumentStep,
  schemaVersion: SchemaVersion,
  platform: PlatformType,
  platformsOf: PluginPlatforms,
  substitution: Substitution,
): StepVerdict {
  // Compatibility comes before the precondition, as in the stock agent.
  const support = judgeSupport(step, schemaVersion, platform, platformsOf(step.action));
  if (support.kind !== 'run' || step.precondition === undefined) return support;
  const shown = showPrecondition(step.precondition);
  if (schemaVersion !== '2.2') {
    return {
      kind: 'fail',
      message: `Preconditions are not supported in schema version ${schemaVersion}: '${shown}'. Step name: ${step.name}`,
    };
  }
  return judgePrecondition(step, step.precondition, platform, substitution);
}

function judgeSupport(
  step: DocumentStep,
  schemaVersion: SchemaVersion,
  platform: PlatformType,
  platforms: readonly PlatformType[] | undefined,
): StepVerdict {
  if (platforms?.includes(platform)) return RUN;
  if (platforms === undefined) {
    return {
      kind: 'fail',
      message: `Plugin with name ${step.action} is not supported by this version of ssm agent, please update to latest version. Step name: ${step.name}`,
    };
  }
  return schemaVersion === '2.2'
    ? { kind: 'skip', message: `Step execution skipped due to unsupported plugin: ${step.action}. Step name: ${step.name}` }
    : { kind: 'fail', message: `Plugin with name ${step.action} is not supported in current platform. Step name: ${step.name}` };
}

function judgePrecondition(
  step: DocumentStep,
  precondition: Precondition,
  platform: PlatformType,
  substitution: Substitution,
): StepVerdict {
  const fail = (what: string): StepVerdict => ({
    kind: 'fail',
    message: `Unrecognized precondition(s): '${what}', please update agent to latest version. Step name: ${step.name}`,
  });
  for (const [operator, operands] of Object.entries(precondition)) {
    const shown = showOperation(operator, operands);
    const texts = operands.filter((operand) => typeof operand === 'string');
    const [left, right] = texts;
    if (operator !== 'StringEquals' || operands.length !== 2 || left === undefined || right === undefined) return fail(shown);
    const verdict = compare(left, right, platform, substitution);
    if (verdict === 'unrecognized') return fail(shown);
    if (verdict === 'unequal') {
      return {
        kind: 'skip',
        message: `Step execution skipped due to unsatisfied preconditions: '${showPrecondition(precondition)}'. Step name: ${step.name}`,
      };
    }
  }
  return RUN;
}

/** Either `platformType` and a platform, in any order, or something with a document parameter in it. */
function compare(
  left: string,
  right: string,
  platform: PlatformType,
  substitution: Substitution,
): 'equal' | 'unequal' | 'unrecognized' {
  for (const [name, value] of [
    [left, right],
    [right, left],
  ] as const) {
    if (name !== 'platformType') continue;
    const resolved = resolve(value, substitution);
    if (resolved === undefined) return 'unrecognized';
    return resolved.toLowerCase() === platform.toLowerCase() ? 'equal' : 'unequal';
  }
  const [resolvedLeft, resolvedRight] = [resolve(left, substitution), resolve(right, substitution)];
  if (resolvedLeft === undefined || resolvedRight === undefined) return 'unrecognized';
  if (resolvedLeft === left && resolvedRight === right && !left.includes('{{') && !right.includes('{{')) return 'unrecognized';
  return resolvedLeft === resolvedRight ? 'equal' : 'unequal';
}

function resolve(text: string, substitution: Substitution): string | undefined {
  try {
    return asText(substitute(text, substitution, false));
  } catch (error) {
    if (error instanceof SubstitutionError) return undefined;
    throw error;
  }
}

function showOperation(operator: string, operands: readonly unknown[]): string {
  return `"${operator}": [${operands.map(asText).join(', ')}]`;
}

function showPrecondition(precondition: Precondition): string {
  return Object.entries(precondition)
    .map(([operator, operands]) => showOperation(operator, operands))
    .join(', ');
}
