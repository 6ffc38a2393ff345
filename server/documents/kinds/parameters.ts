// Declared parameters beyond what the protocol asks of them: a pattern must be one that can be matched in linear time, and the default
// must be a value that SendCommand would take.
import { below, DocumentError } from '@muster/protocol/document-error.ts';
import type { DocumentWarning, Place } from '@muster/protocol/document-error.ts';
import type { DocumentParameter, ParameterValue } from '@muster/protocol/document.ts';
import { compileWithin, newEffort } from '../../platform/pattern.ts';
import type { Effort } from '../../platform/pattern.ts';
import { violationOf } from '../validate-parameters.ts';
import type { DescribedParameter } from './kind.ts';

/** As it is replaced when a command is sent. */
const STORE_REFERENCE = /\{\{\s*ssm:[a-zA-Z0-9_.\-/]{1,2048}(?::[a-zA-Z0-9_.-]{1,100})?\s*\}\}/;

type Parameters = Readonly<Record<string, DocumentParameter>>;

export function requirePossible(parameters: Parameters): void {
  const effort = newEffort();
  for (const [name, parameter] of Object.entries(parameters)) {
    const place = below('/parameters', name);
    if (parameter.allowedPattern !== undefined)
      requirePattern(name, parameter.allowedPattern, below(place, 'allowedPattern'), effort);
    const violation = parameter.default === undefined ? undefined : defaultViolation(name, parameter, parameter.default, effort);
    if (violation !== undefined) refuse(`Default value: ${violation}`, below(place, 'default'));
  }
}

function refuse(message: string, place: Place): never {
  throw new DocumentError('InvalidDocumentContent', message, place);
}

function requirePattern(name: string, pattern: string, place: Place, effort: Effort): void {
  try {
    compileWithin(effort, pattern);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown reason';
    refuse(
      `Parameter "${name}": allowedPattern cannot be evaluated in bounded time (look-arounds and back-references are not supported): ${reason}`,
      place,
    );
  }
}

/** An empty default stands for "not given", whatever the pattern says: AWS's own documents use it so. */
function defaultViolation(name: string, parameter: DocumentParameter, value: ParameterValue, effort: Effort): string | undefined {
  if (value === '' || (Array.isArray(value) && value.length === 0)) return undefined;
  // What Parameter Store holds is judged when the reference is resolved (filled-in.ts).
  const items: readonly unknown[] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  if (items.some((item) => typeof item === 'string' && STORE_REFERENCE.test(item))) return undefined;
  return violationOf(name, parameter, value, effort);
}

/** Nodes match the parameters of a document inside a document themselves, in their own dialect, where what is no pattern lets nothing pass. */
export function patternWarnings(parameters: Parameters): DocumentWarning[] {
  return Object.entries(parameters).flatMap(([name, { allowedPattern }]) =>
    allowedPattern === undefined || isAgentPattern(allowedPattern)
      ? []
      : [
          {
            message: `Parameter "${name}": nodes cannot read this allowedPattern: run by another document (aws:runDocument), the parameter takes its default alone.`,
            place: below(below('/parameters', name), 'allowedPattern'),
          },
        ],
  );
}

/** Reading a pattern is linear in its length; it is never matched here. */
function isAgentPattern(pattern: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`) instanceof RegExp;
  } catch {
    return false;
  }
}

export function describeParameters(parameters: Parameters): DescribedParameter[] {
  return Object.entries(parameters).map(([name, { type, description, default: value }]) => ({
    name,
    type,
    description,
    default: value,
  }));
}
