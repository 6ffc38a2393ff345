// Policies as they were stored or given, made ready for decisions. One that cannot be read any more denies everything rather than nothing.
import { type CompiledPolicy, compilePolicy } from '../policy-engine/compile.ts';
import { parsePolicy } from '../policy-engine/document.ts';

export interface PolicyText {
  /** An ARN, or the name of an inline policy. */
  readonly id: string;
  readonly text: string;
}

const DENY_ALL = JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Deny', Action: '*', Resource: '*' } });

export function compileStored({ id, text }: PolicyText): CompiledPolicy {
  try {
    return compilePolicy(id, parsePolicy(text, 'identity'));
  } catch {
    // It was checked when it was stored, by an older version perhaps.
    return compilePolicy(id, parsePolicy(DENY_ALL, 'identity'));
  }
}
