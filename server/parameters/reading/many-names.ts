// Names of one call, each once. Pure.
import { fail } from '../../platform/api/errors.ts';
import type { Scope } from '../../platform/ids.ts';
import { readReference } from '../name.ts';
import type { Reference } from '../name.ts';

export interface Named {
  /** As it was given. */
  readonly text: string;
  readonly reference: Reference;
}

export function readManyNames(scope: Scope, names: readonly string[]): readonly Named[] {
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined)
    return fail('ValidationException', `Names must be different from each other: ${twice} is given twice.`);
  return names.map((text) => ({ text, reference: readReference(scope, text) }));
}
