// `{{ … }}` in a runbook: parameters, outputs of steps, variables and what the service knows. Pure.
import { DocumentError } from '@muster/protocol/document-error.ts';
import type { DocumentWarning, Place } from '@muster/protocol/document-error.ts';
import { referencesTo } from './references.ts';

export interface Names {
  readonly parameters: ReadonlySet<string>;
  readonly steps: ReadonlySet<string>;
  readonly variables: ReadonlySet<string>;
}

/** Everything between braces: what is none of ours may be a template of the script that it stands in. */
const ANY = /\{\{([^{}]*)\}\}/g;
const GLOBALS = ['ACCOUNT_ID', 'DATE', 'DATE_TIME', 'AWS_PARTITION', 'REGION'];
/** Filled in by rate control, for each target. */
const TARGETS = ['RESOURCE_ID', 'TARGET_ID', 'INSTANCE_ID'];
const NAME = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+(?:\[[0-9]+\])?)*$/;

/** Warnings for text that a script's own braces may stand in; a DocumentError for what cannot be filled in. */
export function judgeReferences(value: unknown, place: Place, names: Names): DocumentWarning[] {
  const warnings: DocumentWarning[] = [];
  for (const { name: given, key, place: at } of referencesTo(value, place, ANY)) {
    const name = given.trim();
    const problem = problemOf(name, names);
    if (problem === undefined) continue;
    if (key !== 'Script') throw new DocumentError('InvalidDocumentContent', problem, at);
    warnings.push({ message: `In a script: ${problem}`, place: at });
  }
  return warnings;
}

function problemOf(name: string, { parameters, steps, variables }: Names): string | undefined {
  const [prefix, rest = ''] = name.split(/:(.*)/s);
  if (name.startsWith('ssm:') || name.startsWith('ssm-secure:'))
    return `{{ ${name} }}: a runbook takes Parameter Store references as defaults of its parameters only.`;
  if (prefix === 'global' && name.includes(':'))
    return GLOBALS.includes(rest) ? undefined : `{{ ${name} }} is unknown: use one of ${GLOBALS.join(', ')}.`;
  if (prefix === 'variable' && name.includes(':')) return variables.has(rest) ? undefined : `Variable "${rest}" is not declared.`;
  if (name.includes(':') || !NAME.test(name)) return undefined;
  const [first = '', output] = name.split('.');
  if (output !== undefined) return steps.has(first) ? undefined : `Step "${first}" of {{ ${name} }} does not exist.`;
  return parameters.has(first) || TARGETS.includes(first) ? undefined : `Parameter "${first}" is not declared.`;
}
