// Why a call is denied: the end of AWS's sentence, and the long form for people.
import type { Decision, Layer } from '../policy-engine/evaluate.ts';

export const POLICY_NAMES: Readonly<Record<Layer, string>> = {
  identity: 'identity-based policy',
  resource: 'resource-based policy',
  boundary: 'permissions boundary',
  session: 'session policy',
};

/** AWS names the first layer that denies. */
export function denialReason(decision: Extract<Decision, { allowed: false }>, action: string): string {
  if (!decision.explicit) return `because no ${POLICY_NAMES[decision.missing]} allows the ${action} action`;
  const [first] = decision.by;
  const layer = first?.layer ?? 'identity';
  return `with an explicit deny in ${layer === 'identity' ? 'an' : 'a'} ${POLICY_NAMES[layer]}`;
}
