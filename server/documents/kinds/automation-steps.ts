// The steps of a runbook, one by one: names, actions, inputs, what they put out and where they may go. Whether they go there sensibly is
// judged in automation-flow.ts.
import { below, quoted, refuse } from '@muster/protocol/document-error.ts';
import type { Place } from '@muster/protocol/document-error.ts';
import { asArray, asName, asObject, asOneOf, asString, member, requireMembers } from '@muster/protocol/document-shape.ts';
import type { JsonObject } from '@muster/protocol/document-shape.ts';
import { AUTOMATION_ACTIONS, branchTargets, requireActionInputs, WITHOUT_CANCEL_FLOW } from './automation-actions.ts';
import { requireFlag, requireNumberText } from './shape.ts';

export interface AutomationStep {
  readonly name: string;
  readonly action: string;
  readonly inputs: JsonObject;
  readonly place: Place;
  readonly isEnd: boolean;
  /** Where it says that it goes on, whatever the reason, and the place that says so. */
  readonly targets: readonly (readonly [target: string, place: Place])[];
  /** The next step of the list is not reached by simply going on. */
  readonly leaves: boolean;
  /** Of an aws:loop. */
  readonly children: readonly AutomationStep[];
}

const STEP_NAME = /^[a-zA-Z0-9_]{1,128}$/;
/** More than any real runbook, with those inside of loops. */
const STEPS_MAX = 500;
const LOOP_DEPTH_MAX = 3;
const OUTPUTS_MAX = 100;
const OUTPUT_NAME = /^[a-zA-Z0-9_]{1,128}$/;
const OUTPUT_TYPES = ['String', 'StringList', 'Boolean', 'Integer', 'StringMap', 'MapList'];
const ATTEMPTS_MAX = 10;
const TIMEOUT_SECONDS_MAX = 2_592_000;

export function parseSteps(value: unknown): readonly AutomationStep[] {
  return parseList(value, '/mainSteps', new Set(), 0);
}

function parseList(value: unknown, place: Place, names: Set<string>, depth: number): readonly AutomationStep[] {
  return asArray(value, 1, STEPS_MAX, place).map((item, index) => {
    const at = below(place, index);
    const step = parseStep(asObject(item, at), at, names, depth);
    if (names.size > STEPS_MAX) refuse(`document has more than ${STEPS_MAX} steps`, place);
    return step;
  });
}

function parseStep(given: JsonObject, place: Place, names: Set<string>, depth: number): AutomationStep {
  requireMembers(given, ['name', 'action'], place);
  const name = asName(member(given, 'name'), STEP_NAME, below(place, 'name'));
  if (names.has(name)) refuse(`step name "${name}" is used more than once; names must be unique`, place);
  names.add(name);
  const action = asOneOf(member(given, 'action'), AUTOMATION_ACTIONS, below(place, 'action'));
  const at = below(place, 'inputs');
  const inputs = asObject(member(given, 'inputs') ?? {}, at);
  requireActionInputs(action, inputs, at);
  requireNumberText(member(given, 'maxAttempts'), 1, ATTEMPTS_MAX, below(place, 'maxAttempts'));
  requireNumberText(member(given, 'timeoutSeconds'), 1, TIMEOUT_SECONDS_MAX, below(place, 'timeoutSeconds'));
  requireFlag(member(given, 'isCritical'), below(place, 'isCritical'));
  requireFlag(member(given, 'isEnd'), below(place, 'isEnd'));
  requireOutputs(member(given, 'outputs'), below(place, 'outputs'));
  if (action === 'aws:loop' && depth >= LOOP_DEPTH_MAX) refuse(`loops are nested deeper than ${LOOP_DEPTH_MAX} levels`, place);
  const children = action === 'aws:loop' ? parseList(member(inputs, 'Steps'), below(at, 'Steps'), names, depth + 1) : [];
  return { name, action, inputs, place, children, ...flowOf(given, action, inputs, place) };
}

function flowOf(
  given: JsonObject,
  action: string,
  inputs: JsonObject,
  place: Place,
): Pick<AutomationStep, 'isEnd' | 'targets' | 'leaves'> {
  const isEnd = /^true$/i.test(String(member(given, 'isEnd')));
  const next = member(given, 'nextStep');
  if (isEnd && next !== undefined) refuse('a step with isEnd has no nextStep', below(place, 'nextStep'));
  const branches = action === 'aws:branch' ? branchTargets(inputs, below(place, 'inputs')) : [];
  const targets: [string, Place][] = [...branches];
  if (next !== undefined) targets.push([asString(next, below(place, 'nextStep')), below(place, 'nextStep')]);
  for (const [key, words] of [
    ['onFailure', ['Abort', 'Continue']],
    ['onCancel', ['Abort']],
  ] as const) {
    const value = member(given, key);
    if (value === undefined) continue;
    const at = below(place, key);
    const target = asString(value, at);
    if (target.startsWith('step:')) targets.push([target.slice('step:'.length).trim(), at]);
    else if (!words.some((word) => word === target))
      refuse(
        `instance value (${quoted(target)}) not found in enum (possible values: ${JSON.stringify([...words, 'step:NAME'])})`,
        at,
      );
    if (key === 'onCancel' && target.startsWith('step:') && WITHOUT_CANCEL_FLOW.has(action))
      refuse(`onCancel with a step is not supported by ${action}`, at);
  }
  // With a Default, a branch that finds no choice does not just go on.
  const leaves = isEnd || next !== undefined || (action === 'aws:branch' && member(inputs, 'Default') !== undefined);
  return { isEnd, targets, leaves };
}

function requireOutputs(value: unknown, place: Place): void {
  if (value === undefined) return;
  const names = new Set<string>();
  for (const [index, item] of asArray(value, 0, OUTPUTS_MAX, place).entries()) {
    const at = below(place, index);
    const output = asObject(item, at);
    requireMembers(output, ['Name', 'Selector'], at);
    const name = asName(member(output, 'Name'), OUTPUT_NAME, below(at, 'Name'));
    if (names.has(name)) refuse(`output "${name}" is named more than once`, at);
    names.add(name);
    const selector = asString(member(output, 'Selector'), below(at, 'Selector'));
    if (!selector.startsWith('$'))
      refuse(`Selector ${quoted(selector)} is no JSONPath: it must begin with $`, below(at, 'Selector'));
    if (member(output, 'Type') !== undefined) asOneOf(member(output, 'Type'), OUTPUT_TYPES, below(at, 'Type'));
  }
}
