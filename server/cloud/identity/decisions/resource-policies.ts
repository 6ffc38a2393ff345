// Policies of resources (keys, parameters), compiled once for each text. One that cannot be read any more denies everything: whoever relied on
// a Deny in it must not be surprised.
import { type CompiledPolicy, compilePolicy } from '../policy-engine/compile.ts';
import { parsePolicy, PolicyError } from '../policy-engine/document.ts';

/** Texts; most resources share a few. A compiled policy takes some kilobytes. */
const KEPT_MAX = 2_000;
/** What statements of such a policy say that they are of. */
export const RESOURCE_POLICY = 'resource policy';

const DENY_ALL = compilePolicy(
  RESOURCE_POLICY,
  parsePolicy('{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}', 'resource'),
);

const kept = new Map<string, CompiledPolicy>();

export function compiledResourcePolicy(text: string): CompiledPolicy {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const compiled = compile(text);
  if (kept.size >= KEPT_MAX) {
    const [oldest] = kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
  }
  kept.set(text, compiled);
  return compiled;
}

/** Undefined: it is a policy of a resource. */
export function whyNotResourcePolicy(text: string): string | undefined {
  try {
    parsePolicy(text, 'resource');
    return undefined;
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
}

function compile(text: string): CompiledPolicy {
  try {
    return compilePolicy(RESOURCE_POLICY, parsePolicy(text, 'resource'));
  } catch (error) {
    if (error instanceof PolicyError) return DENY_ALL;
    throw error;
  }
}
