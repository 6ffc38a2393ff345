// The name of a step's directory. Pure.
import type { DocumentStep } from '@muster/protocol/document.ts';

/** `1.awsrunShellScript`: the ordinal keeps the names apart, whatever the rest becomes. */
export function stepDirectoryName(step: DocumentStep, index: number): string {
  return `${index + 1}.${step.name.replaceAll(/[^A-Za-z0-9_-]/g, '').slice(0, 100)}`;
}
