// The steps of a document: `mainSteps` of schema 2.x, `runtimeConfig` of schema 1.2, and the mixture of both that people write
// (2.x with runtimeConfig), which is taken as its author meant it.
import type { DocumentStep, Precondition } from './document.ts';
import { below, refuse } from './document-error.ts';
import type { DocumentWarning, Place } from './document-error.ts';
import { asArray, asName, asObject, asOneOf, isObject, member, requireMembers } from './document-shape.ts';
import type { JsonObject } from './document-shape.ts';

/** Agents answer for an unknown plugin themselves, step by step; the name must only be one. */
const ACTION = /^aws:[a-zA-Z0-9]{1,120}$/;
const STEP_NAME = /^[a-zA-Z0-9_-]{1,128}$/;
/** More than any real document; each step costs the agent a process and the server a result row. */
export const STEPS_MAX = 200;
const OPERATORS_MAX = 10;
const OPERANDS_MAX = 10;

/** Members of Automation steps: agents ignore them here, which surprises people. */
const IGNORED_STEP_MEMBERS = ['onFailure', 'onCancel', 'isCritical', 'isEnd', 'nextStep', 'maxAttempts', 'timeoutSeconds'];

export function parseMainSteps(
  value: unknown,
  schemaVersion: '2.0' | '2.2',
  warnings: DocumentWarning[],
): readonly DocumentStep[] {
  const given = asArray(value, 1, STEPS_MAX, '/mainSteps');
  const names = new Set<string>();
  const steps = given.map((item, index): DocumentStep => {
    const place = below('/mainSteps', index);
    const step = parseStep(asObject(item, place), place, warnings);
    if (names.has(step.name)) refuse(`step name "${step.name}" is used more than once; names must be unique`, place);
    names.add(step.name);
    if (step.precondition !== undefined && schemaVersion !== '2.2')
      warnings.push({
        message: `Step "${step.name}": precondition needs schemaVersion 2.2; agents fail such a step.`,
        place: below(place, 'precondition'),
      });
    return step;
  });
  requireFinallyLast(steps);
  return steps;
}

function parseStep(given: JsonObject, place: Place, warnings: DocumentWarning[]): DocumentStep {
  requireMembers(given, ['action', 'name'], place);
  const action = asName(member(given, 'action'), ACTION, below(place, 'action'));
  const name = asName(member(given, 'name'), STEP_NAME, below(place, 'name'));
  const inputs = asObject(member(given, 'inputs') ?? {}, below(place, 'inputs'));
  requireFlow(inputs, below(place, 'inputs'));
  for (const key of IGNORED_STEP_MEMBERS) {
    if (member(given, key) !== undefined)
      warnings.push({
        message: `Step "${name}": agents ignore ${key} beside inputs in a Command document; onFailure, onSuccess, finallyStep and timeoutSeconds belong into inputs.`,
        place: below(place, key),
      });
  }
  const precondition = member(given, 'precondition');
  return {
    action,
    name,
    inputs: [inputs],
    ...(precondition === undefined ? {} : { precondition: parsePrecondition(precondition, below(place, 'precondition')) }),
  };
}

function parsePrecondition(value: unknown, place: Place): Precondition {
  const given = asObject(value, place);
  const operators = Object.keys(given);
  if (operators.length > OPERATORS_MAX)
    refuse(`object has too many properties (found ${operators.length} but schema requires at most ${OPERATORS_MAX})`, place);
  return Object.fromEntries(
    operators.map((operator) => [operator, asArray(given[operator], 0, OPERANDS_MAX, below(place, operator))]),
  );
}

/** A value with a `{{ reference }}` is known on the node only. */
function requireFlow(inputs: JsonObject, place: Place): void {
  const flow = (key: string, names: readonly string[]): void => {
    const value = member(inputs, key);
    if (value === undefined || (typeof value === 'string' && value.includes('{{'))) return;
    asOneOf(value, names, below(place, key));
  };
  flow('onFailure', ['exit', 'successAndExit']);
  flow('onSuccess', ['exit']);
  const finallyStep = member(inputs, 'finallyStep');
  if (typeof finallyStep !== 'boolean') flow('finallyStep', ['true', 'false']);
}

export function isFinallyStep(inputs: JsonObject): boolean {
  const value = member(inputs, 'finallyStep');
  return value === true || value === 'true';
}

function requireFinallyLast(steps: readonly DocumentStep[]): void {
  const index = steps.findIndex((step) => step.inputs.some(isFinallyStep));
  if (index !== -1 && index !== steps.length - 1)
    refuse('finallyStep is allowed in the last step only', below(below('/mainSteps', index), 'inputs'));
}

export function parseRuntimeConfig(value: unknown): readonly DocumentStep[] {
  const given = asObject(value, '/runtimeConfig');
  const plugins = Object.keys(given);
  if (plugins.length === 0) refuse('object has too few properties (found 0 but schema requires at least 1)', '/runtimeConfig');
  let total = 0;
  return plugins.map((plugin) => {
    const place = below('/runtimeConfig', plugin);
    asName(plugin, ACTION, place);
    const config = asObject(given[plugin], place);
    requireMembers(config, ['properties'], place);
    const at = below(place, 'properties');
    const properties = member(config, 'properties');
    const inputs = isObject(properties)
      ? [properties]
      : asArray(properties, 1, STEPS_MAX, at).map((item, index) => asObject(item, below(at, index)));
    total += inputs.length;
    if (total > STEPS_MAX) refuse(`document has more than ${STEPS_MAX} steps`, '/runtimeConfig');
    return { action: plugin, name: plugin, inputs };
  });
}

/** What somebody meant who wrote `runtimeConfig` below schema 2.x: the same plugins with the same inputs, as steps. */
export function mainStepsOf(runtimeConfig: readonly DocumentStep[]): readonly JsonObject[] {
  return runtimeConfig.flatMap((plugin) =>
    plugin.inputs.map((properties, index) => {
      const name = plugin.action.slice('aws:'.length);
      const { id: _id, ...inputs } = properties;
      return { action: plugin.action, name: plugin.inputs.length === 1 ? name : `${name}_${index + 1}`, inputs };
    }),
  );
}
