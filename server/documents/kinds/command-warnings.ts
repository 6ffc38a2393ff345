// What agents take without a word although it will surprise the author of a Command document: actions and operators that no agent knows,
// missing inputs, references to nothing, and callers' text in front of a shell. Pure.
import { below } from '@muster/protocol/document-error.ts';
import type { DocumentWarning, Place } from '@muster/protocol/document-error.ts';
import type { DocumentParameter, DocumentStep, SsmDocument } from '@muster/protocol/document.ts';
import { findPlugin } from './plugins.ts';
import { referencesIn, referencesTo } from './references.ts';

/** A parameter that is named in a hundred lines is told of once for each step; this many in all. */
const WARNINGS_MAX = 50;
const PLATFORMS = ['Linux', 'Windows', 'MacOS'];
/** Actions whose `runCommand` is program text. */
const SHELLS = new Set(['aws:runShellScript', 'aws:runPowerShellScript']);

interface PlacedStep {
  readonly step: DocumentStep;
  readonly place: Place;
  /** One for each of `step.inputs`. */
  readonly inputs: readonly Place[];
}

export function commandWarnings(document: SsmDocument): readonly DocumentWarning[] {
  const warnings: DocumentWarning[] = [];
  for (const placed of placedSteps(document)) {
    warnings.push(...actionWarnings(placed), ...preconditionWarnings(placed, document), ...referenceWarnings(placed, document));
    if (warnings.length > WARNINGS_MAX) break;
  }
  warnings.push(...environmentWarnings(document));
  return warnings.slice(0, WARNINGS_MAX);
}

/** Steps that were made of `runtimeConfig` stand there in the text, not where they are run from. */
function placedSteps(document: SsmDocument): PlacedStep[] {
  const converted = document.warnings.some(({ place }) => place === '/runtimeConfig' && !('runtimeConfig' in document.content));
  if (document.schemaVersion !== '1.2' && !converted)
    return document.steps.map((step, index) => {
      const place = below('/mainSteps', index);
      return { step, place, inputs: [below(place, 'inputs')] };
    });
  const seen = new Map<string, number>();
  return document.steps.map((step) => {
    const place = below('/runtimeConfig', step.action);
    const first = seen.get(step.action) ?? 0;
    seen.set(step.action, first + step.inputs.length);
    return { step, place, inputs: step.inputs.map((_, index) => below(below(place, 'properties'), first + index)) };
  });
}

function actionWarnings({ step, place, inputs }: PlacedStep): DocumentWarning[] {
  const plugin = findPlugin(step.action);
  if (plugin === undefined)
    return [
      {
        message: `Step "${step.name}": action ${step.action} is unknown; agents fail such a step.`,
        place: below(place, 'action'),
      },
    ];
  return step.inputs.flatMap((given, index) => {
    const missing = plugin.required.filter((key) => !Object.hasOwn(given, key));
    return missing.length === 0
      ? []
      : [
          {
            message: `Step "${step.name}": ${step.action} needs the inputs ${missing.join(', ')}.`,
            place: inputs[index] ?? place,
          },
        ];
  });
}

function preconditionWarnings({ step, place }: PlacedStep, document: SsmDocument): DocumentWarning[] {
  if (step.precondition === undefined || document.schemaVersion !== '2.2') return [];
  const at = below(place, 'precondition');
  return Object.entries(step.precondition).flatMap(([operator, operands]) => {
    const wrong = operandsProblem(operator, operands, document);
    return wrong === undefined
      ? []
      : [{ message: `Step "${step.name}": precondition ${wrong}; agents fail such a step.`, place: below(at, operator) }];
  });
}

function operandsProblem(operator: string, operands: readonly unknown[], document: SsmDocument): string | undefined {
  if (operator !== 'StringEquals') return `operator ${operator} is unknown, the only one is StringEquals`;
  if (operands.length !== 2 || operands.some((operand) => typeof operand !== 'string'))
    return 'StringEquals takes exactly two strings';
  const [left = '', right = ''] = operands.map(String);
  if (left !== 'platformType' && right !== 'platformType')
    return referencesIn(left).length + referencesIn(right).length > 0
      ? undefined
      : 'StringEquals needs platformType or a parameter on one side';
  const value = left === 'platformType' ? right : left;
  if (PLATFORMS.includes(value) || referencesIn(value).some(({ name }) => Object.hasOwn(document.parameters, name)))
    return undefined;
  return `compares platformType with a value other than ${PLATFORMS.join(', ')}`;
}

function referenceWarnings({ step, place, inputs }: PlacedStep, document: SsmDocument): DocumentWarning[] {
  const isShell = SHELLS.has(step.action);
  const told = new Set<string>();
  return step.inputs.flatMap((given, index) =>
    referencesTo(given, inputs[index] ?? place).flatMap(({ name, place: at, key, whole }): DocumentWarning[] => {
      const parameter = Object.hasOwn(document.parameters, name) ? document.parameters[name] : undefined;
      if (told.has(name)) return [];
      if (parameter === undefined) {
        told.add(name);
        return [
          { message: `Step "${step.name}": {{ ${name} }} names no declared parameter; agents leave it as it is.`, place: at },
        ];
      }
      if (!isShell || key !== 'runCommand' || !isOpen(parameter)) return [];
      told.add(name);
      return [{ message: injectionMessage(step, name, whole), place: at }];
    }),
  );
}

/** Whether a caller can put any text there: numbers, allowed values and patterns are the author's word that it is thought of. */
function isOpen(parameter: DocumentParameter): boolean {
  const { type, allowedValues, allowedPattern, interpolationType } = parameter;
  if (type === 'Integer' || type === 'Boolean' || interpolationType === 'ENV_VAR') return false;
  return allowedValues === undefined && allowedPattern === undefined;
}

function injectionMessage(step: DocumentStep, name: string, whole: boolean): string {
  return whole
    ? `Step "${step.name}": runCommand is the value of parameter "${name}": who may give it a value runs anything on the node.`
    : `Step "${step.name}": the value of parameter "${name}" is inserted into runCommand as it is (shell injection): give the parameter interpolationType ENV_VAR, an allowedPattern or allowedValues.`;
}

function environmentWarnings(document: SsmDocument): DocumentWarning[] {
  if (document.schemaVersion === '2.2') return [];
  return Object.entries(document.parameters).flatMap(([name, { interpolationType }]) =>
    interpolationType === 'ENV_VAR'
      ? [
          {
            message: `Parameter "${name}": interpolationType ENV_VAR needs schemaVersion 2.2; stock agents insert the value as it is.`,
            place: below(below('/parameters', name), 'interpolationType'),
          },
        ]
      : [],
  );
}
