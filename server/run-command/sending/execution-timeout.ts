// How long a document may run, as far as it can be known when it is sent: the sum over its steps of `timeoutSeconds`. Pure.
// The agent enforces each step's time; the server adds the sum to TimeoutSeconds to know when silence is final.
import type { ParameterValue, SsmDocument } from '@muster/protocol/document.ts';

/** What the agent takes when the value is absent, unreadable or outside its bounds. */
const DEFAULT_SECONDS = 3_600;
const SECONDS_MIN = 5;
const SECONDS_MAX = 172_800;

export function executionTimeoutSeconds(document: SsmDocument, values: Readonly<Record<string, ParameterValue>>): number {
  let total = 0;
  for (const step of document.steps) {
    for (const inputs of step.inputs) total += stepSeconds(inputs['timeoutSeconds'], document, values);
  }
  return total;
}

function stepSeconds(given: unknown, document: SsmDocument, values: Readonly<Record<string, ParameterValue>>): number {
  const reference = typeof given === 'string' ? /^\s*\{\{\s*([A-Za-z0-9]+)\s*\}\}\s*$/.exec(given)?.[1] : undefined;
  const value = reference === undefined ? given : (values[reference] ?? document.parameters[reference]?.default);
  const seconds =
    typeof value === 'number' ? value : typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : Number.NaN;
  return seconds >= SECONDS_MIN && seconds <= SECONDS_MAX ? Math.trunc(seconds) : DEFAULT_SECONDS;
}
