// Automation and Automation.ChangeTemplate: runbooks (schema 0.3). They are checked as far as that is possible without running them.
import { below, quoted, refuse } from '@muster/protocol/document-error.ts';
import type { DocumentWarning } from '@muster/protocol/document-error.ts';
import { parseParameters } from '@muster/protocol/document-parameter.ts';
import { asArray, asName, asObject, asString, isObject, member, requireMembers } from '@muster/protocol/document-shape.ts';
import type { JsonObject } from '@muster/protocol/document-shape.ts';
import { judgeFlow } from './automation-flow.ts';
import { judgeReferences } from './automation-references.ts';
import type { Names } from './automation-references.ts';
import { parseSteps } from './automation-steps.ts';
import type { AutomationStep } from './automation-steps.ts';
import { ALL_PLATFORMS } from './kind.ts';
import type { CheckedContent, DescribedParameter, DocumentKind } from './kind.ts';
import { describeParameters, requirePossible } from './parameters.ts';
import { optionalText, requireFlag, requireSchemaVersion, unknownMembers } from './shape.ts';

const MEMBERS = [
  'schemaVersion',
  'description',
  'assumeRole',
  'parameters',
  'variables',
  'mainSteps',
  'outputs',
  'files',
  '$schema',
];
const TEMPLATE_MEMBERS = [...MEMBERS, 'emergencyChange', 'autoApprovable', 'templateInformation', 'executableRunBooks'];
const PARAMETER_NAME = /^[a-zA-Z0-9_-]{1,255}$/;
/** `AWS::EC2::Instance::Id`, `List<AWS::EC2::Instance::Id>`: for the console's pickers; text, or a list of it. */
const RESOURCE_TYPE = /^(List<)?AWS::[A-Za-z0-9]{1,64}(?:::[A-Za-z0-9]{1,64}){1,3}(>)?$/;
const VARIABLE_TYPES = ['String', 'StringList', 'Boolean', 'Integer', 'StringMap', 'MapList'];
const OUTPUTS_MAX = 100;
const RUNBOOKS_MAX = 50;
const WARNINGS_MAX = 50;

export const automation: DocumentKind = {
  formats: ['JSON', 'YAML'],
  check: (content) => checked(asObject(content, '/'), 'Automation', MEMBERS),
};

export const changeTemplate: DocumentKind = {
  formats: ['JSON', 'YAML'],
  check(content) {
    const given = asObject(content, '/');
    requireMembers(given, ['executableRunBooks'], '/');
    for (const [index, item] of asArray(member(given, 'executableRunBooks'), 1, RUNBOOKS_MAX, '/executableRunBooks').entries()) {
      const place = below('/executableRunBooks', index);
      const runbook = asObject(item, place);
      requireMembers(runbook, ['name'], place);
      asString(member(runbook, 'name'), below(place, 'name'));
    }
    for (const key of ['emergencyChange', 'autoApprovable']) requireFlag(member(given, key), below('/', key));
    optionalText(given, 'templateInformation');
    return checked(given, 'Automation.ChangeTemplate', TEMPLATE_MEMBERS);
  },
};

function checked(given: JsonObject, type: string, members: readonly string[]): CheckedContent {
  const schemaVersion = requireSchemaVersion(given, type, ['0.3']);
  requireMembers(given, ['mainSteps'], '/');
  const parameters = parseRunbookParameters(member(given, 'parameters'));
  const variables = asObject(member(given, 'variables') ?? {}, '/variables');
  for (const [name, variable] of Object.entries(variables)) requireVariable(name, variable);
  const steps = parseSteps(member(given, 'mainSteps'));
  const flow = judgeFlow(steps);
  const all = withChildren(steps);
  const names: Names = {
    parameters: new Set(parameters.map(({ name }) => name)),
    variables: new Set(Object.keys(variables)),
    steps: new Set(all.map(({ name }) => name)),
  };
  requireOutputs(member(given, 'outputs'), names);
  if (member(given, 'assumeRole') !== undefined)
    judgeReferences(asString(member(given, 'assumeRole'), '/assumeRole'), '/assumeRole', names);
  const references = steps.flatMap(({ inputs, place }) => judgeReferences(inputs, below(place, 'inputs'), names));
  return {
    schemaVersion,
    description: optionalText(given, 'description'),
    parameters,
    platformTypes: ALL_PLATFORMS,
    warnings: [...unknownMembers(given, members, '/'), ...flow, ...references, ...templateWarnings(type, all)].slice(
      0,
      WARNINGS_MAX,
    ),
  };
}

function templateWarnings(type: string, steps: readonly AutomationStep[]): DocumentWarning[] {
  if (type === 'Automation' || steps.some(({ action }) => action === 'aws:approve')) return [];
  return [{ message: 'No step of this change template is aws:approve: nobody is asked.', place: '/mainSteps' }];
}

function withChildren(steps: readonly AutomationStep[]): readonly AutomationStep[] {
  return steps.flatMap((step) => [step, ...withChildren(step.children)]);
}

/** Resource types are text to the parser, and themselves to those who ask. */
function parseRunbookParameters(value: unknown): DescribedParameter[] {
  const given = asObject(value ?? {}, '/parameters');
  const types = new Map<string, string>();
  const plain: Record<string, unknown> = Object.setPrototypeOf({}, null);
  for (const [name, parameter] of Object.entries(given)) {
    const type = isObject(parameter) ? member(parameter, 'type') : undefined;
    const [matched, list, end] = RESOURCE_TYPE.exec(typeof type === 'string' ? type : '') ?? [];
    const isResource = matched !== undefined && (list === undefined) === (end === undefined);
    if (isResource) types.set(name, matched);
    plain[name] =
      isObject(parameter) && isResource ? { ...parameter, type: list === undefined ? 'String' : 'StringList' } : parameter;
  }
  const parameters = parseParameters(plain, PARAMETER_NAME);
  requirePossible(parameters);
  return describeParameters(parameters).map((parameter) => ({ ...parameter, type: types.get(parameter.name) ?? parameter.type }));
}

function requireVariable(name: string, value: unknown): void {
  const place = below('/variables', name);
  asName(name, PARAMETER_NAME, place);
  const variable = asObject(value, place);
  requireMembers(variable, ['type'], place);
  const type = asString(member(variable, 'type'), below(place, 'type'));
  if (!VARIABLE_TYPES.includes(type))
    refuse(
      `instance value (${quoted(type)}) not found in enum (possible values: ${JSON.stringify(VARIABLE_TYPES)})`,
      below(place, 'type'),
    );
}

/** `["step.Output"]`. */
function requireOutputs(value: unknown, { steps, variables }: Names): void {
  if (value === undefined) return;
  for (const [index, item] of asArray(value, 0, OUTPUTS_MAX, '/outputs').entries()) {
    const place = below('/outputs', index);
    const output = asString(item, place);
    const [step = ''] = output.split('.');
    const known = output.startsWith('variable:') ? variables.has(output.slice('variable:'.length)) : steps.has(step);
    if (!known) refuse(`output ${quoted(output)} names no step of this document: write STEP.OUTPUT`, place);
  }
}
