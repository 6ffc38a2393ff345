// `{{ name }}` in the inputs of a step becomes the parameter's value. Pure. Rules as the stock agent's: a string that is exactly one reference
// takes the value with its type; inside text lists and maps become JSON, and `$$` of the inserted value becomes `$`; references to
// what the document does not declare stay as they are. A parameter with `interpolationType: ENV_VAR` never enters a script: the script
// gets the variable SSM_<name>, and the reference becomes that variable's expansion.
import type { DocumentParameter } from '@muster/protocol/document.ts';

export type Values = ReadonlyMap<string, unknown>;

/** How the step's interpreter writes the value of an environment variable. */
export type VariableSyntax = 'shell' | 'powershell';

export class SubstitutionError extends Error {}

const REFERENCE = /\{\{\s*([A-Za-z0-9]+)\s*\}\}/g;
const WHOLE_REFERENCE = /^\s*\{\{\s*([A-Za-z0-9]+)\s*\}\}\s*$/;
const SSM_REFERENCE = /\{\{\s*(ssm(?:-secure)?:[^{}]*)\}\}/;

/** What was sent, else the document's default; a parameter with neither is absent. */
export function effectiveValues(
  declared: Readonly<Record<string, DocumentParameter>>,
  sent: Readonly<Record<string, unknown>>,
): Values {
  const values = new Map<string, unknown>();
  for (const [name, parameter] of Object.entries(declared)) {
    const value = Object.hasOwn(sent, name) ? sent[name] : parameter.default;
    if (value !== undefined && value !== null) values.set(name, value);
  }
  return values;
}

export interface Substitution {
  readonly parameters: Readonly<Record<string, DocumentParameter>>;
  readonly values: Values;
  readonly syntax: VariableSyntax;
}

/** Inputs that hold program text: here alone an ENV_VAR parameter must not be inserted. */
const SCRIPT_INPUTS = new Set(['runCommand']);

export function substituteInputs(
  inputs: Readonly<Record<string, unknown>>,
  substitution: Substitution,
): Readonly<Record<string, unknown>> {
  const replaced: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(inputs)) {
    replaced[key] = substitute(value, substitution, SCRIPT_INPUTS.has(key));
  }
  return replaced;
}

export function substitute(value: unknown, substitution: Substitution, isScript: boolean): unknown {
  if (typeof value === 'string') return substituteText(value, substitution, isScript);
  if (Array.isArray(value)) return value.map((item) => substitute(item, substitution, isScript));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, substitution, isScript)]));
}

function substituteText(text: string, substitution: Substitution, isScript: boolean): unknown {
  const whole = WHOLE_REFERENCE.exec(text)?.[1];
  const replaced = whole === undefined ? undefined : replacement(whole, substitution, isScript);
  const result: unknown =
    replaced ??
    text.replaceAll(REFERENCE, (reference: string, name: string) => {
      const value = replacement(name, substitution, isScript);
      return value === undefined ? reference : asText(value).replaceAll('$$', '$');
    });
  refuseStoreReferences(result);
  return result;
}

function replacement(name: string, substitution: Substitution, isScript: boolean): unknown {
  const { parameters, values, syntax } = substitution;
  if (!values.has(name)) return undefined;
  if (isScript && isEnvironmentParameter(parameters, name)) {
    return syntax === 'shell' ? `\${SSM_${name}}` : `\${env:SSM_${name}}`;
  }
  return values.get(name);
}

function isEnvironmentParameter(parameters: Readonly<Record<string, DocumentParameter>>, name: string): boolean {
  return Object.hasOwn(parameters, name) && parameters[name]?.interpolationType === 'ENV_VAR';
}

/** `{{ssm:name}}` cannot be filled in yet; running the text with the hole in it would be worse than saying so. */
function refuseStoreReferences(value: unknown): void {
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const text of texts) {
    const reference = typeof text === 'string' ? SSM_REFERENCE.exec(text)?.[1]?.trimEnd() : undefined;
    if (reference === undefined) continue;
    throw new SubstitutionError(
      `Parameter Store references are not resolved by this version of the agent: {{${reference}}}. Pass the value as a document parameter.`,
    );
  }
}

export function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `SSM_<name>` of every ENV_VAR parameter. */
export function parameterEnvironment(
  parameters: Readonly<Record<string, DocumentParameter>>,
  values: Values,
): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const [name, value] of values) {
    if (isEnvironmentParameter(parameters, name)) environment[`SSM_${name}`] = asText(value).replaceAll('\0', '');
  }
  return environment;
}
