// The values for a document inside a document: no server has checked them, so the node does, before they reach a shell. Patterns are a
// stranger's: they are matched whole, in bounded time, and one that cannot be matched here lets nothing pass.
import { runInNewContext } from 'node:vm';
import type { DocumentParameter } from '@muster/protocol/document.ts';
import { asText } from './substitution.ts';

/** A pattern that takes longer is one that backtracks. */
const MATCH_MS_MAX = 500;

/** Undefined: all is well. */
export function judgeParameters(
  declared: Readonly<Record<string, DocumentParameter>>,
  given: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(declared, name)) return `the document does not support parameter ${name}.`;
  }
  for (const [name, parameter] of Object.entries(declared)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined || value === null) {
      if (parameter.default === undefined) return `Parameter "${name}" requires a value.`;
      continue;
    }
    if (typeof value === 'string' && value === parameter.default) continue;
    const refusal = judgeValue(name, parameter, value);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function judgeValue(name: string, parameter: DocumentParameter, value: unknown): string | undefined {
  const isList = parameter.type === 'StringList' || parameter.type === 'MapList';
  if (Array.isArray(value) && !isList) return `Parameter "${name}" of type ${parameter.type} takes no list.`;
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const { allowedValues, allowedPattern } = parameter;
  for (const item of items) {
    if (allowedValues !== undefined && !allowedValues.some((allowed) => asText(allowed) === asText(item))) {
      return `Parameter "${name}" has a value that is not among the allowed ones.`;
    }
    if (allowedPattern !== undefined && !matches(allowedPattern, asText(item))) {
      return `Parameter "${name}" has a value that does not match the allowed pattern ${allowedPattern}.`;
    }
  }
  return undefined;
}

function matches(pattern: string, value: string): boolean {
  try {
    const scope = { pattern: `^(?:${pattern})$`, value };
    return runInNewContext('new RegExp(pattern).test(value)', scope, { timeout: MATCH_MS_MAX }) === true;
  } catch {
    // Not a pattern of this dialect, or one that does not come to an end.
    return false;
  }
}
