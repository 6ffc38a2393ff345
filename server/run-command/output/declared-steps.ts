// The steps of the document that a command sent, and which of them a caller means.
import type { ReadTx } from '../../platform/store/index.ts';
import type { CommandKey } from '../command.ts';
import type { SentDocument } from '../sending/resolve-targets.ts';
import * as store from '../store.ts';
import type { CommandRow } from '../tables.ts';

export type DeclaredStep = SentDocument['steps'][number];

export async function declaredSteps(tx: ReadTx, command: CommandRow): Promise<readonly DeclaredStep[]> {
  const content = await store.findContent(tx, command as unknown as CommandKey, command.document_hash);
  return content === undefined ? [] : (JSON.parse(content) as SentDocument).steps;
}

/** The one with that name; without a name the only one. */
export function wantedStep(declared: readonly DeclaredStep[], name: string | undefined): DeclaredStep | undefined {
  return name === undefined && declared.length === 1 ? declared[0] : declared.find((step) => step.name === name);
}

/** What to do about a name that is none of them. */
export function noSuchStep(declared: readonly DeclaredStep[], name: string | undefined): string {
  const names = declared.map((step) => step.name).join(', ');
  return name === undefined
    ? `The document has ${declared.length} steps: say which in StepName (${names}).`
    : `StepName '${name}' is not a step of the document; these are: ${names}.`;
}
