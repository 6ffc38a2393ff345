// From parameters below a path to variables of an environment: the path is taken off, `/`, `-` and `.` become `_`, letters upper case. What cannot be a
// variable, and two parameters that would be one, are refused by name. Pure.
import { UsageError } from '../usage-error.ts';

export interface NamedValue {
  readonly Name: string;
  readonly Value: string;
}

export interface Variable {
  readonly variable: string;
  readonly name: string;
  readonly value: string;
}

/** Far more than a system takes as an environment (Linux: 2 MiB in all); whoever has more exports them as JSON. */
export const VARIABLES_MAX = 10_000;

/** The part of a name below the path; the name itself where it does not lie there. */
export function belowPath(path: string, name: string): string {
  const parent = path.endsWith('/') ? path : `${path}/`;
  return name.startsWith(parent) ? name.slice(parent.length) : name;
}

export function variableOf(path: string, name: string): string {
  return belowPath(path, name).replaceAll(/[/.-]/g, '_').toUpperCase();
}

/** By the order of the parameters. */
export function readVariables(path: string, parameters: readonly NamedValue[]): Variable[] {
  if (parameters.length > VARIABLES_MAX)
    throw new UsageError(
      `${path} has more than ${VARIABLES_MAX} parameters, which no environment holds; muster params export --format json takes any number`,
    );
  const variables = parameters.map(({ Name, Value }) => ({ variable: variableOf(path, Name), name: Name, value: Value }));
  const invalid = variables.filter(({ variable }) => !/^[A-Z_][A-Z0-9_]*$/.test(variable));
  if (invalid.length > 0)
    throw new UsageError(
      `no names of variables: ${invalid.map(({ name, variable }) => `${name} (would be ${variable})`).join(', ')}; a variable begins with a letter or _`,
    );
  const seen = new Map<string, string>();
  for (const { variable, name } of variables) {
    const other = seen.get(variable);
    if (other !== undefined) throw new UsageError(`${other} and ${name} would both be ${variable}; rename one of them`);
    seen.set(variable, name);
  }
  return variables;
}
